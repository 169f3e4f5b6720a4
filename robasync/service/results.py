"""One file per document, written behind the run; whatever it missed is made good at the end."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

import anyio

from robasync.errors import StorageError
from robasync.model import Outcome
from robasync.records import Entry, Kind

log = logging.getLogger(__name__)

SHARE = 0.02  # of the time that writing may take while documents are being assessed
TOGETHER = 32  # files that one crossing to a thread writes
WAITING = 1_000  # outcomes held for writing; more are written at the end, from the journal


class ResultFiles:
    """Writes a result file for every durable outcome without holding the run up.

    The files are derived: ``missed`` names the documents whose file could not be written
    in time, for the caller to rebuild from the journal.
    """

    def __init__(self, write: Callable[[Sequence[Outcome]], Awaitable[object]]) -> None:
        self._write = write
        self._send, self._receive = anyio.create_memory_object_stream[Outcome](WAITING)
        self._closed = anyio.Event()
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
        self._closed.set()

    async def run(self) -> None:
        """Write until closed, as many files together as are waiting."""
        async with self._receive:
            async for outcome in self._receive:
                began = time.monotonic()
                await self._together([outcome, *self._waiting()])
                await self._rest((time.monotonic() - began) * (1 / SHARE - 1))

    async def _rest(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._closed.wait()

    def _waiting(self) -> Iterator[Outcome]:
        for _ in range(TOGETHER - 1):
            try:
                yield self._receive.receive_nowait()
            except (anyio.WouldBlock, anyio.EndOfStream):
                return

    async def _together(self, outcomes: Sequence[Outcome]) -> None:
        try:
            await self._write(outcomes)
        except StorageError as error:
            log.warning(
                "Result files wait for the end of the run: %s", error, extra={"event": "results_wait"}
            )
            self.missed.update(outcome.document for outcome in outcomes)
