"""A journal that keeps nothing, to measure beside what a journal that keeps everything costs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from types import TracebackType
from typing import Any, Self

from robasync.records import Entry, Position, Record
from robasync.store.clock import LocalClock

NOWHERE = Position(1, 0, 0)


class NullJournal:
    """Takes records as ``Journal`` does and acknowledges each at once; nothing is encoded or written.

    ``on_commit`` is told of them as of durable ones, so that a session, and whatever else looks
    at records, does the same work with both.
    """

    def __init__(self, *, on_commit: Callable[[Sequence[Entry]], None]) -> None:
        self._on_commit = on_commit
        self._clock = LocalClock()
        self._last = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""

    def append(self, *records: Record) -> Acknowledged:
        """Take the records in and return a wait that is over already."""
        first, now = self._last + 1, self._clock()
        self._last += len(records)
        self._on_commit(
            [
                Entry(sequence, first, now, record, NOWHERE)
                for sequence, record in enumerate(records, start=first)
            ]
        )

        return Acknowledged()

    def admission(self) -> Acknowledged:
        """Return a wait that is over already: there is always room."""
        return Acknowledged()


class Acknowledged:
    """A wait for nothing."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, None]:
        yield from ()
