"""Servers that misbehave and caps that bind: failures are named, what may pass is tried again."""

from __future__ import annotations

import signal
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.books import Books, read_checkpoint
from tests.acceptance.harness import ROOT, Command, Ended, outcomes, robasync, rows, serving, settings

TRIALS = ROOT / "examples" / "trials"
RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
KEY = "sk-4f9d7c1e2b8a6053"


@dataclass(frozen=True)
class Fault:
    """A fault as often as one document meets it, the failure it ends in, and words of its message.

    ``again`` tells whether resume tries the document again without a change of settings.
    """

    kind: str
    times: int
    error: str
    words: str
    again: bool


# In this order no three in a row say that the server is down, or refuses everybody.
FAULTS = [
    Fault("500", 1, "ServerFault", "the server failed (HTTP 500)", again=True),
    Fault("401", 1, "BadKey", "check api_key", again=True),
    Fault("reset", 1, "ConnectionLost", "the connection broke", again=True),
    Fault("402", 1, "NoCredit", "top it up and resume", again=True),
    Fault("malformed", 2, "UnparsableReply", "the reply", again=False),
    Fault("lost", 1, "ConnectionLost", "the connection broke", again=True),
    Fault("404", 1, "UnknownModel", "unknown model or wrong base_url", again=True),
    Fault("wrong_schema", 2, "UnparsableReply", "'design' is missing", again=False),
    Fault("hang", 1, "CallTimeout", "raise the model's timeout", again=True),
    Fault("context", 1, "ContextTooLong", "does not fit into the context window", again=True),
    Fault("filter", 1, "PromptFiltered", "try another provider", again=True),
    Fault("rejected", 1, "Rejected", "correct what it names", again=True),
    Fault("garbled", 1, "GenerationFailed", "try another model", again=True),
    Fault("empty", 2, "EmptyReply", "holds no text", again=False),
    Fault("huge", 1, "ConnectionLost", "is base_url a model server?", again=True),
    Fault("length", 1, "ReplyCutShort", "raise max_tokens", again=False),
    Fault("refusal", 1, "ReplyRefused", "the model declined", again=False),
    Fault("filtered", 1, "ReplyFiltered", "content filter", again=False),
    Fault("no_choice", 2, "NoChoice", "holds no choice", again=False),
    Fault("reasoning", 2, "ReasoningOnly", "holds reasoning only", again=False),
    Fault("cut", 1, "DocumentCut", "part of the document was dropped", again=False),
]
UNCERTAIN = {"reset", "lost", "hang", "huge", "garbled"}
NAMES = [f"trial-{number:05}.txt" for number in range(1, len(FAULTS) + 1)]  # the first meets none


@pytest.fixture(scope="module")
def server():
    with serving("--latency", 0.01) as running:
        yield running


@pytest.fixture
def calm(server):
    """Return the server, in order again."""
    server.change(first={}, faults={}, latency=0.01, retry_after="0.01")

    return server


@dataclass(frozen=True)
class Faulty:
    """What became of one run in which each document meets one fault, and of its resumes."""

    folder: Path
    first: Ended
    failures: dict[str, dict]
    table: list[dict]
    uncertain: set[str]
    resumed: Ended
    requests: int
    other_settings: Ended


@pytest.fixture(scope="module")
def faulty(tmp_path_factory, server):
    folder = tmp_path_factory.mktemp("faulty")
    reports.write(folder / "in", len(FAULTS) + 1)
    (folder / "in/x-scan.pdf").write_bytes((TRIALS / "marrowby-1998-scan.pdf").read_bytes())
    first = {"": 1} | {fault.kind: fault.times for fault in FAULTS}  # who has answered may fail often
    server.change(first=first, faults={}, latency=0.0)
    settings(folder, server.url, model={"max_retries": 0, "timeout": 3})

    first = robasync(*RUN, "-w", 1, "--json", cwd=folder)
    failures = {name: outcome["failure"] for name, outcome in outcomes(folder / "out").items()}
    table = rows(folder / "out/not_assessed.csv")
    uncertain = set(Books(folder).uncertain)
    before = server.counts["requests"]
    resumed = robasync("resume", "-w", 1, "--json", cwd=folder)
    requests = server.counts["requests"] - before
    settings(folder, server.url, name="more.json", model={"max_tokens": 5000})

    return Faulty(
        folder=folder,
        first=first,
        failures=failures,
        table=table,
        uncertain=uncertain,
        resumed=resumed,
        requests=requests,
        other_settings=robasync("resume", "-c", "more.json", "--json", cwd=folder),
    )


