"""Worker processes under limits: a file that hangs, crashes or eats memory costs only itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, TypeVarTuple

import anyio
import anyio.to_process
from anyio import BrokenWorkerProcess, CapacityLimiter

from robasync.errors import ExtractionCrashed, ExtractionTimeout
from robasync.model import Document

from .wear import LAST

Arguments = TypeVarTuple("Arguments")

Work = Callable[[str, str, str, int, float], bytes]
"""Module-level function of path, name, digest, memory in bytes and seconds (see ``worker``)."""

LOST = (BrokenWorkerProcess, KeyboardInterrupt, MemoryError, ImportError, OSError)
"""What a worker that is no more, or did not even start, leaves behind: anyio raises here what happened
there. It may be hit by Ctrl+C before it shields itself, and be without memory for its own code."""

TRIES = 2
"""A worker that is lost may have been taken down by something else, so a second one gets its turn."""


class Attempt(NamedTuple):
    """What a worker answered, None where it was lost or too slow, and how long that took."""

    answer: bytes | None
    seconds: float


class Pool:
    """At most ``processes`` workers, started when needed and kept for the next document.

    They end with the event loop, and with the pipe to this process if that is killed; one that
    has grown too much is replaced (see ``wear``).
    """

    def __init__(self, *, processes: int, timeout_seconds: float, memory_limit_gb: float) -> None:
        self._seconds = timeout_seconds
        self._gigabytes = memory_limit_gb
        self._slots = CapacityLimiter(processes)
        self._processes = CapacityLimiter(processes)
        self._spent = 0  # workers that will end when they are asked again

    async def run(self, work: Work, document: Document) -> bytes:
        """Return what the work answers for ``document``.

        Waiting for a free worker is not limited in time; reading is. A cancelled caller's
        worker is killed. Raises ExtractionTimeout and ExtractionCrashed.
        """
        async with self._slots:
            try:
                with anyio.fail_after(self._seconds):
                    return await self._tried(work, document)
            except TimeoutError as error:
                raise ExtractionTimeout(
                    f"{document.name}: not read after {self._seconds:g} seconds, given up."
                    " Raise parallel.timeout_seconds, or print it to a new PDF."
                ) from error

    async def attempt(self, work: Work, document: Document, *, seconds: float) -> Attempt:
        """Return what the work answers within ``seconds``, not counting the wait for a free worker."""
        answer = None
        async with self._slots:
            began = time.monotonic()
            with anyio.move_on_after(seconds), suppress(BrokenWorkerProcess):
                answer = await self._asked(work, document, seconds=seconds)

            return Attempt(answer, time.monotonic() - began)

    async def _tried(self, work: Work, document: Document) -> bytes:
        for _ in range(TRIES - 1):
            with suppress(BrokenWorkerProcess):
                return await self._asked(work, document, seconds=self._seconds)

        try:
            return await self._asked(work, document, seconds=self._seconds)
        except BrokenWorkerProcess as error:
            raise self._crashed(document) from error

    async def _asked(self, work: Work, document: Document, *, seconds: float) -> bytes:
        while True:
            try:
                return await self._once(work, document, seconds=seconds)
            except BrokenWorkerProcess:
                if not self._spent:
                    raise

                self._spent -= 1  # one that had said so is gone: nothing happened to the document

    async def _once(self, work: Work, document: Document, *, seconds: float) -> bytes:
        memory = int(self._gigabytes * 1024**3)
        file = str(document.path), document.name, document.digest
        answer = await apart(work, *file, memory, seconds, limiter=self._processes)
        self._spent += answer.endswith(LAST)

        return answer

    def _crashed(self, document: Document) -> ExtractionCrashed:
        return ExtractionCrashed(
            f"{document.name} crashed the process that read it, {TRIES} times. Print it to a new PDF,"
            f" or raise parallel.memory_limit_gb ({self._gigabytes:g}) if memory may be the reason."
        )


async def apart(
    work: Callable[[*Arguments], bytes], *arguments: *Arguments, limiter: CapacityLimiter
) -> bytes:
    """Return what ``work`` answers in a worker process, which is killed where the caller is cancelled.

    Raises BrokenWorkerProcess where the process is lost, whatever that left behind.
    """
    try:
        return await anyio.to_process.run_sync(work, *arguments, cancellable=True, limiter=limiter)
    except TimeoutError:
        raise
    except LOST as error:
        raise BrokenWorkerProcess from error
