"""Slots for documents at work: a bounded semaphore whose width can be changed while it runs."""

from __future__ import annotations

from collections import deque

import anyio
from anyio.lowlevel import checkpoint_if_cancelled


class Slots:
    """At most ``limit`` holders at once; who waits longest is next. For one event loop.

    ``limit`` is ``width`` until ``narrow``. Narrowing and pausing take no slot from a holder: nobody
    is let in until enough have left.
    """

    __slots__ = ("_share", "_waiting", "is_paused", "taken", "width")

    def __init__(self, width: int) -> None:
        self.width = width
        self.taken = 0
        self.is_paused = False
        self._share = 1.0
        self._waiting: deque[anyio.Event] = deque()

    async def acquire(self) -> None:
        """Take a slot, waiting for one if need be; where one is free the loop does not turn.

        Cancelled, it takes none.
        """
        await checkpoint_if_cancelled()

        if self.taken < self.limit and not self._waiting:
            self.taken += 1
        else:
            await self._wait()

    def release(self) -> None:
        """Give a slot back; the next in line, if it may be let in, has it at once."""
        self.taken -= 1
        self._admit()

    @property
    def admitted(self) -> int:
        """How many somebody wants to hold one at a time: the width, 0 while paused."""
        return 0 if self.is_paused else self.width

    @property
    def limit(self) -> int:
        """How many may hold one now; 0 while paused."""
        return min(self.admitted, max(1, int(self.width * self._share)))

    def narrow(self, share: float) -> None:
        """Let in no more than this share of the width, from 0 to 1, but always one."""
        self._share = share
        self._admit()

    def widen(self) -> None:
        """Let in as many as the width again."""
        self.narrow(1.0)

    def resize(self, width: int) -> None:
        """Let in so many from now on."""
        self.width = width
        self._admit()

    def pause(self) -> None:
        """Let nobody in until ``go_on``; who is inside goes on."""
        self.is_paused = True

    def go_on(self) -> None:
        """End a pause."""
        self.is_paused = False
        self._admit()

    async def _wait(self) -> None:
        turn = anyio.Event()
        self._waiting.append(turn)

        try:
            await turn.wait()
        except anyio.get_cancelled_exc_class():
            if turn.is_set():  # let in and cancelled in the same turn of the loop
                self.release()
            else:
                self._waiting.remove(turn)

            raise

    def _admit(self) -> None:
        while self._waiting and self.taken < self.limit:
            self.taken += 1
            self._waiting.popleft().set()
