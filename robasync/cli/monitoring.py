"""``robasync monitor``: a session as it goes, in a terminal, from its files alone."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console

from robasync.cli import options
from robasync.cli.logged import Log, logged
from robasync.cli.screen import screen
from robasync.cli.terminal import complain, say

if TYPE_CHECKING:
    from robasync.app.monitoring import Monitor
    from robasync.service.monitor import Sight

REFRESH_SECONDS = 2.0
SHARE = 50  # of the time a look takes, to wait until the next

Refresh = Annotated[
    float | None,
    typer.Option("-r", "--refresh", min=0.1, metavar="SECONDS", help="Between two looks; default: 2."),
]
Once = Annotated[bool, typer.Option("--once", help="Show it once, and end.")]


@logged
def monitor(
    session: options.Checkpoint = None,
    config: options.Config = None,
    refresh: Refresh = None,
    once: Once = False,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Watch a session: the newest one, or the one that -s names.

    Reads its files alone, so it works from another machine on a shared folder, and after the end.
    Changes nothing. Leave with q or Ctrl+C; the run goes on. --json prints one object and
    ends; with -r it prints a line for each look.
    """
    from robasync.app.monitoring import watched

    log.begin(complain)
    found = watched(session, config=config, overrides={})
    console = Console()
    is_live = console.is_terminal and not console.is_dumb_terminal and not as_json

    with suppress(KeyboardInterrupt):
        if once or (refresh is None and not is_live):
            _tell(found.look(), console, as_json=as_json)
        elif is_live:
            _draw(found, console, refresh or REFRESH_SECONDS)
        else:
            for sight in _looks(found, refresh or REFRESH_SECONDS, wait=_sleep):
                _tell(sight, console, as_json=as_json, is_line=True)


def facts(sight: Sight) -> dict[str, Any]:
    """Return what is seen, for other programs: a status as the live page has it, and what else is told."""
    return asdict(sight.status) | {
        "worker": sight.worker or None,
        "newest_record": sight.newest_record,
        "newest_outcomes": [asdict(one) for one in sight.finished],
        "problem": sight.problem or None,
    }


def _tell(sight: Sight, console: Console, *, as_json: bool, is_line: bool = False) -> None:
    if not as_json:
        console.print(screen(sight, console.width))
        return

    indent = 0 if is_line else orjson.OPT_INDENT_2
    say(orjson.dumps(facts(sight), option=indent, default=str).decode())


def _draw(found: Monitor, console: Console, refresh: float) -> None:
    from rich.live import Live

    with _keys() as wait, Live(console=console, auto_refresh=False) as live:
        for sight in _looks(found, refresh, wait=wait):
            live.update(screen(sight, console.width), refresh=True)


def _looks(found: Monitor, refresh: float, *, wait: Callable[[float], bool]) -> Iterator[Sight]:
    """Yield look after look until ``wait`` says that it was enough; a slow disk is asked less often."""
    yield found.look()  # the only one that reads the whole journal: it says nothing about the others
    pause = refresh

    while not wait(pause):
        began = time.monotonic()
        sight = found.look()
        pause = max(refresh, SHARE * (time.monotonic() - began))
        yield sight


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)

    return False


@contextmanager
def _keys() -> Iterator[Callable[[float], bool]]:
    """Give what waits for so many seconds or until q is pressed, and returns whether it was."""
    try:
        import select
        import termios
        import tty

        keyboard = sys.stdin.fileno()
        before = termios.tcgetattr(keyboard)
    except (ImportError, OSError, ValueError, termios.error):  # Windows, or no keyboard: Ctrl+C remains
        yield _sleep
        return

    def wait(seconds: float) -> bool:
        """Return whether q was pressed within so many seconds."""
        end = time.monotonic() + seconds

        while (left := end - time.monotonic()) > 0:
            if select.select([keyboard], [], [], left)[0] and os.read(keyboard, 1) in b"qQ":
                return True

        return False

    tty.setcbreak(keyboard)

    try:
        yield wait
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
