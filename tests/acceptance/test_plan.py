"""The plan before the money: how near it comes to the bill, and who agrees to what before a call is sent."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from robasync import examples
from robasync.errors import SettingsError
from robasync.extract import ocr
from tests import reports
from tests.acceptance.harness import Command, journal, robasync, serving, settings
from tests.acceptance.test_asking import OWN_TERMINAL

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
PLAN = ("plan", "-c", "settings.json", "-i", "in")
PRICE = {"input": 2.5, "cached": 1.25, "output": 10.0}
CORE = {"optional_items": False}
NO_CAP = {"max_cost_threshold": None}
PILOT = 4
SCAN = "marrowby-1998-scan.pdf"
WAYS = {
    "core items": CORE,
    "all fourteen items": {"optional_items": True},
    "one call per item": {"optional_items": True, "calls_per": "item"},
}


@pytest.fixture(scope="module")
def server():
    with serving("--cache", "prompt") as running:
        yield running


@pytest.fixture
def folder(tmp_path, server):
    """Return a folder with reports of very different length, to be assessed without a cap."""
    reports.write(tmp_path / "in", 8)

    for number, path in enumerate(sorted((tmp_path / "in").iterdir())):
        words = f"Further details of trial {number} are given in the appendix for whoever wants them. "
        # No two tests ask about the same text: the server keeps what it has read.
        path.write_text(f"{path.read_text()}\n\n{words * (number * 60)}\n\n{tmp_path.name}\n")

    settings(tmp_path, server.url, cost_tracking=NO_CAP)

    return tmp_path


def bill(counts):
    """Return what the server's books come to."""
    fresh = counts["input_tokens"] - counts["cached_tokens"]
    amounts = fresh, counts["cached_tokens"], counts["output_tokens"]

    return sum(amount * price for amount, price in zip(amounts, PRICE.values(), strict=True)) / 1e6


def consents(folder):
    """Return the consents that the only session's journal holds, in their order."""
    kinds = {"session_started", "session_resumed"}

    return [line["body"].get("consent") for line in journal(folder) if line["kind"] in kinds]


@contextmanager
def terminal(folder, *arguments):
    """Run a command at a terminal of its own; yield it, and the end that a person types at."""
    person, end = pty.openpty()
    command = Command(*arguments, cwd=folder, through=(sys.executable, "-c", OWN_TERMINAL), stdin=end)
    os.close(end)

    with os.fdopen(person, "wb", buffering=0) as typing:
        yield command, typing.fileno()


def answered(folder, answer, *arguments):
    """Run a command that asks once, and answer it; return how it ended."""
    with terminal(folder, *arguments) as (command, person):
        command.until("Go on?")
        os.write(person, answer)

        return command.end()


@pytest.mark.parametrize("asked", WAYS.values(), ids=WAYS)
def test_the_likely_cost_is_the_bill(folder, server, asked):
    """To within 15 %: before any reply by what is assumed, after a pilot by what its replies counted."""
    settings(folder, server.url, model={"price": PRICE}, rob_framework=asked)
    before = server.counts
    blind = robasync(*PLAN, "--json", cwd=folder).facts
    robasync(*RUN, "--sample", PILOT, cwd=folder)
    between = server.counts
    piloted = robasync(*PLAN, "--json", cwd=folder).facts
    ended = robasync(*RUN, "--json", cwd=folder)
    after = server.counts

    assert ended.code == 0, ended.err
    assert (blind["measured_replies"], blind["duration"]["is_guess"]) == (0, True)
    assert piloted["measured_replies"] > 0
    assert not piloted["duration"]["is_guess"]

    for planned, since in ((blind, before), (piloted, between)):
        billed = bill(after) - bill(since)

        assert planned["calls"] == after["requests"] - since["requests"]
        assert planned["cost"]["likely"] == pytest.approx(billed, rel=0.15)
        assert billed <= planned["cost"]["most"]


def test_plan_and_dry_run_tell_the_same(folder):
    """One way to the facts, whatever the command is called; a session's rest likewise."""
    looks = [robasync(*command, "--json", cwd=folder).facts for command in (PLAN, (*RUN, "--dry-run"))]
    robasync(*RUN, "-w", 1, "--max-cost", 0.05, cwd=folder)
    session = json.loads(robasync("resume", "--info", "--json", cwd=folder).out)["session"]
    rests = [
        robasync(*command, "--json", cwd=folder).facts
        for command in (("plan", "-s", session), ("resume", "--dry-run"))
    ]

    for pair in (looks, rests):
        for facts in pair:
            del facts["duration"]  # the reading of the files takes another time each time

        assert pair[0] == pair[1]

    assert 0 < rests[0]["calls"] < looks[0]["calls"]


def test_a_plan_says_what_is_sent_to_whom_and_what_is_left_out(folder, server):
    """Host, files, tokens, both costs, time, and why studies are skipped: before anything is sent."""
    (folder / "in" / "twin.txt").write_bytes((folder / "in" / "trial-00000.txt").read_bytes())
    (folder / "in" / "short.txt").write_text("nothing")
    before = server.counts["requests"]
    ended = robasync(*PLAN, cwd=folder)
    host = server.url.removeprefix("http://").removesuffix("/v1")

    assert server.counts["requests"] == before
    assert ended.out.startswith("A new session: 10 studies, 10 results\n")
    assert "8 to be asked: 8 calls\n" in ended.out
    assert "1 judged free: the same text as another study\n" in ended.out
    assert "1 cannot be assessed" in ended.out
    assert f"The text of 8 files will be sent to {host} (local: m1).\n" in ended.out
    assert "Cost: likely " in ended.out
    assert re.search(r"answer as 4,096 tokens: a bound, \d+ times as much\.\n", ended.out)
    assert "Time: perhaps " in ended.out
    assert "Likely is assumed: " in ended.out
    assert "robasync run --sample 5" in ended.out
    assert [path.name for path in folder.iterdir() if path.name not in {"in", "settings.json"}] == []


