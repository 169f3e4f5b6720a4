"""The way through: every document ends in one outcome or is left, and the end is one path."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

import anyio
import pytest

from robasync.ahead import TOGETHER, at_hand
from robasync.batches import plan
from robasync.contents import identify
from robasync.documents import walk
from robasync.errors import BudgetReached, ExtractionCrashed, NoTextLayer, ServerFault, Stopped, StorageError
from robasync.model import Extract, Refusal, Segment, Status
from robasync.pipeline import Pipeline
from robasync.records import Kind
from robasync.stop import Stop
from tests.memory_store import MemoryJournal, MemoryReplies

TEXT = Extract(text="x", segments=(Segment(0, 1),), pages=1, media="text/plain", engine="test")
DONE = Refusal(study="A", kind="review", message="no trial")


class Calls:
    """Stands for the gate at the end of a run."""

    def __init__(self):
        self.closed = self.stopped = 0
        self.on_stop = lambda: None

    def close(self):
        self.closed += 1

    def stop_calls(self):
        self.stopped += 1
        self.on_stop()


class Bench:
    """A pipeline over ``count`` files with injected stages."""

    def __init__(self, root, count, *, extract=None, assess=None, workers=4, grace_seconds=60.0, size=3):
        for number in range(count):
            (root / f"{number:02}.txt").write_text(str(number))

        self.folder = walk(root)
        self.journal = MemoryJournal(MemoryReplies())
        self.calls = Calls()
        self.stop = Stop()
        self.size = size
        self.inside = self.most = 0
        self._extract, self._assess = extract, assess
        self.pipeline = Pipeline(
            read=partial(identify, self.folder),
            extractor=self,
            assess=self.assess,
            journal=self.journal,
            calls=self.calls,
            workers=workers,
            grace_seconds=grace_seconds,
        )

    async def extract(self, document):
        with self.counted():
            return await self._extract(document) if self._extract else TEXT

    async def assess(self, document, extract):
        with self.counted():
            await anyio.lowlevel.checkpoint()
            return await self._assess(document) if self._assess else DONE

    @contextmanager
    def counted(self):
        self.inside += 1
        self.most = max(self.most, self.inside)
        yield
        self.inside -= 1

    async def run(self):
        with anyio.fail_after(20):
            await self.pipeline.run(
                at_hand(plan(self.folder.names, [], size=self.size, is_left=lambda _: True)), self.stop
            )

    @property
    def outcomes(self):
        return {record.body.document: record.body for record in self.journal.of(Kind.OUTCOME)}


async def test_every_document_has_one_outcome_and_batches_are_recorded(tmp_path):
    """Each batch starts before its first outcome and is completed after its last."""
    bench = Bench(tmp_path, 8)
    await bench.run()
    order = [
        (record.kind, record.body["batch"])
        for record in bench.journal.appended
        if record.kind.startswith("batch")
    ]

    assert sorted(bench.outcomes) == list(bench.folder.names)
    assert len(bench.journal.of(Kind.OUTCOME)) == 8
    assert sorted(order) == sorted(
        (kind, n) for n in (1, 2, 3) for kind in (Kind.BATCH_STARTED, Kind.BATCH_COMPLETED)
    )
    assert bench.journal.durable == bench.journal.appended


async def test_no_more_documents_are_admitted_than_there_are_workers(tmp_path):
    """Memory holds the admitted documents only, however many names there are."""
    gate = anyio.Event()

    async def assess(document):
        if bench.inside == 5:
            gate.set()
        await gate.wait()
        return DONE

    bench = Bench(tmp_path, 3 * TOGETHER, assess=assess, workers=5)
    await bench.run()

    assert bench.most <= 5


@pytest.mark.parametrize(
    ("error", "stage", "may_pass"),
    [
        (NoTextLayer("no text layer: 3 pages are images"), "extract", False),
        (ServerFault("m at http://h: HTTP 500"), "call", True),
    ],
)
async def test_an_error_of_a_document_is_its_failure_and_costs_nobody_else(tmp_path, error, stage, may_pass):
    """A failure is a typed state with the stage, the class and the message; the others go on."""

    async def assess(document):
        if document.name == "01.txt":
            raise error
        return DONE

    bench = Bench(tmp_path, 4, assess=assess)
    await bench.run()
    outcomes = bench.outcomes
    failed = outcomes.pop("01.txt")

    assert (failed.status, failed.failure.stage, failed.failure.error) == (
        Status.FAILED,
        stage,
        type(error).__name__,
    )
    assert (failed.failure.message, failed.failure.may_pass) == (str(error), may_pass)
    assert {outcome.status for outcome in outcomes.values()} == {Status.REFUSED}


async def test_a_fault_of_ours_is_named_as_such(tmp_path, caplog):
    """An unexpected exception fails its document with stage "internal", never silently."""

    async def assess(document):
        raise ZeroDivisionError("oops")

    bench = Bench(tmp_path, 1, assess=assess)
    await bench.run()

    assert bench.outcomes["00.txt"].failure.stage == "internal"
    assert "oops" in bench.outcomes["00.txt"].failure.message


@pytest.mark.parametrize("error", [BudgetReached("cap"), StorageError("disk")])
async def test_what_is_no_documents_fault_ends_the_run(tmp_path, error):
    """The budget or the disk drains the run; the document is left, and the reason is kept."""

    async def assess(document):
        raise error

    bench = Bench(tmp_path, 9, assess=assess, workers=1)
    await bench.run()

    assert bench.stop.reason is error
    assert bench.outcomes == {}
    assert bench.calls.closed


async def test_a_stop_leaves_what_was_not_finished_and_keeps_what_was(tmp_path):
    """After the first signal nothing new begins, a call in flight finishes, the rest is left."""
    begun = []

    async def assess(document):
        begun.append(document.name)

        with anyio.CancelScope(shield=True):  # as the gate shields an attempt
            if len(begun) == 2:
                bench.stop.request()
            await bench.stop.requested.wait()
            await anyio.lowlevel.checkpoint()

        return DONE

    bench = Bench(tmp_path, 30, assess=assess, workers=2)
    await bench.run()

    assert sorted(bench.outcomes) == sorted(begun)
    assert len(begun) == 2
    assert bench.journal.durable == bench.journal.appended


async def test_a_second_signal_ends_the_calls_in_flight_at_once(tmp_path):
    """The grace is cut short; what was in flight is left, not failed."""
    ended = anyio.Event()

    async def assess(document):
        bench.stop.hurry()

        with anyio.CancelScope(shield=True):
            await ended.wait()

        raise Stopped(document.name)

    bench = Bench(tmp_path, 3, assess=assess, grace_seconds=3_600)
    bench.calls.on_stop = ended.set
    await bench.run()

    assert (bench.calls.stopped, bench.outcomes) == (1, {})


async def test_grace_ends_by_itself(tmp_path):
    """Calls that do not finish within the grace are ended without a second signal."""
    ended = anyio.Event()

    async def assess(document):
        bench.stop.request()

        with anyio.CancelScope(shield=True):
            await ended.wait()

        raise Stopped(document.name)

    bench = Bench(tmp_path, 1, assess=assess, grace_seconds=0.01)
    bench.calls.on_stop = ended.set
    await bench.run()

    assert bench.calls.stopped == 1


@pytest.mark.parametrize("is_draining", [True, False])
async def test_a_worker_lost_while_draining_leaves_its_document(tmp_path, is_draining):
    """The signal that drains the run may kill a reading process; that says nothing about the file."""

    async def extract(document):
        if is_draining:
            bench.stop.request()

        with anyio.CancelScope(shield=True):
            raise ExtractionCrashed("its process died")

    bench = Bench(tmp_path, 1, extract=extract)
    await bench.run()

    assert len(bench.outcomes) == (0 if is_draining else 1)


async def test_an_unreadable_file_fails_by_name(tmp_path):
    """A document that vanished after the walk is a failure that may pass, with its name."""
    bench = Bench(tmp_path, 3)
    (tmp_path / "01.txt").unlink()
    await bench.run()
    outcome = bench.outcomes["01.txt"]

    assert (outcome.failure.error, outcome.failure.may_pass, outcome.digest) == ("Unreadable", True, "")


async def test_an_empty_batch_is_completed(tmp_path):
    """The crash between the last outcome and the batch's end is made good by its record."""
    bench = Bench(tmp_path, 1)

    class Begun:
        number, documents, is_completed = 1, ("00.txt",), False

    await bench.pipeline.run(at_hand(plan([], [Begun()], size=5, is_left=lambda _: False)), bench.stop)

    assert [record.kind for record in bench.journal.appended] == [Kind.BATCH_COMPLETED]


async def test_a_disk_that_refuses_the_end_of_an_empty_batch_ends_the_run(tmp_path):
    """The refusal is the run's reason, as everywhere else, not an error nobody expected."""
    bench = Bench(tmp_path, 1)
    refusal = StorageError("disk")

    async def refused():
        raise refusal

    bench.journal.append = lambda *records: refused()

    class Begun:
        number, documents, is_completed = 1, ("00.txt",), False

    await bench.pipeline.run(at_hand(plan([], [Begun()], size=5, is_left=lambda _: False)), bench.stop)

    assert bench.stop.reason is refusal
