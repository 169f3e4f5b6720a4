"""The way through: one task group, a bounded semaphore, one task per admitted document.

Each task goes extract -> assess -> record. Memory holds the admitted documents, and the few
that are read ahead, whatever the size of the folder. What a document ends in is decided in one place,
``_outcome``; how the run ends is one path, ``_watch``.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

import anyio
from anyio import CancelScope
from anyio.lowlevel import checkpoint

from robasync.ahead import AHEAD, Ahead, Batches, Group, ReadDocuments
from robasync.batches import Batch
from robasync.contents import Identified
from robasync.errors import AssessmentError, DocumentError, ExtractionCrashed, RobasyncError, Stopped
from robasync.front import registered
from robasync.model import Assessment, Document, Extract, Failure, Outcome, Refusal, Status
from robasync.records import Kind, Record
from robasync.slots import Slots
from robasync.stop import Stop

log = logging.getLogger(__name__)

PREPARED_TOGETHER = 16  # documents that begin before the loop looks at anything else

Assess = Callable[[Document, Extract], Awaitable[Assessment | Refusal]]


class Extractor(Protocol):
    """Turns a document into text."""

    async def extract(self, document: Document) -> Extract:
        """Return the document's text. Raises DocumentError when there is none to be had."""


class Journal(Protocol):
    """The only durable thing."""

    def append(self, *records: Record) -> Awaitable[None]:
        """Buffer the records before returning; awaiting the result waits until they are on the disk."""

    def admission(self) -> Awaitable[None]:
        """Return a wait until the disk has space for what one more document may write."""


class Calls(Protocol):
    """The way to the models, as far as the end of a run concerns it."""

    def close(self) -> None:
        """Let no new call, retry or correction begin."""

    def stop_calls(self) -> None:
        """End the calls in flight now."""


class _Read(NamedTuple):
    batch: Batch
    name: str
    document: Identified


