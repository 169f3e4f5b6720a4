"""The command line in a process that is forked, not started: real lives and deaths at a tenth of the price.

What the tests have imported already is there at once. The process has its own signals, folder and
standard streams, and ends as the installed command does.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from robasync.__main__ import main
from tests.acceptance.harness import Ended

# What the command imports where it is wanted: here once, not in each process.
WANTED = (
    "robasync.cli.commands",
    "robasync.app.sessions",
    "robasync.providers.client",
    "robasync.reports.write",
)


@dataclass(frozen=True)
class Death:
    """A signal that a process sends itself at one of its syncs: before that, or else right after it."""

    signal: int
    sync: int
    before: bool


def load() -> None:
    """Import what every process will want."""
    for name in WANTED:
        importlib.import_module(name)


def robasync(*arguments: object, cwd: Path, death: Death | None = None) -> Ended:
    """Run a command to its end, in ``cwd``; the code of one that was killed is the signal's, negative."""
    said = [cwd / f".said-{number}" for number in (1, 2)]

    if (process := os.fork()) == 0:
        _live([*map(str, arguments)], cwd, said, death)

    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

    return Ended(code, *(path.read_text() for path in said))


def _live(arguments: list[str], cwd: Path, said: list[Path], death: Death | None) -> None:
    """Be the command. Never returns: what the test would do next is not for this process."""
    code = 99

    try:
        with ExitStack() as streams:
            _redirect(streams, said)
            os.chdir(cwd)
            sys.argv = ["robasync", *arguments]

            if death is not None:
                os.fdatasync = _dying(os.fdatasync, death)

            code = _code(main)
    finally:
        os._exit(code)


def _redirect(streams: ExitStack, said: list[Path]) -> None:
    places = ((Path(os.devnull), "r"), *((path, "w") for path in said))
    sys.stdin, sys.stdout, sys.stderr = (streams.enter_context(path.open(mode)) for path, mode in places)

    for number, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        os.dup2(stream.fileno(), number)


def _code(command: Callable[[], None]) -> int:
    try:
        command()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 98

    return 0


def _dying(sync: Callable[[int], None], death: Death) -> Callable[[int], None]:
    """Return ``sync`` with the death in it."""
    count = 0

    def synced(handle: int) -> None:
        nonlocal count
        count += 1
        is_due = count == death.sync

        if is_due and death.before:
            os.kill(os.getpid(), death.signal)

        sync(handle)

        if is_due and not death.before:
            os.kill(os.getpid(), death.signal)

    return synced
