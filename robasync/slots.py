"""Slots for documents at work: a bounded semaphore whose width can be changed while it runs."""

from __future__ import annotations

from collections import deque

import anyio
from anyio.lowlevel import checkpoint_if_cancelled


class Slots:
    """At most ``limit`` holders at once; who waits longest is next. For one event loop.

    ``limit`` is ``width`` until ``narrow``. Narrowing takes no slot from a holder: nobody is
    let in until enough have left.
    """

    __slots__ = ("_taken", "_waiting", "limit", "width")

    def __init__(self, width: int) -> None:
        self.width = width
        self.limit = width
        self._taken = 0
        self._waiting: deque[anyio.Event] = deque()

    async def acquire(self) -> None:
        """Take a slot, waiting for one if need be; where one is free the loop does not turn.

        Cancelled, it takes none.
        """
        await checkpoint_if_cancelled()

        if self._taken < self.limit and not self._waiting:
            self._taken += 1
        else:
            await self._wait()

    def release(self) -> None:
        """Give a slot back; the next in line, if it may be let in, has it at once."""
        self._taken -= 1
        self._admit()

    def narrow(self, share: float) -> None:
        """Let in no more than this share of the width, from 0 to 1, but always one."""
        self._change(max(1, int(self.width * share)))

    def widen(self) -> None:
        """Let in as many as the width again."""
        self._change(self.width)

    def _change(self, limit: int) -> None:
        self.limit = limit
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
        while self._waiting and self._taken < self.limit:
            self._taken += 1
            self._waiting.popleft().set()
