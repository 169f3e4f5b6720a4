"""One file per document, written behind the run; whatever it missed is made good at the end."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import anyio

from robasync.model import Entry, Kind, Outcome

log = logging.getLogger(__name__)

WAITING = 1_000  # outcomes held for writing; more are written at the end, from the journal


class ResultFiles:
    """Writes a result file for every durable outcome without holding the run up.

    The files are derived: ``missed`` names the documents whose file could not be written
    in time, for the caller to rebuild from the journal.
    """

    def __init__(self, write: Callable[[Outcome], Awaitable[object]]) -> None:
        self._write = write
        self._send, self._receive = anyio.create_memory_object_stream[Outcome](WAITING)
        self.missed: set[str] = set()

    def observe(self, entry: Entry) -> None:
        """Take a durable record; anything but an outcome is passed over."""
        if entry.record.kind is not Kind.OUTCOME:
            return

        try:
            self._send.send_nowait(entry.record.body)
        except anyio.WouldBlock:
            self.missed.add(entry.record.body.document)

    def close(self) -> None:
        """Take no more; ``run`` returns when the rest is written."""
        self._send.close()

    async def run(self) -> None:
        """Write until closed."""
        async with self._receive:
            async for outcome in self._receive:
                await self._one(outcome)

    async def _one(self, outcome: Outcome) -> None:
        try:
            await self._write(outcome)
        except OSError as error:
            log.warning(
                "%s: result file not written: %s. It is made again from the journal.", outcome.document, error
            )
            self.missed.add(outcome.document)
