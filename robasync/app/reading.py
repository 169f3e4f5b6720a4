"""Reads documents, a few dozen at a time.

Where there are many, processes of their own read the small texts: to read a text and to look
at it takes as long as all the rest that is done for it, and would hold the event loop up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

import anyio
from anyio import BrokenWorkerProcess, CapacityLimiter

from robasync.ahead import READERS
from robasync.app import texts
from robasync.contents import Identified, identify
from robasync.documents import Folder
from robasync.errors import ExtractionTimeout
from robasync.extract.pool import apart
from robasync.model import Document

log = logging.getLogger(__name__)

FEWEST = 100  # documents for which processes are started
LONGEST_SECONDS = 60.0  # for texts that take milliseconds, on whatever file system


Prepare = Callable[[Sequence[tuple[str, str]], int, float], bytes]
"""Module-level function of pairs of name and path, memory in bytes and seconds (see ``texts``)."""


class Reader:
    """Reads the documents of a folder; a lost or stuck process costs at most the text that it read.

    ``timeout_seconds``, at most LONGEST_SECONDS, and ``memory_limit_gb`` limit the process
    (0 = no limit on memory).
    """

    def __init__(
        self,
        folder: Folder,
        *,
        timeout_seconds: float,
        memory_limit_gb: float,
        fewest: int = FEWEST,
        prepare: Prepare = texts.prepare,
    ) -> None:
        self._prepare = prepare
        self._folder = folder
        self._seconds = min(timeout_seconds, LONGEST_SECONDS)
        self._memory = int(memory_limit_gb * 1024**3)
        self._is_worth_while = len(folder.names) >= fewest
        self._is_up = False
        self._processes = CapacityLimiter(READERS)

    async def start(self) -> None:
        """Have the processes up; before that, and where none can be had, documents are read here."""
        if not self._is_worth_while:
            return

        async with anyio.create_task_group() as starting:
            for _ in range(READERS):
                starting.start_soon(self._start_one)

    async def _start_one(self) -> None:
        with suppress(TimeoutError):
            if await self._asked(()) is not None:
                self._is_up = True

    async def read(self, names: Sequence[str]) -> list[Identified]:
        """Return, in order, what each document is or why it cannot be read.

        Small texts come with their extract where a process reads them.
        """
        if not self._is_up:
            return await identify(self._folder, names)

        try:
            return await self._together(names)
        except TimeoutError:  # one of them stops its reader: which, they show alone
            return [await self._alone(name) for name in names]

    async def _together(self, names: Sequence[str]) -> list[Identified]:
        together = await self._asked(names)

        if together is None:  # that says nothing about the texts
            return await identify(self._folder, names)

        left = iter(await identify(self._folder, [*_left(names, together)]))

        return [document or next(left) for document in together]

    async def _alone(self, name: str) -> Identified:
        try:
            [document] = await self._together((name,))
        except TimeoutError:
            return ExtractionTimeout(
                f"{name}: not read after {self._seconds:g} seconds, given up. Save it anew as plain text."
            )

        return document

    async def _asked(self, names: Sequence[str]) -> list[Document | None] | None:
        """Return the answer of a process, None where it was lost. Raises TimeoutError."""
        files = [(name, str(self._folder.path(name))) for name in names]

        try:
            with anyio.fail_after(self._seconds):
                limits = self._memory, self._seconds
                answer = await apart(self._prepare, files, *limits, limiter=self._processes)
        except BrokenWorkerProcess as error:
            log.debug("A reading process was lost: %r", error.__cause__, extra={"event": "reader_lost"})
            return None

        return [*texts.unpack(answer, files)]


def _left(names: Sequence[str], documents: Sequence[Document | None]) -> list[str]:
    return [name for name, document in zip(names, documents, strict=True) if document is None]
