"""What a run says and when it writes: progress, narration, triggers, endings."""

from __future__ import annotations

import logging
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.cli.terminal import display
from robasync.ending import Ending
from robasync.errors import BudgetReached, StorageError
from robasync.model import AssessorKind, Failure, Outcome, Refusal, Status
from robasync.records import Entry, Kind, Position, Record
from robasync.selection import Selection
from robasync.service import progress
from robasync.service.narrator import FAILURES_IN_FULL, Narrator
from robasync.service.results import WAITING, ResultFiles
from robasync.store.triggers import Triggers
from robasync.trouble import Trouble, Unsaved


@pytest.fixture(autouse=True)
def heard(monkeypatch):
    """Let caplog hear the package's log, which a command may have turned to the terminal."""
    monkeypatch.setattr(logging.getLogger("robasync"), "propagate", True)


def entry(kind, body):
    return Entry(1, 1, "", Record(kind, body), Position(1, 0, 1))


def outcome(name="a.pdf", error=None):
    failure = (
        Failure(stage="call", error=error, message=f"{name}: it broke", may_pass=True) if error else None
    )
    refusal = None if error else Refusal(study="A", kind="review", message="This is a review.")

    return Outcome(
        document=name,
        digest="",
        size=0,
        mtime_ns=0,
        inode=0,
        status=Status.FAILED if error else Status.REFUSED,
        failure=failure,
        refusal=refusal,
    )


def test_the_progress_line_says_that_the_disk_is_waited_for():
    """With the folder and the number of answers held; no time left is promised meanwhile."""
    trouble = Trouble(folder=Path("checkpoints"), problem="No space left on device", held=3)
    waiting = progress.measure(
        total=9, done=3, failed=0, at_start=0, elapsed=1, cost=0, currency="USD", trouble=trouble
    )
    words = progress.words(waiting)

    assert words.startswith(
        "waiting for disk space in checkpoints (No space left on device), 3 answers held; 3 of"
    )
    assert "about" not in words


def test_a_rest_says_nothing_about_the_pace():
    """After a night without files the rate is that of the work, and so is the time that is left."""
    times = iter([0.0, 10.0, 40_000.0, 40_010.0])
    stopwatch = progress.Stopwatch(clock=lambda: next(times))
    looks = [stopwatch.seconds(is_resting=is_resting) for is_resting in (False, True, False)]

    assert looks == [10.0, 10.0, 20.0]


def test_a_watch_that_waits_fills_no_log(capsys):
    """Without a terminal there is a line now and then while something goes on, else none."""
    told = {"total": 1, "done": 1, "failed": 0, "at_start": 0, "elapsed": 1, "cost": 0, "currency": "USD"}

    with display(is_json=False) as shown:
        shown._next_line = 0
        shown.show(progress.measure(**told, is_waiting=True))
        assert capsys.readouterr().err == ""
        shown.show(progress.measure(**told))
        assert "1 of 1 done" in capsys.readouterr().err


def test_the_narrator_names_every_answer_that_is_not_saved(caplog):
    """How many, what they cost at most, and of which documents; nothing where nothing is lost."""
    with caplog.at_level(logging.INFO):
        Narrator().unsaved(Unsaved(), currency="USD")
        Narrator().unsaved(Unsaved(documents=("a.pdf", "b.pdf"), cost=0.25), currency="USD")

    assert [record.getMessage() for record in caplog.records] == [
        "Not saved: 2 answers, at most 0.25 USD; resume asks for them again:",
        "  a.pdf",
        "  b.pdf",
    ]


