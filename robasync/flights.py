"""Equal work at the same time is done once: the others wait for their turn and find it done."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(slots=True)
class _Flight:
    lock: anyio.Lock = field(default_factory=lambda: anyio.Lock(fast_acquire=True))
    callers: int = 0


class Flights:
    """One lock for each digest that somebody is working on; forgotten when the last one leaves."""

    def __init__(self) -> None:
        self._flights: dict[bytes, _Flight] = {}

    @asynccontextmanager
    async def alone(self, digest: bytes) -> AsyncIterator[None]:
        """Be the only one inside for ``digest``; callers enter in the order of asking."""
        flight = self._flights.setdefault(digest, _Flight())
        flight.callers += 1
        try:
            async with flight.lock:
                yield
        finally:
            flight.callers -= 1

            if not flight.callers:
                del self._flights[digest]