def test_a_plan_reads_scans_where_it_is_asked_to(folder):
    """With --ocr they are asked about as any other study; without, they are named."""
    try:
        ocr.tessdata()
    except SettingsError:
        pytest.skip("Tesseract's data (Debian package tesseract-ocr) is not installed")

    shutil.copy(examples.trials() / SCAN, folder / "in")
    found = [
        robasync("plan", "-c", "settings.json", "-i", "in", *more, "--only", SCAN, "--json", cwd=folder).facts
        for more in ((), ("--ocr",))
    ]

    assert [(one["to_be_asked"], one["cannot_be_assessed"]) for one in found] == [(0, 1), (1, 0)]


def test_without_a_terminal_a_paid_run_needs_a_word_beforehand(folder, server):
    """Exit 2 at once, with both ways out; with either it begins, and a restart needs neither again."""
    before = server.counts["requests"]
    refused = robasync(*RUN, "--resume", "auto", cwd=folder)

    assert refused.code == 2
    assert "--max-cost" in refused.err
    assert "--yes" in refused.err
    assert server.counts["requests"] == before
    assert not (folder / "checkpoints").exists()

    server.change(first={"none": 3, "hang": 5})
    command = Command(*RUN, "--resume", "auto", "--yes", cwd=folder)
    server.wait(before + 4)
    command.kill()
    command.end()
    server.change(first={})
    again = robasync(*RUN, "--resume", "auto", cwd=folder)

    assert again.code == 0, again.err
    assert [consent["how"] for consent in consents(folder)] == ["yes", "yes"]


def test_a_yes_at_the_terminal_is_recorded_and_is_the_cap(folder, server):
    """What was shown as the most is what the session may cost; no answer but yes begins anything."""
    before = server.counts["requests"]
    refused = answered(folder, b"\n", *RUN)

    assert refused.code == 2
    assert refused.err.endswith("Nothing was sent, nothing is paid.\n")
    assert server.counts["requests"] == before
    assert not (folder / "checkpoints").exists()

    most = robasync(*PLAN, "--json", cwd=folder).facts["cost"]["most"]
    agreed = answered(folder, b"y\n", *RUN)
    (consent,) = consents(folder)

    assert agreed.code == 0, agreed.err
    assert "At most is then the cap of this session." in agreed.err
    assert (consent["how"], consent["amount"]) == ("asked", most)


def test_more_than_was_agreed_to_is_asked_anew(folder, server):
    """New studies within the sum need nobody; at another price, above it, whoever pays is asked again."""
    server.change(first={"none": 2, "hang": 6})
    seen = server.counts["billed"]

    with terminal(folder, *RUN, "-w", 2) as (command, person):
        command.until("Go on?")
        os.write(person, b"y\n")
        server.wait(billed=sum(seen.values()) + 1)
        command.kill()
        command.end()

    server.change(first={})
    reports.write(folder / "more", 1)
    (folder / "more" / "trial-00000.txt").rename(folder / "in" / "new.txt")
    settings(folder, server.url, model={"price": {"input": 30, "output": 60}}, cost_tracking=NO_CAP)
    dear = robasync("resume", "-c", "settings.json", cwd=folder)

    assert dear.code == 2
    assert "nobody is there to agree" in dear.err

    settings(folder, server.url, cost_tracking=NO_CAP, model={"max_tokens": 2_000})
    within = robasync("resume", "-c", "settings.json", cwd=folder)
    asked, kept = consents(folder)

    assert within.code == 0, within.err
    assert (kept["how"], kept["amount"]) == ("asked", asked["amount"])
    assert (asked["documents"], kept["documents"]) == (8, 9)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_question_ends_it(folder, server, number, code):
    """With the code of an interruption; nothing was sent and there is no session."""
    before = server.counts["requests"]

    with terminal(folder, *RUN) as (command, _):
        command.until("Go on?")
        command.signal(number)
        ended = command.end(20)

    assert ended.code == code
    assert ended.err.endswith("Nothing was sent, nothing is paid.\n")
    assert server.counts["requests"] == before
    assert not (folder / "checkpoints").exists()


@pytest.mark.parametrize("arguments", [("--model", "rules"), ()])
def test_what_costs_nothing_asks_nobody(folder, server, arguments):
    """The baseline, and a model whose price is 0, begin without a word."""
    settings(folder, server.url, cost_tracking=NO_CAP, model={"price": {"input": 0, "output": 0}})
    ended = robasync(*RUN, "--only", "trial-00000.txt", *arguments, cwd=folder)

    assert ended.code == 0, ended.err
    assert consents(folder) == [None]


def test_a_pipe_is_nobody(folder):
    """What a script would type is no consent: it may as well say --yes."""
    command = Command(*RUN, cwd=folder, stdin=subprocess.PIPE)
    ended = command.end(60)
    command.process.stdin.close()

    assert ended.code == 2
