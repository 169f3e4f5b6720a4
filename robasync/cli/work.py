"""What run, resume and demo share: the terminal, the log, the end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from logging import FileHandler, Handler
from pathlib import Path
from typing import Any

import typer

from robasync.cli import endings, terminal
from robasync.cli.options import LogFormat, LogLevel
from robasync.cli.terminal import Display
from robasync.ending import Ending
from robasync.errors import UsageError
from robasync.service import logs
from robasync.service.journald import JournalHandler


@contextmanager
def logging(
    *, verbose: bool, file: Path | None, style: LogFormat, level: LogLevel | None = None
) -> Iterator[Display]:
    """Own the terminal while a command works: progress and log lines on stderr.

    Under systemd, which says so in JOURNAL_STREAM, text goes to its journal as native entries.
    """
    is_json = style is LogFormat.JSON

    with terminal.display(is_json=is_json) as display:
        if style is LogFormat.JOURNALD or (not is_json and _is_journal()):
            handler: Handler = JournalHandler(display.line)
        else:
            handler = logs.written(logs.LineHandler(display.line), as_json=is_json)

        least = "everything" if verbose else level or LogLevel.INFO
        logs.configure(handler, level=least, file=_to_file(file, as_json=is_json))

        yield display


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


def finish(ending: Ending, *, as_json: bool) -> None:
    """Print how it ended and exit with its code."""
    endings.tell(ending, as_json=as_json)

    raise typer.Exit(ending.exit_code)


def as_settings(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a command's parameters by the names of the settings they override, those that were given."""
    given = {name: value for name, value in parameters.items() if value not in (None, [], ())}
    settings = {_SETTINGS[name]: value for name, value in given.items() if name in _SETTINGS}
    instrument = given.get("instrument", "")

    if instrument.endswith(".toml"):
        return {**settings, "rob_framework.type": "custom", "rob_framework.path": instrument}

    return settings


_SETTINGS = {
    "input_folder": "paths.input_folder",
    "output_folder": "paths.output_folder",
    "workers": "parallel.max_workers",
    "batch_size": "parallel.max_documents_per_batch",
    "instrument": "rob_framework.type",
    "result": "rob_framework.outcome",
    "accept": "rob_framework.accept",
    "ocr": "processing.ocr",
    "max_cost": "cost_tracking.max_cost_threshold",
    "unpriced": "cost_tracking.unpriced",
    "http": "service.http",
    "watch": "service.watch",
    "log_level": "service.log_level",
}
