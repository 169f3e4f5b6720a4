"""Reads ahead of the work: groups of documents, in order, the next while the last one crosses over."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import NamedTuple

import anyio
from anyio.abc import ObjectSendStream

from robasync.batches import Batch
from robasync.contents import Identified

TOGETHER = 50  # documents that are read at once: a batch, by default
READERS = 3  # groups that are read at the same time: each takes longer to cross over than to read
AHEAD = 4  # groups that wait for a slot

Batches = AsyncGenerator[Batch, None]
ReadDocuments = Callable[[Sequence[str]], Awaitable[Sequence[Identified]]]


class Group(NamedTuple):
    """Some documents of a batch with what they are; none where nothing of the batch is left."""

    batch: Batch
    documents: Sequence[tuple[str, Identified]]


class Ahead:
    """Reads the documents that are left of ``batches``; each batch is told to ``begin`` before its first.

    Memory holds AHEAD + READERS groups at most, whatever the number of batches. Batches may be
    waited for: the groups before them are read and sent meanwhile.
    """

    def __init__(self, batches: Batches, read: ReadDocuments, *, begin: Callable[[Batch], None]) -> None:
        self._groups = _groups(batches, begin)
        self._next = anyio.Lock(fast_acquire=True)
        self._read = read
        self._turn = anyio.Event()
        self._turn.set()

    async def run(self, send: ObjectSendStream[Group]) -> None:
        """Send the groups in their order, then close ``send``."""
        async with send, aclosing(self._groups), anyio.create_task_group() as readers:
            for _ in range(READERS):
                readers.start_soon(self._reader, send)

    async def _reader(self, send: ObjectSendStream[Group]) -> None:
        while True:
            async with self._next:
                if (group := await anext(self._groups, None)) is None:
                    return

                turn, self._turn = self._turn, anyio.Event()
                mine = self._turn

            batch, names = group
            documents = await self._read(names) if names else ()
            await turn.wait()
            await send.send(Group(batch, [*zip(names, documents, strict=True)]))
            mine.set()


async def at_hand(batches: Iterable[Batch]) -> Batches:
    """Yield batches that nothing has to be waited for."""
    for batch in batches:
        yield batch


async def _groups(
    batches: Batches, begin: Callable[[Batch], None]
) -> AsyncGenerator[tuple[Batch, Sequence[str]], None]:
    async with aclosing(batches):
        async for batch in batches:
            begin(batch)

            for first in range(0, max(len(batch.left), 1), TOGETHER):
                yield batch, batch.left[first : first + TOGETHER]
