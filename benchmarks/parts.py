"""Parts of a run by themselves, on the session in the working folder: its snapshots, its appends."""

from __future__ import annotations

import asyncio
import time
from itertools import islice

import anyio
import probe

from robasync.app import run
from robasync.app.run import Job, Live
from robasync.model import Outcome
from robasync.records import Kind, Record
from robasync.reports import rows
from robasync.store.outcomes import bodies

SNAPSHOTS = 3
WAITERS = 256
RAW = 600 * b"x"  # about as long as an answer to one item


async def snapshots(job: Job) -> dict:
    """Write checkpoints with nothing else going on, and watch the event loop meanwhile."""
    run._tune()  # noqa: SLF001 as in a run
    live, ticker, seconds = Live(job), probe.Ticker(), []

    async with live.journal, anyio.create_task_group() as beside:
        await live.journal.append(job.first)
        await live.replies.load()
        beside.start_soon(ticker.run)
        await anyio.sleep(50 * probe.PERIOD)  # the ticker's first ticks do not count

        for _ in range(SNAPSHOTS):
            began = time.perf_counter()
            await live.checkpointer.now("benchmark")
            seconds.append(time.perf_counter() - began)

        await anyio.sleep(10 * probe.PERIOD)
        beside.cancel_scope.cancel()

    place = job.opened.place
    beside_it = [path for path in place.folder.glob(f"{place.stem}.*") if ".journal" not in path.name]

    return {
        "seconds": sorted(seconds)[SNAPSHOTS // 2],
        "bytes": place.checkpoint.stat().st_size,
        "cache_bytes": sum(path.stat().st_size for path in beside_it if path != place.checkpoint),
        "journal_bytes": sum(path.stat().st_size for path in place.folder.glob(f"{place.stem}.journal*")),
        **probe.lateness(ticker),
    }


async def append(job: Job, *, count: int) -> dict:
    """Append ``count`` replies with their outcomes; each pair is waited for by one of many tasks."""
    run._tune()  # noqa: SLF001 as in a run
    live = Live(job)
    lying = bodies(job.files, job.opened.place, live.session.positions())
    outcomes = [rows.outcome(body) for body in islice(lying, WAITERS)]
    left = iter(range(count))

    async def _wait(outcome: Outcome) -> None:
        usage = {"input_tokens": 1, "output_tokens": 1, "cached_tokens": 0}
        body = {"document": outcome.document, "model": "m", "usage": usage, "cost": None, "raw": RAW}

        for number in left:
            reply = Record(Kind.REPLY, body, f"{number:064x}")
            await live.journal.append(reply, Record(Kind.OUTCOME, outcome))

    async with live.journal:
        await live.journal.append(job.first)
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*map(_wait, outcomes))
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu

    return {"rate": 2 * count / wall, "cpu_per_record": cpu / (2 * count)}