def test_the_narrator_says_once_that_the_run_waits_and_that_it_goes_on(caplog):
    """The words of the system are kept as they are."""
    trouble = Trouble(folder=Path("Trials"), problem="Read-only file system", held=1)

    with caplog.at_level(logging.INFO):
        Narrator().trouble(trouble)
        Narrator().relief()

    waits, goes_on = [record.getMessage() for record in caplog.records]
    assert waits.startswith(
        "Waiting for disk space in Trials (Read-only file system), 1 answer held. No new call"
    )
    assert "goes on" in goes_on


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 10**6))
def test_progress_never_shows_impossible_numbers(total, done, failed, elapsed):
    """Left is never negative, a rate needs time, time left needs a rate."""
    now = progress.measure(
        total=total, done=done, failed=failed, at_start=0, elapsed=elapsed, cost=None, currency=""
    )

    assert now.left >= 0
    assert now.rate >= 0
    assert (now.seconds_left is None) == (now.rate == 0)
    assert progress.words(now)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59, "59 s"), (240, "4 min"), (3600, "1 h"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")],
)
def test_durations_are_said_in_their_largest_unit(seconds, words):
    """A reviewer reads "3 h 20 min", not 12000 s."""
    assert progress.duration(seconds) == words


@pytest.mark.parametrize(
    ("cost", "words"),
    [(None, "price unknown"), (0.0, "cost 0.00 USD"), (0.004, "cost 0.0040 USD"), (2.5, "cost 2.50 USD")],
)
def test_an_unknown_price_is_not_zero(cost, words):
    """Nobody is told that something cost nothing when nobody knows."""
    assert progress.price(cost, "USD") == words


def test_triggers_mark_the_checkpoint_for_what_the_guide_names():
    """Every N documents, a batch's start and end, an error; each with its reason."""
    marks = []
    triggers = Triggers(marks.append, interval=2, on_batch_complete=True, on_error=True)

    triggers.observe(entry(Kind.BATCH_STARTED, {"batch": 1}))
    triggers.observe(entry(Kind.OUTCOME, outcome()))
    triggers.observe(entry(Kind.OUTCOME, outcome(error="ServerFault")))
    triggers.observe(entry(Kind.OUTCOME, outcome()))
    triggers.observe(entry(Kind.BATCH_COMPLETED, {"batch": 1}))

    assert marks == ["batch 1 starts", "error in a.pdf", "2 documents", "batch 1 completed"]


def test_triggers_can_be_switched_off():
    """checkpoint_on_batch_complete and checkpoint_on_error false are obeyed."""
    marks = []
    triggers = Triggers(marks.append, interval=10, on_batch_complete=False, on_error=False)
    triggers.observe(entry(Kind.OUTCOME, outcome(error="ServerFault")))
    triggers.observe(entry(Kind.BATCH_COMPLETED, {"batch": 1}))

    assert marks == []


def test_the_narrator_speaks_the_guides_lines(caplog):
    """A completed batch and a created checkpoint are said as the guide prints them."""
    narrator = Narrator(clock=lambda: 100.0)

    with caplog.at_level(logging.INFO):
        narrator.saved(Path("x/s.checkpoint.json"), "10 documents")
        narrator.saved(Path("x/s.checkpoint.json"), "20 documents")
        narrator.saved(Path("x/s.checkpoint.json"), "batch 3 completed, 30 documents")

    assert caplog.messages == [
        "Checkpoint created: s.checkpoint.json",
        "Batch 3 completed, checkpoint updated",
    ]


def test_a_checkpoint_that_cannot_be_written_is_said_once(caplog):
    """A full disk is tried again and again; a line for each attempt would bury everything else."""
    narrator = Narrator(clock=lambda: 100.0)

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            narrator.failed(StorageError("no space"))

        narrator.saved(Path("x/s.checkpoint.json"), "10 documents")
        narrator.failed(StorageError("no space again"))

    assert [line.partition(". ")[0] for line in caplog.messages] == [
        "Checkpoint not written: no space",
        "Checkpoint not written: no space again",
    ]


def test_a_server_that_is_down_does_not_flood_the_screen(caplog):
    """The first failures of a kind are said in full, then one in a hundred with their count."""
    narrator = Narrator()

    with caplog.at_level(logging.WARNING):
        for number in range(250):
            narrator.observe(entry(Kind.OUTCOME, outcome(f"{number}.pdf", error="Unreachable")))

    assert len(caplog.messages) == FAILURES_IN_FULL + 2
    assert caplog.messages[0] == "Failed: 0.pdf: it broke"
    assert caplog.messages[-1].endswith("(200 such failures so far)")


