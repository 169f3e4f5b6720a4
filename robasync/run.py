"""One run of one session: every live object on one exit stack, from the first record to the reports."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import anyio
import anyio.to_thread

from robasync import assembly
from robasync.batches import Batch
from robasync.closing import Closing
from robasync.documents import Folder
from robasync.ending import Ending
from robasync.errors import StorageError
from robasync.extract.files import FileExtractor
from robasync.pipeline import Pipeline
from robasync.records import Entry, Kind, Record
from robasync.reports import names, results
from robasync.service.memory import looks
from robasync.service.narrator import ON_DEMAND, Narrator
from robasync.service.pressure import Pressure
from robasync.service.progress import Progress, measure
from robasync.service.results import ResultFiles
from robasync.service.signals import Signals
from robasync.session import Session
from robasync.settings import Settings
from robasync.stop import Stop
from robasync.store.checkpointer import Checkpointer, Options
from robasync.store.compression import Compression, best
from robasync.store.files import Files
from robasync.store.index import Index
from robasync.store.journal import Journal
from robasync.store.opening import Opened
from robasync.store.places import Place
from robasync.store.replies import RecordedReplies
from robasync.store.triggers import Triggers
from robasync.vault import wrapping

log = logging.getLogger(__name__)

Show = Callable[[Progress], None]

COLLECT_AFTER = 20_000  # new objects between two collections of the youngest

CALLS = frozenset({Kind.INTENT, Kind.REPLY, Kind.CALL_FAILED})  # only the books look at these

SHOW_SECONDS = 0.5  # between two looks at the progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that a run is given. ``first`` is the record it begins with.

    ``batches`` yields the work; ``others`` are the places and ids of the
    sessions whose replies may be reused; ``cores`` bounds the processes that read PDFs.
    """

    settings: Settings
    plan: assembly.Plan
    folder: Folder
    files: Files
    opened: Opened
    session_id: str
    first: Record
    batches: Iterator[Batch]
    others: Sequence[tuple[Place, str]]
    workers: int
    cores: int


class Live:
    """The objects of a run that live inside the event loop, and the one feed that they share.

    What becomes durable is folded into the session first; everything else looks at the
    same records after it.
    """

    def __init__(self, job: Job) -> None:
        settings, place = job.settings, job.opened.place
        self.session = job.opened.session
        self.narrator = Narrator()
        self.replies = RecordedReplies(
            job.files, place, session=job.session_id, keys=job.opened.keys, others=job.others
        )
        self.checkpointer = Checkpointer(
            job.files,
            place,
            self.session,
            options=_options(settings),
            on_saved=self.narrator.saved,
            on_failed=self.narrator.failed,
            caches=[
                Index(
                    job.files,
                    place,
                    session=self.session,
                    keys=job.opened.keys,
                    damage=job.opened.damage,
                )
            ],
        )
        self.triggers = Triggers(
            self.checkpointer.mark,
            interval=settings.parallel.checkpoint_interval,
            on_batch_complete=settings.parallel.checkpoint_on_batch_complete,
            on_error=settings.parallel.checkpoint_on_error,
        )
        self.result_files = ResultFiles(
            partial(
                results.write,
                settings.paths.output_folder / "results",
                crowded=names.crowded(job.folder.names),
                wrapping=wrapping(place, session=job.session_id),
            )
        )
        self.journal = Journal(job.files, place, tail=job.opened.tail, on_commit=self._committed)

    def _committed(self, entries: Sequence[Entry]) -> None:
        self.replies.observe(entries)

        for entry in entries:
            self.session.apply(entry)

            if entry.record.kind not in CALLS:
                self.triggers.observe(entry)
                self.result_files.observe(entry)
                self.narrator.observe(entry)


