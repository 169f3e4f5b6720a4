"""Whether a model is asked at all: refusals that concern every document, and a server that is down.

Two failures of a whole endpoint must not be met document by document. A few refusals in a row
(the key, the account, the model's name) end the run while the rest of the folder is still
left; refusals of a document, for its length or content, are ``harvest``'s to count. A server that
is down is tried again by one call at a time, the others waiting, until it answers or patience ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from robasync.errors import (
    BadKey,
    CallTimeout,
    ConnectionLost,
    ModelUnavailable,
    NoCredit,
    ProviderError,
    RobasyncError,
    ServerDown,
    ServerFault,
    UnknownModel,
    Unreachable,
)

ROW = 3  # failures in a row that are no accident
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between two tries of a server that is down

_REFUSED = (BadKey, NoCredit, UnknownModel)
_SILENT = (Unreachable, ServerFault, ConnectionLost, CallTimeout)


class Breaker:
    """What the calls of one gate have learned of the model; lives inside the event loop.

    ``patience_seconds`` is how long a server may be down, counted from the first failure. ``end`` is
    called once, with the reason, when no more calls make sense; ``say`` with a line for people.
    """

    def __init__(
        self,
        *,
        patience_seconds: float = 600.0,
        end: Callable[[RobasyncError], None] = lambda reason: None,
        say: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = anyio.current_time,
    ) -> None:
        self.is_down = False
        self.is_open = False  # for good: no more calls make sense
        self.patience_seconds = patience_seconds
        self._end = end
        self._say = say
        self._clock = clock
        self._refusals = 0
        self._silent: dict[str, ProviderError] = {}  # the newest failure of each document in the row
        self._failures = 0
        self._since = 0.0
        self._pause = FIRST_PAUSE
        self._turn = anyio.Lock()
        self._closed = anyio.Event()

    def close(self) -> None:
        """Let nobody rest any longer; what then would be sent is the gate's to refuse."""
        self._closed.set()

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until ``close``."""
        with anyio.move_on_after(seconds):
            await self._closed.wait()

    def answered(self) -> None:
        """Take in that a reply came."""
        self._refusals = 0
        self._up()

    def failed(self, error: ProviderError, document: str) -> None:
        """Take in that a call about ``document`` failed; may end the run or declare the server down."""
        if isinstance(error, _SILENT):
            self._fell_silent(error, document)
            return

        self._up()  # it was there, to say so

        if isinstance(error, _REFUSED):
            self._refusals += 1

            if self._refusals == ROW:
                self._open(ModelUnavailable(_refused(error)))

    @asynccontextmanager
    async def trial(self) -> AsyncIterator[None]:
        """Wait until a call may be made although the server was down when it was wanted.

        While it is down one caller at a time is inside, after a pause. Raises ServerDown when
        patience has ended.
        """
        await self._turn.acquire()
        is_held = True

        try:
            if self.is_down:
                await self._wait()
            else:
                self._turn.release()
                is_held = False

            yield
        finally:
            if is_held:
                self._turn.release()

    async def _wait(self) -> None:
        left = self._since + self.patience_seconds - self._clock()

        if left <= 0:
            raise self._lost()

        await self.rest(min(self._pause, left))
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _fell_silent(self, error: ProviderError, document: str) -> None:
        if not self._silent:
            self._since = self._clock()

        self._silent[document] = error
        self._failures += 1

        # One document may bring a server down again and again; a server that nobody reaches is down.
        is_everyones = isinstance(error, Unreachable) or len(self._silent) > 1

        if not self.is_down and self._failures >= ROW and is_everyones:
            self.is_down = True
            self._say(_down(error, self.patience_seconds))

    def _up(self) -> None:
        if not self._failures:
            return

        if self.is_down:
            self._say("The server answers again; the run goes on.")

        self.is_down = False
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._silent.clear()

    def _open(self, reason: ModelUnavailable) -> None:
        if not self.is_open:
            self.is_open = True
            self._end(reason)

    def _lost(self) -> ServerDown:
        newest = next(reversed(self._silent.values()))
        lost = ServerDown(f"{_first(newest)} It was tried for {_time(self.patience_seconds)}.")
        self._open(
            ModelUnavailable(f"{lost}\nNothing that was answered is lost. When the server is back: resume.")
        )

        return lost


def _refused(error: ProviderError) -> str:
    return f"{_first(error)}\n{ROW} calls in a row were refused, so no more are made; mend it, then resume."


def _down(error: ProviderError, seconds: float) -> str:
    return f"{_first(error)} No new call is made but one now and then, for {_time(seconds)}."


def _first(error: ProviderError) -> str:
    line = str(error).splitlines()[0]

    return line if line.endswith(".") else f"{line}."


def _time(seconds: float) -> str:
    if seconds >= 120:
        return f"{seconds / 60:.0f} minutes"

    return "1 second" if seconds == 1 else f"{seconds:g} seconds"
