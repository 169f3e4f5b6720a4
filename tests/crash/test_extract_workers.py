"""A PDF that hangs, crashes or eats memory costs only itself. Real processes, real kills."""

from __future__ import annotations

import time

import anyio
import psutil
import pytest

from robasync.errors import ExtractionCrashed, ExtractionMemory, ExtractionTimeout
from robasync.extract.files import FileExtractor
from tests import extract_workers, papers


@pytest.fixture
def paper(tmp_path):
    """Make a good PDF of one line."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(papers.pdf([(60, 100, "Participants were allocated by coin toss.")]))
    return papers.document(path)


def extractor(work, *, seconds=30.0, gigabytes=1.0, processes=1):
    """Make an extractor whose workers run ``work``."""
    return FileExtractor(processes=processes, timeout_seconds=seconds, memory_limit_gb=gigabytes, read=work)


def started(paper):
    """Return the processes that began to read the paper, which on a busy machine may come too late."""
    file = paper.path.parent / "paper.pdf.started"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


async def test_a_hanging_file_is_given_up_and_its_worker_killed(paper):
    """After the time limit the failure is typed and no process is left behind."""
    with pytest.raises(ExtractionTimeout, match=r"paper\.pdf: not read after 1 seconds"):
        await extractor(extract_workers.hang, seconds=1).extract(paper)

    assert not any(map(psutil.pid_exists, started(paper)))


async def test_a_crash_is_tried_once_more_then_is_a_failure(paper):
    """Two processes are lost to the document, none more, and the message says so."""
    with pytest.raises(ExtractionCrashed, match="2 times"):
        await extractor(extract_workers.crash).extract(paper)

    assert len(started(paper)) == 2


async def test_a_worker_lost_once_costs_nothing(paper):
    """A second, fresh worker reads the document."""
    extract = await extractor(extract_workers.crash_once).extract(paper)

    assert extract.text == "Participants were allocated by coin toss."


async def test_memory_is_limited(paper):
    """A worker that takes more than its limit is stopped by the limit, not by the machine."""
    with pytest.raises(ExtractionMemory):
        await extractor(extract_workers.eat_memory, gigabytes=0.6).extract(paper)


async def test_a_worker_that_has_grown_is_replaced(paper):
    """What a library keeps of documents never costs the next one its memory, nor one of its tries."""
    one = extractor(extract_workers.grow, gigabytes=0.4)
    texts = [(await one.extract(paper)).text for _ in range(4)]

    assert texts == ["Participants were allocated by coin toss."] * 4
    assert len(set(started(paper))) == 4


async def test_workers_ignore_the_signals_of_the_group(paper):
    """SIGINT and SIGTERM to the process group do not break a read under way."""
    extract = await extractor(extract_workers.signalled).extract(paper)

    assert extract.pages == 1


async def test_cancelling_ends_the_worker(paper):
    """A run that is stopped leaves no reader behind."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(extractor(extract_workers.hang).extract, paper)
        with anyio.fail_after(20):
            while not (paper.path.parent / "paper.pdf.started").exists():
                await anyio.lowlevel.checkpoint()

        tasks.cancel_scope.cancel()

    assert not any(map(psutil.pid_exists, started(paper)))


async def test_waiting_for_a_worker_is_not_reading(paper):
    """Three documents that share one worker each have the whole time limit."""
    one = extractor(extract_workers.hang, seconds=0.7)
    errors = []
    began = time.monotonic()

    async def read():
        with pytest.raises(ExtractionTimeout) as caught:
            await one.extract(paper)

        errors.append(caught.value)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(read)

    assert len(errors) == 3
    assert time.monotonic() - began >= 3 * 0.7
