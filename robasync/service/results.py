"""One file per document, written behind the run; what it missed is made good when the work has run dry."""

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
WAITING = 250  # outcomes held for writing; more are written later, from the journal


class ResultFiles:
    """Writes a result file for every durable outcome without holding the run up.

    The files are derived: ``missed`` names the documents whose file could not be written
    in time, for the caller to rebuild from the journal.
    """

    def __init__(self, write: Callable[[Sequence[Outcome]], Awaitable[object]]) -> None:
        self._write = write
        self._send, self._receive = anyio.create_memory_object_stream[Outcome](WAITING)
        self._left = 0  # outcomes that wait
        self._dry = anyio.Event()
        self._hurry = anyio.Event()  # set while nothing else wants the time
        self._is_closed = False
        self.missed: set[str] = set()

    def observe(self, entry: Entry) -> None:
        """Take a durable record; anything but an outcome is passed over."""
        if entry.record.kind is not Kind.OUTCOME:
            return

        try:
            self._send.send_nowait(entry.record.body)
        except (anyio.WouldBlock, anyio.BrokenResourceError):  # too many wait, or nobody writes any more
            self.missed.add(entry.record.body.document)
        else:
            self._left += 1

    async def catch_up(self) -> None:
        """Return when nothing waits any more: written without a rest, or missed."""
        self._hurry.set()

        while self._left:
            self._dry = anyio.Event()
            await self._dry.wait()

        if not self._is_closed:
            self._hurry = anyio.Event()

    def close(self) -> None:
        """Take no more; ``run`` returns when the rest is written."""
        self._send.close()
        self._is_closed = True
        self._hurry.set()

    async def run(self) -> None:
        """Write until closed, as many files together as are waiting."""
        async with self._receive:
            async for outcome in self._receive:
                began = time.monotonic()
                await self._together([outcome, *self._waiting()])
                await self._rest((time.monotonic() - began) * (1 / SHARE - 1))

    async def _rest(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._hurry.wait()

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
                "Result files wait until the work has run dry: %s", error, extra={"event": "results_wait"}
            )
            self.missed.update(outcome.document for outcome in outcomes)
        finally:
            self._left -= len(outcomes)

            if not self._left:
                self._dry.set()
