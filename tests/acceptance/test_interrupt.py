"""Ctrl+C, SIGTERM, signals to the group: what was paid for is recorded, the rest is left."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.books import Books, read_checkpoint
from tests.acceptance.harness import (
    COMMAND,
    ROOT,
    Command,
    outcomes,
    robasync,
    rows,
    serving,
    settings,
)

TRIALS = ROOT / "examples" / "trials"
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")


def pdfs(folder: Path, count: int) -> None:
    """Write so many PDFs, of different bytes, that sort after the text reports."""
    folder.mkdir(parents=True, exist_ok=True)
    content = (TRIALS / "okafor-2012.pdf").read_bytes()

    for number in range(count):
        (folder / f"trial-x{number:04}.pdf").write_bytes(content + b"\n%% copy %d\n" % number)


def test_the_printed_command_goes_on_wherever_the_session_lies(tmp_path):
    """Pasted into a shell as it stands, it names a checkpoint that the settings put elsewhere."""
    reports.write(tmp_path / "in", 4)

    with serving("--fault", "hang=1") as server:
        settings(
            tmp_path,
            server.url,
            paths={"checkpoint_file": "my runs/a b's.json"},
            parallel={"grace_seconds": 0},
        )
        command = Command(*RUN, "-w", 1, cwd=tmp_path)
        server.wait(1)
        command.signal(signal.SIGINT)
        stopped = command.end()
        refused = robasync(*RUN, cwd=tmp_path)
        server.change(faults={})
        printed = [
            re.search(pattern, said)[1]
            for pattern, said in (
                (r"Continue it: (robasync resume .*?)   Or", refused.err),
                (r"continue with: (robasync resume .*)", stopped.out),
            )
        ]
        pasted = [
            subprocess.run(
                line.replace("robasync", shlex.quote(str(COMMAND)), 1),
                shell=True,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            for line in printed
        ]

    assert (stopped.code, refused.code) == (130, 2)
    assert [one.returncode for one in pasted] == [0, 0], pasted[0].stderr
    assert "4 assessed" in pasted[0].stdout


DRAINS = [(number, group) for number in (signal.SIGINT, signal.SIGTERM) for group in (False, True)]


@pytest.fixture(scope="module")
def drained(tmp_path_factory):
    """Stop runs while PDFs are read and calls are in flight, and resume them; by signal."""

    def drain(how: tuple[signal.Signals, bool]):
        number, group = how
        folder = tmp_path_factory.mktemp(f"{number.name}-{group}")
        reports.write(folder / "in", 4)
        pdfs(folder / "in", 12)

        with serving("--latency", 1.0) as server:
            settings(folder, server.url)
            command = Command(*RUN, "-w", 16, cwd=folder)
            server.wait(4)
            command.signal(number, group=group)
            stopped = command.end()
            books, whole = Books(folder), read_checkpoint(folder)
            requests = server.counts["requests"]
            server.change(latency=0.0)
            resumed = robasync("resume", "--json", cwd=folder)

            return stopped, books, whole, requests, resumed, {times for _, times in server.bills}

    with ThreadPoolExecutor(2) as threads:
        yield dict(zip(DRAINS, threads.map(drain, DRAINS), strict=True))


@pytest.mark.parametrize("how", DRAINS, ids=str)
def test_a_signal_drains(drained, how):
    """Acknowledged; calls in flight are recorded, no other begins; what is left is done by resume."""
    stopped, books, whole, requests, resumed, times_billed = drained[how]
    done = whole.content["completed_documents"]

    assert stopped.code == 128 + how[0], stopped.err
    assert "signal received; finishing the calls in flight" in stopped.err
    assert "Creating checkpoint before shutdown..." in stopped.err
    assert "Graceful shutdown completed" in stopped.err
    assert f"{done} of 16 studies are safe; continue with: robasync resume" in stopped.out
    assert "intent" not in books.after("signal")
    assert requests == books.sent == done >= 4
    assert whole.content["failed_documents"] == 0
    assert whole.sequence == len(books.lines)
    assert books.uncertain.total() == 0
    assert (resumed.code, resumed.facts["assessed"], times_billed) == (0, 16, {1}), resumed.err


@pytest.fixture(scope="module")
def hanging():
    with serving("--latency", 0.0) as running:
        yield running


def hung(folder: Path, server, *, grace: float = 60.0, enable_resume: bool = True) -> Command:
    """Start a run of six documents whose three calls in flight never end."""
    reports.write(folder / "in", 6)
    settings(
        folder,
        server.url,
        parallel={"grace_seconds": grace},
        processing={"enable_resume": enable_resume},
    )
    server.change(first={"hang": 3})
    before = server.counts["requests"]
    command = Command(*RUN, "-w", 3, cwd=folder)
    server.wait(before + 3)

    return command


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_calls_in_flight(tmp_path, hanging, number):
    """It ends at once, with checkpoint; the calls are uncertain, and resume says so and goes on."""
    command = hung(tmp_path, hanging)
    command.signal(number)
    command.until("signal received")
    command.signal(number)
    ended = command.end()
    whole = read_checkpoint(tmp_path)

    assert ended.code == 128 + number
    assert "Second signal received" in ended.err
    assert "0 of 6 studies are safe" in ended.out
    assert "Uncertain calls: 3;" in ended.out
    assert whole.content["cost_tracking"]["uncertain_calls"] == 3
    assert whole.content["failed_documents"] == 0
    resumed = robasync("resume", "--json", cwd=tmp_path)
    assert resumed.err.count(", asked of m1 at ") == 3
    assert (resumed.code, resumed.facts["assessed"], resumed.facts["uncertain_calls"]) == (0, 6, 3)


def test_grace_ends_by_itself(tmp_path, hanging):
    """Calls that do not finish within the grace are ended without another signal."""
    command = hung(tmp_path, hanging, grace=0.3)
    command.signal(signal.SIGTERM, group=True)
    ended = command.end()

    assert ended.code == 143
    assert "Uncertain calls: 3;" in ended.out
    assert read_checkpoint(tmp_path).content["failed_documents"] == 0


def test_sigusr1_writes_a_checkpoint_now(tmp_path, hanging):
    """As often as it is asked for, and said each time; the checkpoint knows the calls in flight."""
    command = hung(tmp_path, hanging, enable_resume=False)

    for time_asked in (1, 2):
        command.signal(signal.SIGUSR1)
        command.until("Checkpoint created", times=time_asked)
        assert read_checkpoint(tmp_path).content["cost_tracking"]["uncertain_calls"] == 3

    command.kill()
    command.end()


def test_a_third_signal_ends_the_process(tmp_path, hanging):
    """At once, with the code of the first; the journal is safe by then."""
    command = hung(tmp_path, hanging)
    command.signal(signal.SIGTERM)
    command.until("Termination signal received")
    command.signal(signal.SIGINT)
    command.signal(signal.SIGTERM)
    ended = command.end()

    assert ended.code == 143
    assert "Graceful shutdown completed" not in ended.err
    assert robasync("resume", "--json", cwd=tmp_path).facts["assessed"] == 6


def test_a_signal_before_the_start_lets_no_call_begin(tmp_path, hanging):
    """It is not lost while the program still loads, or reads its settings."""
    reports.write(tmp_path / "in", 2)
    hanging.change(first={})
    before = hanging.counts["requests"]
    name = settings(tmp_path, hanging.url, name="written.json")
    os.mkfifo(tmp_path / "settings.json")
    command = Command(*RUN, cwd=tmp_path)
    pipe = os.open(tmp_path / "settings.json", os.O_WRONLY)  # returns once the run waits for its settings
    command.signal(signal.SIGINT)
    os.write(pipe, (tmp_path / name).read_bytes())
    os.close(pipe)
    ended = command.end()

    assert ended.code == 130, ended.err
    assert "Interrupt signal received" in ended.err
    assert "0 of 2 studies are safe; continue with: robasync resume" in ended.out
    assert hanging.counts["requests"] == before
    assert robasync("resume", "-c", name, cwd=tmp_path).code == 0


def test_a_signal_after_the_last_document_changes_nothing(tmp_path, hanging):
    """When nothing is unfinished the reports are written and the run ends with 0."""
    reports.write(tmp_path / "in", 60)
    settings(tmp_path, hanging.url)
    hanging.change(first={})
    command = Command(*RUN, cwd=tmp_path)
    command.until("Batch 2 completed")
    command.signal(signal.SIGINT)
    ended = command.end()

    assert ended.code == 0, ended.err
    assert len({row["document"] for row in rows(tmp_path / "out/results.csv")}) == 60
    assert (tmp_path / "out/report.html").exists()


def test_a_signal_right_after_exec_never_ends_in_success(tmp_path, hanging):
    """Before the handlers stand the system ends the process; afterwards it drains; never 0."""
    reports.write(tmp_path / "in", 2)
    settings(tmp_path, hanging.url)
    hanging.change(first={})
    command = Command(*RUN, cwd=tmp_path)
    command.signal(signal.SIGINT)
    ended = command.end()

    assert ended.code in (-signal.SIGINT, 1, 130)
    assert robasync(*RUN, "--new", cwd=tmp_path).code == 0


def test_a_terminal_that_goes_away_does_not_end_the_run(tmp_path, hanging):
    """Nobody reads stderr any more, as after a lost connection: the work is done all the same."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, hanging.url)
    hanging.change(first={})
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run([COMMAND, *RUN], cwd=tmp_path, stdout=subprocess.PIPE, stderr=writer, check=False)
    os.close(writer)

    assert ended.returncode == 0
    assert b"3 assessed" in ended.stdout
    assert len(outcomes(tmp_path / "out")) == 3