@pytest.mark.parametrize(("name", "fault"), [*zip(NAMES, FAULTS, strict=True)], ids=[f.kind for f in FAULTS])
def test_a_fault_is_a_named_failure_never_a_judgement(faulty, name, fault):
    """One document, one fault, one failure with its class, model and endpoint, and a remedy."""
    failure = faulty.failures[name]

    assert failure["error"] == fault.error
    assert fault.words in failure["message"]
    assert name in faulty.first.err
    assert failure["message"].startswith("m1 at http://127")
    (row,) = [row for row in faulty.table if row["document"] == name]
    assert (row["status"], bool(row["what to do"])) == ("failed", True)
    assert (name in faulty.uncertain) == (fault.kind in UNCERTAIN)


def test_a_run_with_failures_ends_with_3(faulty):
    """The others are assessed; failures are counted, not hidden."""
    assert faulty.first.code == 3
    assert faulty.first.facts["failed"] == len(FAULTS) + 1
    assert faulty.first.facts["assessed"] == 1
    assert {row["document"] for row in rows(faulty.folder / "out/results.csv")}.isdisjoint({"x-scan.pdf"})


def test_resume_tries_again_what_may_pass_and_nothing_else(faulty):
    """Permanent failures, and replies that were paid for, cost no further call."""
    again = [fault for fault in FAULTS if fault.again]

    assert faulty.resumed.code == 3
    assert faulty.resumed.facts["assessed"] == 1 + len(again)
    assert faulty.requests == len(again)
    assert "x-scan.pdf" not in faulty.resumed.err


def test_other_settings_give_rejected_replies_another_chance(faulty):
    """Where the settings now ask otherwise, only the file that cannot be read stays failed."""
    assert faulty.other_settings.facts["failed"] == 1
    assert faulty.other_settings.code == 3
    assert {row["document"] for row in rows(faulty.folder / "out/not_assessed.csv")} == {"x-scan.pdf"}


def test_passing_faults_are_retried_within_the_run(tmp_path, calm):
    """Each of six documents meets a fault that passes; all are assessed and none is bought in vain."""
    reports.write(tmp_path / "in", 6)
    calm.change(first={"429": 1, "500": 1, "reset": 1, "hang": 1, "malformed": 1, "wrong_schema": 1})
    settings(tmp_path, calm.url, model={"timeout": 0.5})
    ended = robasync(*RUN, "--json", cwd=tmp_path)

    assert (ended.code, ended.facts["assessed"], ended.facts["uncertain_calls"]) == (0, 6, 2), ended.err
    assert len(Books(tmp_path).of("intent")) == 12


def test_a_server_that_is_down_is_never_done(tmp_path, calm):
    """Every document fails with the address and what to check; up again, resume finishes."""
    reports.write(tmp_path / "in", 3)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        settings(tmp_path, url, model={"max_retries": 0}, parallel={"patience_seconds": 0})
        ended = robasync(*RUN, cwd=tmp_path)

    assert ended.code == 3
    assert f"m1 at {url}: no connection could be made; check that the server runs" in ended.err
    assert "0 assessed" in ended.out
    assert "start here" not in ended.out
    settings(tmp_path, calm.url)
    assert robasync("resume", "-c", "settings.json", cwd=tmp_path).code == 0


