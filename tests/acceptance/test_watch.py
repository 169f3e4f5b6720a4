"""A run that watches its folder: files that come are assessed, and stop, kill and restart lose nothing."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.books import Books, billed, read_checkpoint
from tests.acceptance.harness import Command, outcomes, robasync, serving, settings

RUN = ("run", "--watch", "--resume", "auto", "-c", "settings.json", "-i", "in", "-o", "out")
WAITING = "Waiting for new files"


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


def drop(folder: Path, *numbers: int) -> None:
    """Put reports into the folder as an upload does that has ended: whole, by a rename."""
    for number in numbers:
        draft = folder / f"in/trial-{number:05}.txt.part"
        draft.write_text(reports.text(number))
        draft.rename(draft.with_suffix(""))


def start(folder: Path, server, *numbers: int) -> Command:
    """Start a watch on a folder that holds these reports already, and wait until it has done them."""
    (folder / "in").mkdir()
    drop(folder, *numbers)
    settings(folder, server.url)
    command = Command(*RUN, cwd=folder)
    command.until(WAITING)

    return command


def stopped(command: Command, number: int = signal.SIGTERM):
    command.signal(number)

    return command.end()


def assessed(folder: Path) -> int:
    """Return how many studies the reports call assessed; none before the first report."""
    summary = folder / "out" / "summary.json"

    return json.loads(summary.read_text())["studies"]["assessed"] if summary.exists() else 0


def until_assessed(command: Command, folder: Path, count: int) -> None:
    """Wait until the work has run dry with so many: files that come together may be one batch or several."""
    times = 1
    command.until(WAITING)

    while assessed(folder) < count:
        times += 1
        command.until(WAITING, times=times)


def test_files_that_come_are_assessed(tmp_path, server):
    """From an empty folder on; the reports follow when the work runs dry, and a stop then ends with 0."""
    command = start(tmp_path, server)
    drop(tmp_path, 1, 2)
    until_assessed(command, tmp_path, 2)
    drop(tmp_path, 3)
    until_assessed(command, tmp_path, 3)
    ended = stopped(command)
    books = Books(tmp_path)

    assert (ended.code, assessed(tmp_path)) == (0, 3), ended.err
    assert "3 assessed" in ended.out
    assert [line["body"]["total"] for line in books.of("batch_started")][-1] == 3
    assert books.of("session_ended")
    assert read_checkpoint(tmp_path).content["total_documents"] == 3
    assert robasync("fsck", cwd=tmp_path).code == 0


def test_many_that_come_at_once_have_their_result_files_when_the_work_has_run_dry(tmp_path, server):
    """Also those that could not be written while there was work; a kill then misses none."""
    numbers = range(1_000, 1_400)
    command = start(tmp_path, server)
    drop(tmp_path, *numbers)
    until_assessed(command, tmp_path, len(numbers))
    command.kill()
    command.end()

    assert set(outcomes(tmp_path / "out")) == {f"trial-{number:05}.txt" for number in numbers}


def test_a_file_that_is_still_written_is_waited_for(tmp_path, server):
    """Under a temporary name, or begun and empty, it is none yet; what comes whole does not wait for it."""
    command = start(tmp_path, server)
    draft, late = tmp_path / "in" / "draft.txt.part", tmp_path / "in" / "late.txt"
    draft.write_text(reports.text(21)[:300])
    late.touch()
    drop(tmp_path, 22)
    until_assessed(command, tmp_path, 1)

    assert set(outcomes(tmp_path / "out")) <= {"trial-00022.txt"}
    assert assessed(tmp_path) == 1

    late.write_text(reports.text(23))
    until_assessed(command, tmp_path, 2)
    ended = stopped(command, signal.SIGINT)

    assert (ended.code, set(outcomes(tmp_path / "out"))) == (0, {"trial-00022.txt", "late.txt"}), ended.err


def test_killed_while_it_waits(tmp_path, server):
    """The same command finds the session, takes the files that came meanwhile, and buys nothing twice."""
    command = start(tmp_path, server, 31)
    drop(tmp_path, 32)
    until_assessed(command, tmp_path, 2)
    command.kill()
    command.end()
    drop(tmp_path, 33)
    command = Command(*RUN, cwd=tmp_path)
    until_assessed(command, tmp_path, 3)
    drop(tmp_path, 34)
    until_assessed(command, tmp_path, 4)
    ended = stopped(command)
    bills = billed(server.bills)

    assert (ended.code, assessed(tmp_path)) == (0, 4), ended.err
    assert [bills[f"trial-{number:05}.txt"] for number in (31, 32, 33, 34)] == [1] * 4
    assert len({*(tmp_path / "checkpoints").glob("*.checkpoint.json")}) == 1


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_ended_in_the_middle_of_files_that_came(tmp_path, end):
    """What was paid for is kept, what had begun is known: the restart does the rest, each study once."""
    numbers = range(41, 47)

    with serving() as server:
        command = start(tmp_path, server)
        server.change(latency=0.5)
        drop(tmp_path, *numbers)
        server.wait(billed=3)
        command.signal(end, group=True)
        ended = command.end()
        before = Books(tmp_path)
        server.change(latency=0.0)
        command = Command(*RUN, cwd=tmp_path)
        until_assessed(command, tmp_path, 6)
        again = stopped(command)
        books = Books(tmp_path)
        bought = billed(server.bills)

    assert ended.code in (-signal.SIGKILL, 143, 0)
    assert (again.code, assessed(tmp_path), len(bought)) == (0, 6, 6), again.err
    assert all(times <= 1 + before.uncertain[name] for name, times in bought.items())
    assert not books.asked_again
    assert books.has_no_gaps


def test_what_may_cost_anything_needs_a_cap(tmp_path, server):
    """Nobody can foresee what files will come; and a part of the folder is nothing to watch."""
    reports.write(tmp_path / "in", 1)
    settings(tmp_path, server.url, cost_tracking={})
    uncapped = robasync(*RUN, cwd=tmp_path)
    partial = robasync(*RUN[:2], *RUN[4:], "--sample", 1, cwd=tmp_path)

    assert (uncapped.code, partial.code) == (2, 2)
    assert "--max-cost AMOUNT" in uncapped.err
    assert "--no-watch" in partial.err
