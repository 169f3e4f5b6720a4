"""Ctrl+C, SIGTERM, signals to the group, kill -9: what was paid for stays, the rest is left."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.books import Books, billed, read_checkpoint
from tests.acceptance.harness import (
    COMMAND,
    ROOT,
    Command,
    Ended,
    outcomes,
    robasync,
    rows,
    serving,
    settings,
)

SEED = 20261123
KILLS = 10
TRIALS = ROOT / "examples" / "trials"
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")


@pytest.fixture
def server():
    with serving("--latency", 0.05) as running:
        yield running


def counts(output: Path) -> dict:
    """Return what the reports count, without times and names of the run."""
    summary = json.loads((output / "summary.json").read_text())

    return {key: summary[key] for key in ("studies", "judgements", "items")}


def pdfs(folder: Path, count: int) -> None:
    """Write so many PDFs, of different bytes, that sort after the text reports."""
    folder.mkdir(parents=True, exist_ok=True)
    content = (TRIALS / "okafor-2012.pdf").read_bytes()

    for number in range(count):
        (folder / f"trial-x{number:04}.pdf").write_bytes(content + b"\n%% copy %d\n" % number)


# kill -9


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Kill a job at ten moments, resume it to its end, and run the same job in peace."""
    chance = random.Random(SEED)
    folder, peace = tmp_path_factory.mktemp("killed"), tmp_path_factory.mktemp("peace")
    reports.write(folder / "in", 150)
    shutil.copytree(folder / "in", peace / "in")
    print("seed", SEED)

    with serving("--latency", 0.03) as server:
        settings(folder, server.url)
        settings(peace, server.url)
        resumes, listed = [], []

        for turn in range(KILLS):
            more, extra = chance.randrange(1, 12), chance.random() * 0.04
            arguments = RUN if turn == 0 else ("resume",)
            sizes = ("-w", chance.choice((1, 2, 5, 8)), "--batch-size", chance.choice((3, 7, 20, 50)))
            print("kill", turn, *sizes, "after", more, "more requests and", round(extra, 4), "s")
            before = server.counts["requests"]
            uncertain = sum(Books(folder).uncertain.values())
            command = Command(*arguments, *sizes, cwd=folder)
            server.wait(before + more)
            time.sleep(extra)  # not to wait for anything: to hit any moment between two requests
            command.kill()
            resumes.append(command.end())
            listed.append(uncertain)

        last_uncertain = Books(folder).uncertain
        end = robasync("resume", "-w", 6, "--json", cwd=folder)
        bills = billed(server.bills)
        quiet = robasync(*RUN, "--json", cwd=peace)

        yield folder, peace, resumes, listed, last_uncertain, end, bills, quiet


def test_kill_9_changes_no_result(killed):
    """Tables, result files and counts are those of an uninterrupted run."""
    folder, peace, _, _, _, end, _, quiet = killed

    assert (end.code, quiet.code) == (0, 0), end.err
    assert rows(folder / "out/results.csv") == rows(peace / "out/results.csv")
    assert outcomes(folder / "out") == outcomes(peace / "out")
    assert counts(folder / "out") == counts(peace / "out")
    assert end.facts["cost"] == quiet.facts["cost"]
    assert not list((folder / "out").rglob("*.tmp"))


def test_kill_9_buys_twice_only_what_the_journal_calls_uncertain(killed):
    """The server's bill against the journal, document by document; no answer is bought again."""
    folder, _, _, _, _, _, bills, _ = killed
    books = Books(folder)

    assert books.has_no_gaps
    assert books.asked_again == []
    assert {name for name, times in bills.items() if times - 1 > books.uncertain[name]} == set()
    assert len(bills) == len(books.of("outcome")) == 150
    assert books.uncertain, "no kill met a call in flight: choose another seed"


def test_resume_names_each_uncertain_call(killed):
    """Every call that may have been billed is on stderr of the next start, and in the end's count."""
    _, _, resumes, listed, last, end, _, _ = killed

    for said, uncertain in [*zip(resumes, listed, strict=True), (end, sum(last.values()))]:
        assert said.err.count(", asked of m1 at ") == uncertain

    assert all(f"  {name}, asked of m1" in end.err for name in last)
    assert end.facts["uncertain_calls"] == sum(last.values())


def test_checkpoint_after_kills_is_whole(killed):
    """The last checkpoint validates and counts everything."""
    found = read_checkpoint(killed[0])

    assert found.content["completed_documents"] == found.content["total_documents"] == 150
    assert found.sequence == len(Books(killed[0]).lines)


def test_kill_9_while_starting_leaves_what_can_be_continued(tmp_path, server):
    """Wherever in the first second a run dies, the same command or resume finishes the work."""
    chance = random.Random(SEED)
    moments = [round(chance.uniform(0.1, 0.7), 3) for _ in range(6)]
    print("seed", SEED, "moments", moments)

    def die_and_go_on(moment: float) -> Ended:
        folder = tmp_path / str(moment)
        reports.write(folder / "in", 4)
        settings(folder, server.url)
        command = Command(*RUN, cwd=folder)
        time.sleep(moment)  # not to wait for anything: to hit any moment of the start
        command.kill()
        command.end()
        again = robasync(*RUN, cwd=folder)

        return robasync("resume", cwd=folder) if again.code == 2 else again

    with ThreadPoolExecutor(2) as threads:
        ended = list(threads.map(die_and_go_on, moments))

    assert [end.code for end in ended] == [0] * len(moments), [end.err for end in ended]


# Signals


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
