"""One run of one session: every live object on one exit stack, from the first record to the reports."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack, suppress

import anyio
import anyio.to_thread

from robasync.app import assessors, doors, recognition, serving, watching
from robasync.app.closing import Closing
from robasync.app.live import Job, Live
from robasync.app.reading import Reader
from robasync.app.reloading import Reloading
from robasync.app.running import Running
from robasync.assess import Assessor
from robasync.ending import Ending
from robasync.errors import StorageError
from robasync.pipeline import Journal, Pipeline
from robasync.records import Kind, Record
from robasync.reports.write import Reports
from robasync.service.http.run import Beside
from robasync.service.memory import looks
from robasync.service.narrator import ON_DEMAND
from robasync.service.notify import Supervisor
from robasync.service.pressure import Pressure
from robasync.service.progress import Progress, words
from robasync.service.signals import Signals
from robasync.settings.environment import Environment
from robasync.stop import Stop

log = logging.getLogger(__name__)

Show = Callable[[Progress], None]

COLLECT_AFTER = 20_000  # new objects between two collections of the youngest

SHOW_SECONDS = 0.5  # between two looks at the progress


async def execute(job: Job, signals: Signals, show: Show) -> Ending:
    """Work the job off and return how it ended. What was recorded is safe whatever happens."""
    stop, supervisor = Stop(), _supervisor()
    _tune()

    async with AsyncExitStack() as stack:
        door = stack.enter_context(doors.opened(job.settings))
        live = Live(job)
        await stack.enter_async_context(live.journal)
        begun = live.journal.append(job.first)
        _attach(job, signals, stop, live, supervisor=supervisor)
        stack.callback(signals.detach)
        await begun
        await live.replies.load()
        assessor = await stack.enter_async_context(
            assessors.assessor(
                job.plan,
                job.settings,
                journal=live.journal,
                replies=live.replies,
                opened=job.opened,
                workers=job.workers,
                end=stop.request,
            )
        )

        if job.is_mute:
            assessor.gate.close()

        reader = reading(job)
        pipeline = way(job, reader, assessor=assessor, journal=live.journal)
        running = Running(job, live, pipeline=pipeline, gate=assessor.gate, stop=stop)
        _listen(signals, running, supervisor=supervisor)

        def seen(progress: Progress) -> None:
            """Tell people and supervisor how far the run is."""
            show(progress)
            supervisor.show(words(progress))

        views = await stack.enter_async_context(serving.served(running, door))

        with supervisor.watching():
            await _work(running, reader=reader, show=seen, views=views)
            supervisor.stopping()

            return await _close(job, live, stop, signals)


def _supervisor() -> Supervisor:
    environment = Environment.read()

    return Supervisor(environment.notify_socket, watchdog_usec=environment.watchdog_usec)


def reading(job: Job) -> Reader:
    """Return what reads the job's documents."""
    limits = job.settings.parallel

    return Reader(job.folder, timeout_seconds=limits.timeout_seconds, memory_limit_gb=limits.memory_limit_gb)


def way(job: Job, reader: Reader, *, assessor: Assessor, journal: Journal) -> Pipeline:
    """Return the way of the job's documents through ``assessor`` into ``journal``."""
    limits = job.settings.parallel

    return Pipeline(
        read=reader.read,
        extractor=recognition.extractor(job.settings, processes=job.cores),
        assess=assessor.assess,
        journal=journal,
        calls=assessor.gate,
        workers=job.workers,
        grace_seconds=limits.grace_seconds,
    )


def _tune() -> None:
    # What stands now stays: a collection over it, and over the session that a resume has
    # read, would stop the loop for more than a tenth of a second.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


