"""SIGINT, SIGTERM, SIGHUP and SIGUSR1: acknowledged at once, counted, handed to whoever runs.

The handlers stand before anything heavy is imported (``install`` is the first thing that
the main module does for a command that runs), so a signal in the first milliseconds is
not lost. A plain ``signal.signal`` handler is used rather than the event loop's own: it
also answers while the loop is busy, which is when the acknowledgement matters.

The first signal asks the run to drain, the second ends the calls in flight, the third
ends the process: the journal is safe by then. Where a person is asked there is nothing to
drain, and the first ends the wait (``ending``).

SIGHUP means that the terminal is lost, and drains like SIGTERM. A service has none: there it asks for
the settings to be read again, once somebody listens for that (``reload_by``).
"""

from __future__ import annotations

import atexit
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
SNAPSHOT = (signal.SIGUSR1,) if hasattr(signal, "SIGUSR1") else ()
HANG_UP = "SIGHUP"
NAMES = {"SIGINT": "Interrupt", "SIGTERM": "Termination", HANG_UP: "Hang-up"}


class Signals:
    """Counts stop signals from ``install`` on; ``attach`` hands over those that came before it."""

    def __init__(self) -> None:
        self.count = 0
        self.first = 0
        self._end: Exception | None = None
        self._stop: Callable[[], object] = _nothing
        self._snapshot: Callable[[], object] = _nothing
        self._reload: Callable[[], object] | None = None

    def install(self) -> None:
        """Take SIGINT, SIGTERM and, where it exists, SIGUSR1. Call from the main thread."""
        for number in STOPPING:
            # Under nohup the loss of the terminal is ignored, and stays so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)

        for number in SNAPSHOT:
            signal.signal(number, self._handle_snapshot)

        atexit.register(_ignore)

    def attach(self, *, stop: Callable[[], object], snapshot: Callable[[], object]) -> None:
        """Call ``stop`` once per stop signal and ``snapshot`` per SIGUSR1, from the handler.

        Both must be safe to call between any two bytecodes of the main thread.
        """
        self._stop = stop
        self._snapshot = snapshot

        for _ in range(self.count):
            stop()

    def reload_by(self, reload: Callable[[], object]) -> None:
        """Let SIGHUP be no stop signal any more but call ``reload``; as for ``attach``."""
        self._reload = reload

    def detach(self) -> None:
        """Forget the callbacks; signals are counted and acknowledged as before."""
        self._stop = self._snapshot = _nothing
        self._reload = None

    @contextmanager
    def ending(self, end: Exception) -> Iterator[None]:
        """Raise ``end`` at the first stop signal, in the middle of what waits here; also for an earlier one.

        For a wait that would be taken up again after a signal (PEP 475), while no call is in flight.
        """
        try:
            self._end = end

            if self.count:
                raise end

            yield
        finally:
            # Once it was raised the process is on its way out: another signal must not say otherwise.
            self._end = end if self.count else None

    @property
    def exit_code(self) -> int:
        """Return 130 where the first signal was SIGINT, else 143."""
        return 128 + (signal.SIGINT if self.first == signal.SIGINT else signal.SIGTERM)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame

        if self._reload is not None and signal.Signals(number).name == HANG_UP:
            self._reload()
            return

        self.count += 1
        self.first = self.first or number

        if self.count >= 3:
            os._exit(self.exit_code)

        if self._end is None:
            _acknowledge(_words(number, self.count))
            self._stop()
        elif self.count == 1:
            _acknowledge(_name(number))
            raise self._end

    def _handle_snapshot(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._snapshot()


def _name(number: int) -> str:
    return f"{NAMES[signal.Signals(number).name]} signal received"


def _words(number: int, count: int) -> str:
    if count == 1:
        return f"{_name(number)}; finishing the calls in flight (once more: end them now)"

    return "Second signal received; ending the calls in flight (once more: leave at once)"


def _acknowledge(words: str) -> None:
    stamp = time.strftime("%H:%M:%S")

    # A terminal has just echoed ^C behind the progress line.
    start = "\n" if os.isatty(2) else ""

    try:
        os.write(2, f"{start}[{stamp}] {words}\n".encode())
    except OSError:  # stderr is gone; the run still stops
        return


def _ignore() -> None:
    """Let no signal change the exit code while the interpreter, which forgets our handlers first, ends."""
    for number in (*STOPPING, *SNAPSHOT):
        signal.signal(number, signal.SIG_IGN)


def _nothing() -> None:
    return
