"""Reads ahead of the work: groups of documents, in order, the next while the last one crosses over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import anyio
from anyio.abc import ObjectSendStream

from robasync.batches import Batch
from robasync.contents import Identified

TOGETHER = 50  # documents that are read at once: a batch, by default
READERS = 3  # groups that are read at the same time: each takes longer to cross over than to read
AHEAD = 4  # groups that wait for a slot

ReadDocuments = Callable[[Sequence[str]], Awaitable[Sequence[Identified]]]


class Group(NamedTuple):
    """Some documents of a batch with what they are; none where nothing of the batch is left."""

    batch: Batch
    documents: Sequence[tuple[str, Identified]]


class Ahead:
    """Reads the documents that are left of ``batches``; each batch is told to ``begin`` before its first.

    Memory holds AHEAD + READERS groups at most, whatever the number of batches.
    """

    def __init__(
        self, batches: Iterable[Batch], read: ReadDocuments, *, begin: Callable[[Batch], None]
    ) -> None:
        self._groups = _groups(batches, begin)
        self._read = read
        self._turn = anyio.Event()
        self._turn.set()

    async def run(self, send: ObjectSendStream[Group]) -> None:
        """Send the groups in their order, then close ``send``."""
        async with send, anyio.create_task_group() as readers:
            for _ in range(READERS):
                readers.start_soon(self._reader, send)

    async def _reader(self, send: ObjectSendStream[Group]) -> None:
        for batch, names in self._groups:
            turn, self._turn = self._turn, anyio.Event()
            mine = self._turn
            documents = await self._read(names) if names else ()
            await turn.wait()
            await send.send(Group(batch, [*zip(names, documents, strict=True)]))
            mine.set()


def _groups(
    batches: Iterable[Batch], begin: Callable[[Batch], None]
) -> Iterator[tuple[Batch, Sequence[str]]]:
    for batch in batches:
        begin(batch)

        for first in range(0, max(len(batch.left), 1), TOGETHER):
            yield batch, batch.left[first : first + TOGETHER]