async def execute(job: Job, signals: Signals, show: Show) -> Ending:
    """Work the job off and return how it ended. What was recorded is safe whatever happens."""
    stop = Stop()
    _tune()

    async with AsyncExitStack() as stack:
        live = Live(job)
        await stack.enter_async_context(live.journal)
        await live.journal.append(job.first)
        await live.replies.load()
        assessor = await stack.enter_async_context(
            assembly.assessor(
                job.plan,
                job.settings,
                journal=live.journal,
                replies=live.replies,
                session=live.session,
                workers=job.workers,
            )
        )
        _attach(signals, stop, live)
        stack.callback(signals.detach)
        pipeline = Pipeline(
            folder=job.folder,
            extractor=FileExtractor(
                processes=job.cores,
                timeout_seconds=job.settings.parallel.timeout_seconds,
                memory_limit_gb=job.settings.parallel.memory_limit_gb,
            ),
            assess=assessor.assess,
            journal=live.journal,
            calls=assessor.gate,
            workers=job.workers,
            grace_seconds=job.settings.parallel.grace_seconds,
        )

        await _work(job, live, pipeline, stop, show)

        return await _close(job, live, stop, signals)


def _tune() -> None:
    # What stands now stays: a collection over it, and over the session that a resume has
    # read, would stop the loop for more than a tenth of a second.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


async def _work(job: Job, live: Live, pipeline: Pipeline, stop: Stop, show: Show) -> None:
    async with anyio.create_task_group() as beside:
        beside.start_soon(live.checkpointer.run)
        beside.start_soon(_tick, job, live.session, show)
        beside.start_soon(Pressure(looks(), slots=pipeline.slots, mark=live.checkpointer.mark).run)

        async with anyio.create_task_group() as writing:
            writing.start_soon(live.result_files.run)
            await pipeline.run(job.batches, stop)
            live.result_files.close()

        beside.cancel_scope.cancel()


async def _close(job: Job, live: Live, stop: Stop, signals: Signals) -> Ending:
    closing = Closing(
        settings=job.settings,
        plan=job.plan,
        files=job.files,
        place=job.opened.place,
        session=live.session,
    )

    if signals.count and live.session.left:
        log.info("Creating checkpoint before shutdown...")
        await _last_checkpoint(live, stop, "signal")
        log.info("Checkpoint saved: %s", job.opened.place.checkpoint.name)
        log.info("Graceful shutdown completed")

        return closing.ending(None, reason=stop.reason, signal_code=signals.exit_code)

    if live.session.left == 0:
        await live.journal.append(Record(Kind.SESSION_ENDED, {"reason": "finished"}))

    await _last_checkpoint(live, stop, "end of the run")
    await closing.write_missing_results(live.result_files.missed)
    reports = await anyio.to_thread.run_sync(closing.write_reports)

    return closing.ending(reports, reason=stop.reason)


async def _last_checkpoint(live: Live, stop: Stop, why: str) -> None:
    try:
        await live.journal.append()  # nobody waited for the record of a signal; the checkpoint is to know it
        await live.checkpointer.now(why)
    except StorageError:
        # A disk that refused the journal refuses this as well; the first refusal says more.
        if stop.reason is None:
            raise


async def _tick(job: Job, session: Session, show: Show) -> None:
    began = time.monotonic()
    at_start = session.completed + session.failed

    while True:
        show(
            measure(
                total=session.total,
                done=session.completed,
                failed=session.failed,
                at_start=at_start,
                elapsed=time.monotonic() - began,
                cost=job.plan.cost(session),
                currency=job.plan.currency or "",
            )
        )
        await anyio.sleep(SHOW_SECONDS)


def _attach(signals: Signals, stop: Stop, live: Live) -> None:
    loop = asyncio.get_running_loop()

    def stopped() -> None:
        """Drain at the first signal, end the calls in flight at the second."""
        if signals.count > 1:
            stop.hurry()
            return

        live.journal.append(Record(Kind.SIGNAL, {"signal": signal.Signals(signals.first).name}))
        stop.request()

    signals.attach(
        stop=lambda: loop.call_soon_threadsafe(stopped),
        snapshot=lambda: loop.call_soon_threadsafe(live.checkpointer.demand, ON_DEMAND),
    )


def _options(settings: Settings) -> Options:
    system, parallel = settings.checkpoint_system, settings.parallel

    return Options(
        backup_folder=settings.paths.checkpoint_backup_dir,
        backup_interval=system.backup_interval,
        clean_up=system.auto_cleanup_old,
        compression=best() if system.compression else Compression.NONE,
        max_backups=parallel.max_checkpoint_backups,
        validate=system.validation_on_save,
        automatic=settings.processing.enable_resume,
    )