def test_a_few_refusals_end_the_run_and_not_the_folder(tmp_path, calm):
    """A key that is not accepted costs a handful of requests; the rest is left for the resume."""
    reports.write(tmp_path / "in", 40)
    settings(tmp_path, calm.url)
    calm.change(faults={"401": 1.0})
    before = calm.counts["requests"]
    ended = robasync(*RUN, "-w", 4, "--json", cwd=tmp_path)

    assert ended.code == 3
    assert "check api_key" in ended.facts["stopped_by"]
    assert "3 calls in a row were refused" in ended.facts["stopped_by"]
    assert calm.counts["requests"] - before <= 3 + 4
    assert ended.facts["left"] >= 40 - 3 - 4
    calm.change(faults={})
    resumed = robasync("resume", "--json", cwd=tmp_path)
    assert (resumed.code, resumed.facts["assessed"]) == (0, 40)


def test_documents_that_a_filter_withholds_are_no_refusal_of_everybody(tmp_path, calm):
    """Four in a row fail, each for itself; the others are assessed."""
    reports.write(tmp_path / "in", 7)
    settings(tmp_path, calm.url)
    calm.change(first={"filter": 3, "rejected": 1})
    ended = robasync(*RUN, "-w", 1, "--json", cwd=tmp_path)

    assert (ended.code, ended.facts["stopped_by"]) == (3, None)
    assert (ended.facts["assessed"], ended.facts["failed"]) == (3, 4)


def test_a_model_whose_replies_are_no_use_is_not_paid_for_the_folder(tmp_path, calm):
    """Ten studies without an answer end the run; a better model goes on with what is left."""
    reports.write(tmp_path / "in", 25)
    settings(tmp_path, calm.url)
    calm.change(faults={"length": 1.0})
    before = calm.counts["requests"]
    ended = robasync(*RUN, "-w", 2, "--json", cwd=tmp_path)

    assert ended.code == 3
    assert "10 studies in a row brought no answer" in ended.facts["stopped_by"]
    assert "m1 at http://127" in ended.facts["stopped_by"]
    assert 10 <= calm.counts["requests"] - before <= 11
    assert ended.facts["left"] >= 14
    settings(tmp_path, calm.url, model={"max_tokens": 5000})
    calm.change(faults={})
    resumed = robasync("resume", "-c", "settings.json", "--json", cwd=tmp_path)
    assert (resumed.code, resumed.facts["assessed"]) == (0, 25)


def test_a_server_that_comes_back_costs_no_document(tmp_path, calm):
    """While it is down one call at a time tries it; then the run goes on by itself."""
    reports.write(tmp_path / "in", 12)
    settings(tmp_path, calm.url, model={"max_retries": 1})
    calm.change(first={"500": 10})
    before = calm.counts["requests"]
    ended = robasync(*RUN, "-w", 8, "--json", cwd=tmp_path)

    assert (ended.code, ended.facts["assessed"]) == (0, 12), ended.err
    assert "No new call is made but one now and then, for 10 minutes" in ended.err
    assert "The server answers again" in ended.err
    assert calm.counts["requests"] - before == 12 + 10


def test_patience_ends_and_the_run_can_be_resumed(tmp_path, calm):
    """What waited fails as worth another try, the rest is left; the last lines name server and way on."""
    reports.write(tmp_path / "in", 12)
    settings(tmp_path, calm.url, parallel={"patience_seconds": 1})
    calm.change(faults={"500": 1.0})
    ended = robasync(*RUN, "-w", 4, "--json", cwd=tmp_path)

    assert ended.code == 3
    assert "It was tried for 1 second" in ended.facts["stopped_by"]
    assert "m1 at http://127" in ended.facts["stopped_by"]
    assert ended.facts["failed"] + ended.facts["left"] == 12
    assert 0 < ended.facts["failed"] <= 4
    calm.change(faults={})
    resumed = robasync("resume", "--json", cwd=tmp_path)
    assert (resumed.code, resumed.facts["assessed"]) == (0, 12)


