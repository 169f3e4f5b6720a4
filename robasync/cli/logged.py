"""The log of a command: the options that every command takes, and the terminal that it speaks to."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from logging import FileHandler, Handler
from pathlib import Path
from typing import Any, get_type_hints

from robasync.cli import options, terminal
from robasync.cli.options import LogFormat, LogLevel
from robasync.cli.terminal import Display
from robasync.errors import UsageError
from robasync.service import logs
from robasync.service.journald import JournalHandler

Command = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Log:
    """How a command logs, as its options say."""

    verbose: bool = False
    file: Path | None = None
    style: LogFormat = LogFormat.TEXT

    @contextmanager
    def terminal(self, *, level: LogLevel | None = None) -> Iterator[Display]:
        """Own the terminal while a command works: progress and log lines on stderr. Raises UsageError."""
        with terminal.display(is_json=self.style is LogFormat.JSON) as display:
            self.begin(display.line, level=level)

            yield display

    def begin(self, write: Callable[[str], None], *, level: LogLevel | None = None) -> None:
        """Hand log lines to ``write`` from now on, and to the file. Raises UsageError.

        Under systemd, which says so in JOURNAL_STREAM, text goes to its journal as native entries.
        """
        is_json = self.style is LogFormat.JSON

        if self.style is LogFormat.JOURNALD or (not is_json and _is_journal()):
            handler: Handler = JournalHandler(write)
        else:
            handler = logs.written(logs.LineHandler(write), as_json=is_json)

        least = "everything" if self.verbose else level or LogLevel.INFO
        logs.configure(handler, level=least, file=_to_file(self.file, as_json=is_json))


def logged(command: Command) -> Command:
    """Give a command the options of the log behind its own; it takes them together as ``log``."""

    @wraps(command)
    def run(*, verbose: bool, log_file: Path | None, log_format: LogFormat, **own: Any) -> None:
        """Run the command with its log."""
        command(**own, log=Log(verbose, log_file, log_format))

    hints = get_type_hints(command, include_extras=True)
    given = inspect.signature(command).parameters.values()
    own = [one.replace(annotation=hints[one.name]) for one in given if one.name != "log"]
    parameters = [*own, *inspect.signature(_options, eval_str=True).parameters.values()]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]

    return run


def _options(
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
    log_format: options.LogStyle = LogFormat.TEXT,
) -> None:
    """Stand for the options, in their order."""


def _is_journal() -> bool:
    """Return whether stderr is what systemd connected to its journal."""
    from robasync.settings import environment

    try:
        stream = os.fstat(2)
    except OSError:
        return False

    return environment.Environment.read().journal_stream == f"{stream.st_dev}:{stream.st_ino}"


def _to_file(file: Path | None, *, as_json: bool) -> Handler | None:
    if file is None:
        return None

    try:
        return logs.written(FileHandler(file, encoding="utf-8"), as_json=as_json)
    except OSError as error:
        raise UsageError(f"The log file cannot be opened: {file}: {error.strerror}") from error