class Pipeline:
    """Streams batches of documents through extract, assess and record.

    ``slots`` bounds the documents at work; its width, and ``grace_seconds``, may be changed while the
    run goes on.
    """

    def __init__(
        self,
        *,
        read: ReadDocuments,
        extractor: Extractor,
        assess: Assess,
        journal: Journal,
        calls: Calls,
        workers: int,
        grace_seconds: float,
    ) -> None:
        self._read = read
        self._extractor = extractor
        self._assess = assess
        self._journal = journal
        self._calls = calls
        self.grace_seconds = grace_seconds
        self.slots = Slots(workers)
        self._feed = CancelScope()
        self._missing: dict[int, int] = {}

    async def run(self, batches: Batches, stop: Stop) -> None:
        """Work through ``batches`` until they are done or ``stop`` asks for the end.

        When it returns, every call in flight has ended and every outcome that was reached
        is on the disk. Documents that were not finished are left: nothing is recorded of
        them but their calls. Raises nothing for a document's sake; ``stop.reason`` holds
        what ended the run early.
        """
        async with anyio.create_task_group() as watch:
            watch.start_soon(self._watch, stop)

            with self._feed:
                await self._work(batches, stop)

            watch.cancel_scope.cancel()

    async def _work(self, batches: Batches, stop: Stop) -> None:
        send, receive = anyio.create_memory_object_stream[Group](AHEAD)
        ahead = Ahead(batches, self._read, begin=self._begin)

        async with anyio.create_task_group() as tasks, receive:
            tasks.start_soon(ahead.run, send)

            async for batch, documents in receive:
                if not documents:
                    tasks.start_soon(self._finish, batch, stop)

                for number, (name, document) in enumerate(documents, start=1):
                    await self.slots.acquire()
                    tasks.start_soon(self._document, _Read(batch, name, document), stop)

                    if number % PREPARED_TOGETHER == 0:  # else none is sent before all are prepared
                        await checkpoint()

    def _begin(self, batch: Batch) -> None:
        self._missing[batch.number] = len(batch.left)

        if not batch.started:
            more = {} if batch.total is None else {"total": batch.total}
            body = {"batch": batch.number, "documents": list(batch.documents), **more}
            self._journal.append(Record(Kind.BATCH_STARTED, body))

    async def _finish(self, batch: Batch, stop: Stop) -> None:
        """Complete a batch of which nothing is left."""
        try:
            await self._complete(batch)
        except RobasyncError as error:  # the disk does not take it
            stop.request(error)

    async def _document(self, read: _Read, stop: Stop) -> None:
        try:
            recorded = await self._record(read, stop)
            await recorded
            await self._count(read.batch)

        except Stopped:
            return  # left for the next resume

        except RobasyncError as error:  # the budget or the disk: no document's fault
            stop.request(error)

    async def _record(self, read: _Read, stop: Stop) -> Awaitable[None]:
        """Hold a slot until the outcome is in the journal's buffer; return the wait for the disk."""
        try:
            await self._journal.admission()

            return self._journal.append(Record(Kind.OUTCOME, await self._outcome(read, stop)))
        finally:
            self.slots.release()

    async def _count(self, batch: Batch) -> None:
        self._missing[batch.number] -= 1

        if not self._missing[batch.number]:
            await self._complete(batch)

    async def _complete(self, batch: Batch) -> None:
        del self._missing[batch.number]
        await self._journal.append(Record(Kind.BATCH_COMPLETED, {"batch": batch.number}))

    async def _outcome(self, read: _Read, stop: Stop) -> Outcome:
        _, name, document = read

        if isinstance(document, DocumentError):
            return _outcome(name, None, _failure(document))

        try:
            return await self._result(name, document)

        except ExtractionCrashed as error:
            if stop.requested.is_set():  # a worker lost while draining says nothing about its document
                raise Stopped(name) from error

            return _outcome(name, document, _failure(error))

        except AssessmentError as error:
            return _outcome(name, document, _failure(error))

        except RobasyncError:
            raise

        except Exception as error:
            # A fault of ours costs this document, not the run; it is never dressed up.
            log.debug(
                "%s: unexpected error",
                name,
                exc_info=True,
                extra={"event": "unexpected_error", "document": name},
            )

            return _outcome(name, document, _unexpected(name, error))

    async def _result(self, name: str, document: Document) -> Outcome:
        extract = await self._extractor.extract(document)
        result = _outcome(name, document, await self._assess(document, extract))

        registrations = extract.front.registrations if extract.front else registered(extract, name)

        if not (extract.set_aside or extract.suspicious or registrations):
            return result

        return replace(
            result, set_aside=extract.unseen, suspicious=extract.suspicious, registrations=registrations
        )

    async def _watch(self, stop: Stop) -> None:
        await stop.requested.wait()
        self._calls.close()
        self._feed.cancel()
        await stop.limited.wait()

        with anyio.move_on_after(self.grace_seconds):
            await stop.urgent.wait()

        self._calls.stop_calls()


def _outcome(name: str, document: Document | None, result: Assessment | Refusal | Failure) -> Outcome:
    return Outcome(
        document=name,
        digest=document.digest if document else "",
        size=document.size if document else 0,
        mtime_ns=document.mtime_ns if document else 0,
        inode=document.inode if document else 0,
        status=_status(result),
        assessment=result if isinstance(result, Assessment) else None,
        refusal=result if isinstance(result, Refusal) else None,
        failure=result if isinstance(result, Failure) else None,
    )


def _status(result: Assessment | Refusal | Failure) -> Status:
    if isinstance(result, Assessment):
        return Status.ASSESSED

    return Status.REFUSED if isinstance(result, Refusal) else Status.FAILED


def _failure(error: AssessmentError) -> Failure:
    return Failure(stage=error.stage, error=type(error).__name__, message=str(error), may_pass=error.may_pass)


def _unexpected(name: str, error: Exception) -> Failure:
    return Failure(
        stage="internal",
        error=type(error).__name__,
        message=f"{name}: unexpected error in robasync: {error!r}. Run again with --verbose and report it.",
        may_pass=True,
    )
