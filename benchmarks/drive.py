"""One process of a benchmark: works on the session in the working folder, prints its measures as JSON.

    python benchmarks/drive.py start|resume [--null] [--url URL] [--latency S]    a run, without reports
    python benchmarks/drive.py snapshots | append | phases                       parts of one

A run asks the model in this process (``engine.Local``), or the server at the settings' address
with ``--served``; ``--null`` gives it the journal that keeps nothing, and no checkpoints.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import pairwise

import anyio
import engine
import parts
import phases
import probe

from robasync.ahead import at_hand
from robasync.app import assessors, run
from robasync.app.reading import Reader
from robasync.app.run import Job, Live
from robasync.assess import Assessor
from robasync.extract.files import FileExtractor
from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.sending import Lane
from robasync.pipeline import Pipeline
from robasync.session import Session
from robasync.stop import Stop
from robasync.store.checkpointer import Checkpointer
from robasync.store.null import NullJournal

Span = tuple[float, float]

STEADY = (0.1, 0.9)  # of a run's documents: before and after, the slots fill and empty


class Unkept(Live):
    """A run's live objects with a journal that keeps nothing."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.journal = NullJournal(on_commit=self._committed)  # type: ignore[assignment]


class Meter:
    """Notes time, processor time and documents done, twenty times a second."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._before = done(session)
        self.samples: list[tuple[float, float, int]] = []

    async def run(self) -> None:
        """Note until cancelled."""
        while True:
            self.note()
            await anyio.sleep(0.05)

    def note(self) -> None:
        """Note how it stands now."""
        self.samples.append((time.perf_counter(), probe.cpu(), done(self._session) - self._before))

    def steady(self, snapshots: Sequence[Span]) -> dict[str, float]:
        """Return documents per second, and seconds of processor time per document, in mid-run.

        What falls together with a checkpoint is left out: a short run would count it more
        often than its distance allows in a long one.
        """
        total = self.samples[-1][2]
        middle = [sample for sample in self.samples if STEADY[0] * total <= sample[2] <= STEADY[1] * total]
        calm = [
            (before, after)
            for before, after in pairwise(middle)
            if not any(began < after[0] and before[0] < ended for began, ended in snapshots)
        ]

        if all(before[2] == after[2] for before, after in calm):  # too short a run to choose from
            calm = [(self.samples[0], self.samples[-1])]

        seconds, cpu, documents = (sum(after[n] - before[n] for before, after in calm) for n in range(3))

        return {"rate": documents / seconds, "cpu_per_document": cpu / documents}


async def measured(job: Job, *, options: argparse.Namespace) -> dict:
    """Do the job up to its last checkpoint and return what was measured."""
    run._tune()  # noqa: SLF001 a run's collector is a part of what is measured
    live = Unkept(job) if options.null else Live(job)
    snapshots = timed(live.checkpointer)
    ticker, collections, meter = probe.Ticker(), probe.Collections(), Meter(live.session)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(live.journal)
        await live.journal.append(job.first)
        await live.replies.load()
        assessor = await _assessor(stack, job, live, options=options)
        reader = Reader(job.folder, timeout_seconds=60, memory_limit_gb=0)
        before, began, cpu = probe.rss(), time.perf_counter(), probe.cpu()

        async with anyio.create_task_group() as beside:
            beside.start_soon(meter.run)
            beside.start_soon(_tick, ticker, live.session)

            if not options.null:
                beside.start_soon(live.checkpointer.run)

            beside.start_soon(reader.start)
            await _work(job, live, assessor, reader=reader)
            meter.note()
            beside.cancel_scope.cancel()

        automatic = share(snapshots)

        if not options.null:
            await live.checkpointer.now("end of the run")

        wall, cpu = time.perf_counter() - began, probe.cpu() - cpu

    return {
        "documents": meter.samples[-1][2],
        "wall": wall,
        "cpu": cpu,
        **meter.steady(snapshots),
        **probe.lateness(ticker),
        "collection": collections.longest,
        "snapshots": len(snapshots),
        "snapshot_share": automatic,
        "rss_before": before,
        "rss": probe.rss(),
    }


async def _work(job: Job, live: Live, assessor: Assessor, *, reader: Reader) -> None:
    pipeline = Pipeline(
        read=reader.read,
        extractor=FileExtractor(processes=1, timeout_seconds=60, memory_limit_gb=0),
        assess=assessor.assess,
        journal=live.journal,
        calls=assessor.gate,
        workers=job.workers,
        grace_seconds=20,
    )
    stop = Stop()

    async with anyio.create_task_group() as writing:
        writing.start_soon(live.result_files.run)
        await pipeline.run(at_hand(job.batches), stop)
        live.result_files.close()

    if stop.reason is not None:
        raise stop.reason


async def _assessor(stack: AsyncExitStack, job: Job, live: Live, *, options: argparse.Namespace) -> Assessor:
    if options.served:
        return await stack.enter_async_context(
            assessors.assessor(
                job.plan,
                job.settings,
                journal=live.journal,
                replies=live.replies,
                opened=job.opened,
                workers=job.workers,
                end=_give_up,
            )
        )

    assert job.plan.model is not None
    provider = engine.Local(job.plan.model.base_url or "", latency=options.latency)
    gate = Gate(
        [Lane(provider)],
        live.journal,
        replies=live.replies,
        session=job.session_id,
        budget=Budget(None),
    )

    return engine.assessor(job.plan, gate)


def _give_up(reason: Exception) -> None:
    raise reason


async def _tick(ticker: probe.Ticker, session: Session) -> None:
    """Tick from the first outcome on: what comes before is the beginning, and measured as that."""
    before = done(session)

    while done(session) == before:
        await anyio.sleep(probe.PERIOD)

    await ticker.run()


def done(session: Session) -> int:
    """Return how many documents have an outcome."""
    return session.completed + session.failed


def timed(checkpointer: Checkpointer) -> list[Span]:
    """Return a list that will hold begin and end of each checkpoint, caches and backup included."""
    spans: list[Span] = []
    save = checkpointer._save  # noqa: SLF001 no seam for this is worth its place in the product

    async def _save() -> None:
        began = time.perf_counter()
        await save()
        spans.append((began, time.perf_counter()))

    checkpointer._save = _save  # type: ignore[method-assign]  # noqa: SLF001

    return spans


def share(spans: Sequence[Span]) -> float | None:
    """Return the share of the time that automatic checkpoints took, from the first to where the last began.

    None where there were not two.
    """
    if len(spans) < 2:
        return None

    return sum(ended - began for began, ended in spans[:-1]) / (spans[-1][0] - spans[0][0])


def main() -> None:
    options = parse()
    logging.disable()

    if options.what == "start":
        print(engine.dump(engine.start(partial(measured, options=options))))
    elif options.what == "resume":
        print(engine.dump(engine.resume(partial(measured, options=options))))
    elif options.what == "phases":
        print(engine.dump(phases.measure(options.began)))
    elif options.what == "snapshots":
        print(engine.dump(engine.resume(parts.snapshots)))
    else:
        print(engine.dump(engine.resume(partial(parts.append, count=options.count))))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["start", "resume", "snapshots", "append", "phases"])
    parser.add_argument("--null", action="store_true")
    parser.add_argument("--served", action="store_true")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that the model here takes")
    parser.add_argument("--count", type=int, default=20_000, help="of pairs of records to append")
    parser.add_argument("--began", type=float, help="when the process was started, by time.time()")

    return parser.parse_args()


if __name__ == "__main__":
    main()
