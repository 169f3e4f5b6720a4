"""Equal work at the same time is done once: the others wait for their turn and find it done."""

from __future__ import annotations

from types import TracebackType

import anyio


class Flights:
    """The digests that somebody is working on right now."""

    def __init__(self) -> None:
        self._landed: dict[bytes, anyio.Event | None] = {}

    def alone(self, digest: bytes) -> Flight:
        """Return a context inside of which nobody else is for ``digest``."""
        return Flight(self._landed, digest)


class Flight:
    """An async context manager: waits until nobody else is inside for its digest."""

    __slots__ = ("_digest", "_landed")

    def __init__(self, landed: dict[bytes, anyio.Event | None], digest: bytes) -> None:
        self._landed = landed
        self._digest = digest

    async def __aenter__(self) -> None:
        while self._digest in self._landed:
            # Hardly ever does anybody wait: the event is made by who does.
            landed = self._landed[self._digest] or anyio.Event()
            self._landed[self._digest] = landed
            await landed.wait()

        self._landed[self._digest] = None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if (landed := self._landed.pop(self._digest)) is not None:
            landed.set()
