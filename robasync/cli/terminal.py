"""The terminal: progress and log lines on stderr, facts on stdout."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from robasync.errors import StorageError
from robasync.service.progress import Progress, words

PLAIN_SECONDS = 30.0  # between progress lines where there is no terminal to draw on
WAITING_SECONDS = 300.0  # between such lines while the run waits for the disk


class Screen(Console):
    """A console that may be left: who watched a run is gone, the run goes on."""

    def on_broken_pipe(self) -> None:
        """Be silent from now on, where the library would end the program."""
        self.quiet = True


class Display:
    """Draws progress: one live line on a terminal, a plain line now and then elsewhere."""

    def __init__(self, console: Console, bar: Bar | None) -> None:
        self._console = console
        self._bar = bar
        self._task = bar.add_task("", total=None, words="") if bar else None
        self._next_line = time.monotonic() + PLAIN_SECONDS

    def show(self, progress: Progress) -> None:
        """Draw ``progress``, or pass where it is too early for another plain line, or nothing goes on."""
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task,
                total=progress.total,
                completed=progress.done + progress.failed,
                words=words(progress),
                visible=True,
            )
            self._bar.refresh()
        elif time.monotonic() >= self._next_line and not progress.is_waiting:
            pause = PLAIN_SECONDS if progress.trouble is None else WAITING_SECONDS
            self._next_line = time.monotonic() + pause
            self.line(f"[{time.strftime('%H:%M:%S')}] {words(progress)}")

    def clear(self) -> None:
        """Take the live line away until there is more to show: what it says is over."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, visible=False)
            self._bar.refresh()

    def line(self, text: str) -> None:
        """Write one line above the live one."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def display(*, is_json: bool) -> Iterator[Display]:
    """Own stderr for the length of a run: live where it is a terminal and the log is text."""
    console = Screen(stderr=True)

    if not console.is_terminal or is_json:
        yield Display(console, None)
        return

    columns = (BarColumn(bar_width=24), TextColumn("{task.fields[words]}", markup=False))

    with Bar(*columns, console=console, auto_refresh=False, transient=True) as bar:
        yield Display(console, bar)


def say(
    text: str = "", *, end: str = "\n", safe: str = "Nothing else is lost: print it again, to another place."
) -> None:
    """Print a fact on stdout, at once, with what ends it; where that is closed nobody wants it.

    Raises StorageError, which says what is ``safe``, where it cannot be written, and
    BrokenPipeError where its reader has gone.
    """
    if sys.stdout is None:
        return

    try:
        sys.stdout.write(text + end)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        raise StorageError(f"The standard output cannot be written: {error.strerror}.\n{safe}") from error


def complain(text: str) -> None:
    """Print an error on stderr, if anybody listens: the exit code tells it too."""
    if sys.stderr is None:
        return

    with suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def drop_output() -> None:
    """Let what is left in the buffer of stdout go nowhere, or it would complain again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