async def test_result_files_that_cannot_keep_up_are_named():
    """The run is not held up; what was not written in time is made again from the journal."""
    written = []

    async def write(outcomes):
        written.extend(outcomes)

    files = ResultFiles(write)

    for number in range(WAITING + 5):
        files.observe(entry(Kind.OUTCOME, outcome(f"{number}.pdf")))

    files.close()
    await files.run()

    assert len(written) == WAITING
    assert len(files.missed) == 5


async def test_what_waits_is_written_at_once_when_the_work_has_run_dry():
    """Without the rests that writing keeps while documents are being assessed; later ones wait again."""
    written = []

    async def write(outcomes):
        await anyio.sleep(0.1)  # whose rests would take minutes for all of them
        written.extend(outcomes)

    files = ResultFiles(write)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(files.run)

        for name in range(WAITING):
            files.observe(entry(Kind.OUTCOME, outcome(f"{name}.pdf")))

        with anyio.fail_after(20):
            await files.catch_up()
            await files.catch_up()

        assert (len(written), files.missed) == (WAITING, set())

        files.observe(entry(Kind.OUTCOME, outcome("late.pdf")))
        files.close()

    assert len(written) == WAITING + 1


async def test_an_outcome_after_the_end_of_writing_is_missed():
    """What becomes durable while everything is being ended is folded; its file is made later."""

    async def write(outcomes):
        await anyio.sleep_forever()

    files = ResultFiles(write)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(files.run)
        files.observe(entry(Kind.OUTCOME, outcome("a.pdf")))
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()

    files.observe(entry(Kind.OUTCOME, outcome("b.pdf")))
    files.close()

    assert "b.pdf" in files.missed


async def test_a_result_file_that_cannot_be_written_is_named(caplog):
    """A full disk costs the file, not the run."""

    async def write(outcomes):
        raise StorageError("no space")

    files = ResultFiles(write)
    files.observe(entry(Kind.OUTCOME, outcome()))
    files.close()
    await files.run()

    assert files.missed == {"a.pdf"}


def ending(**changes):
    values = {
        "session": "s",
        "name": "s",
        "total": 3,
        "assessed": 2,
        "refused": 1,
        "failed": 0,
        "proposed": 4,
        "open_items": 0,
        "uncertain": 0,
        "cost": None,
        "currency": "USD",
        "assessor_kind": AssessorKind.MODEL,
        "report": None,
        "table": None,
        "results": Path(),
        "checkpoint": None,
    }

    return Ending(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"assessed": 1, "failed": 1}, 3),
        ({"assessed": 1, "signal_code": 130}, 130),
        ({"assessed": 1, "signal_code": 143}, 143),
        ({"signal_code": 130}, 0),
        ({"assessed": 1, "failed": 1, "signal_code": 143}, 3),
        ({"assessed": 1, "reason": BudgetReached("cap")}, 4),
        ({"assessed": 1, "reason": StorageError("disk")}, 5),
        ({"assessed": 1, "reason": StorageError("disk"), "signal_code": 130}, 5),
        ({"assessed": 0}, 1),
    ],
)
def test_the_exit_code_never_calls_undone_work_done(changes, code):
    """0 only when all is assessed or refused; see README."""
    assert ending(**changes).exit_code == code


@given(
    st.builds(
        Selection,
        only=st.lists(st.text(), max_size=3).map(tuple),
        sample=st.none() | st.integers(1, 9),
        seed=st.none() | st.integers(),
        start_index=st.integers(0, 9),
        model=st.none() | st.text(),
    )
)
def test_a_selection_survives_the_journal(selection):
    """What a session was about is known again after a restart."""
    assert Selection.from_body(selection.body) == selection
