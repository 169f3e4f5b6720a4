"""The pool of worker processes: what becomes of a worker that is lost."""

from __future__ import annotations

import anyio.to_process
import pytest
from anyio import BrokenWorkerProcess

from robasync.errors import ExtractionCrashed
from robasync.extract.pool import TRIES, Pool
from robasync.extract.wear import LAST
from tests import papers


def losing(errors, answer=b"answer"):
    """Return a stand-in for anyio's crossing that loses a worker in these ways, then answers."""

    async def run_sync(*arguments, **options):
        if errors:
            raise errors.pop()

        return answer

    return run_sync


@pytest.mark.parametrize("error", [BrokenWorkerProcess(), ProcessLookupError()], ids=repr)
async def test_a_lost_worker_is_replaced_once(tmp_path, monkeypatch, error):
    """However anyio puts the loss: a second worker gets its turn, then the document has failed."""
    (tmp_path / "x.pdf").write_bytes(papers.scan())
    document = papers.document(tmp_path / "x.pdf")
    pool = Pool(processes=1, timeout_seconds=5, memory_limit_gb=1)

    monkeypatch.setattr(anyio.to_process, "run_sync", losing([error]))
    assert await pool.run(print, document) == b"answer"

    monkeypatch.setattr(anyio.to_process, "run_sync", losing([error, error]))
    with pytest.raises(ExtractionCrashed, match=r"x\.pdf"):
        await pool.run(print, document)


async def test_a_worker_that_said_it_would_end_is_no_try(tmp_path, monkeypatch):
    """The loss of a worker that had announced it costs the next document none of its tries."""
    (tmp_path / "x.pdf").write_bytes(papers.scan())
    document = papers.document(tmp_path / "x.pdf")
    pool = Pool(processes=1, timeout_seconds=5, memory_limit_gb=1)

    monkeypatch.setattr(anyio.to_process, "run_sync", losing([], b"answer" + LAST))
    await pool.run(print, document)

    monkeypatch.setattr(anyio.to_process, "run_sync", losing([BrokenWorkerProcess()] * TRIES))
    assert await pool.run(print, document) == b"answer"

    monkeypatch.setattr(anyio.to_process, "run_sync", losing([BrokenWorkerProcess()] * TRIES))
    with pytest.raises(ExtractionCrashed):
        await pool.run(print, document)