async def _work(running: Running, *, reader: Reader, show: Show, views: Beside) -> None:
    live, pipeline = running.live, running.pipeline
    await reader.start()

    async with anyio.create_task_group() as beside:
        beside.start_soon(live.checkpointer.run)
        beside.start_soon(_tick, running, show)
        beside.start_soon(views)
        beside.start_soon(Pressure(looks(), slots=pipeline.slots, mark=live.checkpointer.mark).run)

        async with anyio.create_task_group() as writing:
            writing.start_soon(live.result_files.run)
            await pipeline.run(watching.work(running, beside), running.stop)
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

    with suppress(StorageError):  # told below; a batch that has just begun is work
        await live.journal.append()

    if signals.count and not live.is_done:
        return await _shut_down(live, closing, stop, signals)

    if live.is_done:
        await live.journal.append(Record(Kind.SESSION_ENDED, {"reason": "finished"}))

    live.narrator.unsaved(live.journal.unsaved, currency=closing.currency)

    if (problem := await _last_checkpoint(live, "end of the run")) is not None and stop.reason is None:
        raise problem

    is_first = job.first.kind is Kind.SESSION_STARTED  # else files may be older than what they are about
    reports, refusal = await _reports(closing, live.result_files.missed, compare=not is_first)

    if refusal is not None and stop.reason is not None:
        log.warning("%s", stop.reason, extra={"event": "report_refused"})  # the ending tells one reason

    return closing.ending(
        reports,
        reason=refusal or stop.reason,
        undone=live.undone,
        unsaved=live.journal.unsaved,
    )


async def _reports(
    closing: Closing, missed: Collection[str], *, compare: bool
) -> tuple[Reports | None, StorageError | None]:
    """Write what people read; return it, or why the output folder refused it."""
    try:
        await closing.write_missing_results(missed, compare=compare)

        if not closing.session.left:
            await closing.remove_stale_results()

        return await anyio.to_thread.run_sync(closing.write_reports), None
    except StorageError as error:
        return None, error


async def _shut_down(live: Live, closing: Closing, stop: Stop, signals: Signals) -> Ending:
    log.info("Creating checkpoint before shutdown...", extra={"event": "shutting_down"})

    if (problem := await _last_checkpoint(live, "signal")) is None:
        log.info(
            "Checkpoint saved: %s",
            live.checkpointer.path.name,
            extra={"event": "checkpoint_saved", "file": live.checkpointer.path.name},
        )

    # Asked for before the names: a refusal of the journal says more than one of the checkpoint.
    reason = live.journal.refusal or stop.reason or problem
    live.narrator.unsaved(live.journal.unsaved, currency=closing.currency)
    log.info("Graceful shutdown completed", extra={"event": "shut_down"})

    return closing.ending(
        None,
        reason=reason,
        signal_code=signals.exit_code,
        undone=live.undone,
        unsaved=live.journal.unsaved,
    )


async def _last_checkpoint(live: Live, why: str) -> StorageError | None:
    """Write it in the space that the journal held for it; return why that failed."""
    with suppress(StorageError):  # told elsewhere, and no reason to do without a checkpoint
        await live.journal.append()  # nobody waited for the record of a signal; the checkpoint is to know it

    await live.journal.release()

    try:
        await live.checkpointer.now(why)
    except StorageError as error:
        return error

    return None


async def _tick(running: Running, show: Show) -> None:
    while True:
        show(running.progress())
        await anyio.sleep(SHOW_SECONDS)


def _listen(signals: Signals, running: Running, *, supervisor: Supervisor) -> None:
    """Let SIGHUP read the settings again, where the run is a service."""
    loop, service = asyncio.get_running_loop(), running.job.settings.service
    reloading = Reloading(running, running.job.settings.read_again)

    def reload() -> None:
        """Read the settings again, and let the supervisor know while that lasts."""
        supervisor.reloading()
        reloading.reload()
        supervisor.ready()

    if supervisor or service.watch or service.http:
        signals.reload_by(lambda: loop.call_soon_threadsafe(reload))


def _attach(job: Job, signals: Signals, stop: Stop, live: Live, *, supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()

    def stopped() -> None:
        """Drain at the first signal, end the calls in flight, and any wait for the disk, at the second."""
        if signals.count > 1:
            stop.hurry()
            live.journal.give_up()
            return

        supervisor.stopping()
        live.journal.append(Record(Kind.SIGNAL, {"signal": signal.Signals(signals.first).name}))
        stop.request()
        loop.call_later(job.settings.parallel.grace_seconds, live.journal.give_up)

    signals.attach(
        stop=lambda: loop.call_soon_threadsafe(stopped),
        snapshot=lambda: loop.call_soon_threadsafe(live.checkpointer.demand, ON_DEMAND),
    )