def test_nobody_waits_for_a_server_after_ctrl_c(tmp_path, calm):
    """A run that waits ends as any other: at once, since no call is in flight."""
    reports.write(tmp_path / "in", 6)
    settings(tmp_path, calm.url, parallel={"grace_seconds": 60})
    calm.change(faults={"500": 1.0})
    command = Command(*RUN, "-w", 4, cwd=tmp_path)
    command.until("one now and then")
    command.signal(signal.SIGINT, group=True)
    ended = command.end()

    assert ended.code == 130
    assert "robasync resume" in ended.out


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ((), {}, "ROB_TEST_KEY, which is not set"),
        (("--model", "other"), {"ROB_TEST_KEY": KEY}, "No model is called 'other'"),
    ],
)
def test_a_model_that_cannot_be_asked_is_never_replaced(tmp_path, calm, arguments, environment, words):
    """No key, no such model: an error before anything is created; the baseline does not step in."""
    reports.write(tmp_path / "in", 1)
    settings(tmp_path, calm.url, model={"api_key": "${ROB_TEST_KEY}"})
    before = sorted(tmp_path.rglob("*"))
    ended = robasync(*RUN, *arguments, cwd=tmp_path, **environment)

    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert sorted(tmp_path.rglob("*")) == before


# The cap


def bill(server) -> float:
    """Return what the server's books come to at the harness's price."""
    counts = server.counts

    return (counts["input_tokens"] + 2 * counts["output_tokens"]) / 1_000_000


def test_the_cap_holds_by_the_servers_bill_and_can_be_raised(tmp_path, calm):
    """Exit 4 before the cap is passed, spent plus reserved, across a resume; a higher cap goes on."""
    reports.write(tmp_path / "in", 20)
    settings(tmp_path, calm.url, cost_tracking={"max_cost_threshold": 0.07})
    before = bill(calm)
    first = robasync(*RUN, "-w", 4, "--json", cwd=tmp_path)
    costs = read_checkpoint(tmp_path).content["cost_tracking"]

    assert first.code == 4
    assert "max_cost_threshold" in first.facts["stopped_by"]
    assert 0 < first.facts["assessed"] < 20
    assert first.facts["failed"] == 0
    assert 0 < bill(calm) - before <= costs["total_cost"] + costs["uncertain_cost"] + 1e-6 <= 0.07
    assert robasync("resume", "--json", cwd=tmp_path).code == 4
    assert bill(calm) - before <= 0.07

    settings(tmp_path, calm.url, cost_tracking={"max_cost_threshold": 5})
    raised = robasync("resume", "-c", "settings.json", "--json", cwd=tmp_path)
    assert (raised.code, raised.facts["assessed"]) == (0, 20)
    assert "max_cost_threshold changed from 0.07 to 5.0" in raised.err
    assert bill(calm) - before == pytest.approx(raised.facts["cost"])


def test_a_cap_counts_what_a_killed_run_may_have_spent(tmp_path, calm):
    """Calls without a reply stay reserved for ever: a resume has that much less."""
    reports.write(tmp_path / "in", 6)
    settings(tmp_path, calm.url, cost_tracking={"max_cost_threshold": 0.07})
    calm.change(first={"hang": 2})
    before = calm.counts["requests"]
    command = Command(*RUN, "-w", 2, cwd=tmp_path)
    calm.wait(before + 2)
    command.kill()
    command.end()
    ended = robasync("resume", "--json", cwd=tmp_path)

    assert ended.code == 4
    assert ended.facts["uncertain_calls"] == 2
    assert "0.0578 reserved" in ended.facts["stopped_by"]
    assert calm.counts["requests"] == before + 2


def test_a_cap_without_a_price_is_refused(tmp_path, calm):
    """Nobody could keep it; nothing is created."""
    reports.write(tmp_path / "in", 1)
    settings(tmp_path, calm.url, model={"price": None}, cost_tracking={"max_cost_threshold": 1})
    before = sorted(tmp_path.rglob("*"))
    ended = robasync(*RUN, cwd=tmp_path)

    assert ended.code == 2
    assert "price of local is unknown" in ended.err
    assert sorted(tmp_path.rglob("*")) == before
