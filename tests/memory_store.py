"""A journal and its index of replies in memory, with the promises of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from anyio import CancelScope
from anyio.lowlevel import checkpoint

from robasync.records import Kind, Record, RecordedReply, Standing

if TYPE_CHECKING:
    from collections.abc import Generator


class MemoryReplies:
    """What committed records say about call keys; the own session's replies come first."""

    def __init__(self, own: str = "own") -> None:
        self.own = own
        self.asked: set[str] = set()
        self.replies: dict[str, RecordedReply] = {}
        self.reads = 0

    def learn(self, record: Record, session: str) -> None:
        """Take in one committed record."""
        if record.kind is Kind.INTENT:
            self.asked.add(record.key)

        if record.kind is Kind.REPLY and (record.key not in self.replies or session == self.own):
            self.replies[record.key] = RecordedReply(raw=record.body["raw"], session=session)

    def standing(self, key: str) -> Standing:
        if key in self.replies:
            return Standing.ANSWERED

        return Standing.ASKED if key in self.asked else Standing.UNKNOWN

    async def read(self, key: str) -> RecordedReply:
        self.reads += 1
        await checkpoint()

        return self.replies[key]


class MemoryJournal:
    """Keeps records in a buffer until somebody waits; ``durable`` is what a crash would leave."""

    def __init__(self, replies: MemoryReplies, session: str = "own") -> None:
        self.replies = replies
        self.session = session
        self.appended: list[Record] = []
        self.durable: list[Record] = []
        self.disk = anyio.Event()
        self.disk.set()

    def append(self, *records: Record) -> Durable:
        self.appended.extend(records)

        return Durable(self, len(self.appended))

    async def admission(self) -> None:
        """There is always room."""

    def commit(self) -> None:
        """Write what is in the buffer."""
        new = self.appended[len(self.durable) :]
        self.durable.extend(new)

        for record in new:
            self.replies.learn(record, self.session)

    def of(self, kind: Kind) -> list[Record]:
        """Return the appended records of one kind."""
        return [record for record in self.appended if record.kind is kind]


class Durable:
    """Awaiting it waits, shielded, until the records are durable; not awaiting it is legal."""

    def __init__(self, journal: MemoryJournal, position: int) -> None:
        self.journal = journal
        self.position = position

    def __await__(self) -> Generator[object, None, None]:
        return self._wait().__await__()

    async def _wait(self) -> None:
        with CancelScope(shield=True):
            await self.journal.disk.wait()
            await checkpoint()

            if len(self.journal.durable) < self.position:
                self.journal.commit()
