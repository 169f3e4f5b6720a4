"""A commit group: records that one write makes durable together, and those who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator, Sequence
from itertools import repeat
from typing import Any

from anyio import CancelScope

from robasync.errors import StorageError
from robasync.records import Entry, Kind, Position, Record


class Group:
    """Awaiting it waits for the disk; any number of tasks may, and none has to.

    The wait is shielded from cancellation: what is on its way to the disk is waited for. It
    raises StorageError where the disk refused.
    """

    __slots__ = ("_error", "_times", "_waiting", "first", "lines", "records")

    def __init__(self, first: int) -> None:
        self.first = first
        self.lines: list[bytes] = []
        self.records: list[Record] = []
        self._times: list[str] = []
        self._waiting: list[asyncio.Future[None]] | None = []  # None once it is over
        self._error: BaseException | None = None

    def __await__(self) -> Generator[Any, Any, None]:
        if self._waiting is not None:
            try:
                yield from self._waiter()
            except asyncio.CancelledError:
                # A shield costs more than the wait, and few are cancelled. anyio says it again.
                yield from self._wait_shielded().__await__()

        if self._error is not None:
            raise StorageError(str(self._error)) from self._error

    def add(self, lines: Sequence[bytes], records: Sequence[Record], time: str) -> None:
        """Take in records and their lines, which are written at ``time``."""
        self.lines += lines
        self.records += records
        self._times += repeat(time, len(lines))

    def finish(self, error: BaseException | None = None) -> None:
        """Wake those who wait, with StorageError where there was an error."""
        waiting, self._waiting = self._waiting or (), None
        self._error = error

        for waiter in waiting:
            if not waiter.done():  # else its task was cancelled, and waits anew
                waiter.set_result(None)

    @property
    def size(self) -> int:
        """How many bytes its lines have."""
        return sum(map(len, self.lines))

    @property
    def answers(self) -> Iterator[Record]:
        """The replies in it that were bought for this session, and lie in no other journal."""
        return filter(is_answer, self.records)

    def entries(self, segment: int, offset: int) -> list[Entry]:
        """Return the group's records as they lie in the journal from ``offset``."""
        entries, group = [], self.first

        for sequence, (record, time, line) in enumerate(
            zip(self.records, self._times, self.lines, strict=True), start=group
        ):
            length = len(line)
            entries.append(Entry(sequence, group, time, record, Position(segment, offset, length)))
            offset += length

        return entries

    def _waiter(self) -> asyncio.Future[None]:
        assert self._waiting is not None
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)

        return waiter

    async def _wait_shielded(self) -> None:
        with CancelScope(shield=True):
            if self._waiting is not None:
                await self._waiter()


def is_answer(record: Record) -> bool:
    """Return whether a record holds a reply that was bought for this session."""
    return record.kind is Kind.REPLY and "from_session" not in record.body
