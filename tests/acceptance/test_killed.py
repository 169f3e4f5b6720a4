"""kill -9 at any moment: nothing that was paid for is lost, and only uncertain calls are bought twice."""

from __future__ import annotations

import json
import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.books import Books, billed, read_checkpoint
from tests.acceptance.harness import Command, Ended, outcomes, robasync, rows, serving, settings

SEED = 20261123
KILLS = 10
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")


@pytest.fixture
def server():
    with serving("--latency", 0.05) as running:
        yield running


def counts(output: Path) -> dict:
    """Return what the reports count, without times and names of the run."""
    summary = json.loads((output / "summary.json").read_text())

    return {key: summary[key] for key in ("studies", "judgements", "items")}


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
