"""Whether a call may begin: only while there is space for it and for all calls in flight."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import anyio

from robasync.errors import StorageError

NO_ROOM = -1


class Admission:
    """A count in the event loop: of the bytes that are sure to find space. No system call.

    ``headroom`` bytes of ``room`` admit a call; who appends to the journal takes the size of
    its lines off ``room``. ``look`` is called when somebody waits, and has room looked for:
    ``found`` is told what it comes to.
    """

    def __init__(self, folder: Path, *, headroom: int, look: Callable[[], None]) -> None:
        self.room = NO_ROOM
        self.is_sought = False  # by somebody who waits
        self.has_begun = False  # there was room once
        self._folder = folder
        self._headroom = headroom
        self._look = look
        self._is_over = False
        self._news = anyio.Event()

    def wait(self) -> Awaitable[None]:
        """Return a wait until a call may begin, over at once as a rule.

        Raises StorageError where there never was room, or is waited for no longer.
        """
        return _AT_ONCE if self.room >= self._headroom else self._wait()

    def found(self, room: int) -> bool:
        """Take in how much room there is; return whether it is enough."""
        self.room = NO_ROOM if self._is_over else room

        if room < self._headroom:
            return False

        self.has_begun = True
        self._wake()

        return True

    def close(self) -> None:
        """Admit nobody any more, and let nobody wait."""
        self._is_over = True
        self.room = NO_ROOM
        self._wake()

    def _wake(self) -> None:
        if self.is_sought:
            self.is_sought = False
            self._news.set()
            self._news = anyio.Event()

    async def _wait(self) -> None:
        while self.room < self._headroom:
            if self._is_over or not self.has_begun:
                raise StorageError(
                    f"less than {self._headroom // 1024**2 + 1} MiB are free in {self._folder} for answers: "
                    "no call is made.\nEverything recorded so far is safe; make room, then: robasync resume"
                )

            self.is_sought = True
            self._look()
            await self._news.wait()


class _AtOnce:
    """A wait that is over."""

    def __await__(self) -> Generator[Any, Any, None]:
        return
        yield


_AT_ONCE = _AtOnce()
