"""``robasync run`` as a user runs it: a folder in, recorded proposed judgements out."""

from __future__ import annotations

import json

import pytest

from tests import reports
from tests.acceptance.harness import journal, outcomes, robasync, rows, serving, settings


@pytest.fixture(scope="module")
def server():
    with serving("--latency", 0.01) as running:
        yield running


def test_a_folder_becomes_recorded_judgements(tmp_path, server):
    """Every document ends in the tables, its own file, the journal and the checkpoint; exit 0."""
    reports.write(tmp_path / "in", 5)
    ended = robasync(
        "run", "-c", settings(tmp_path, server.url), "-i", "in", "-o", "out", "--json", cwd=tmp_path
    )

    assert ended.code == 0, ended.err
    assert "Starting ROB assessment..." in ended.err
    assert ended.facts["assessed"] == 5
    assert {row["document"] for row in rows(tmp_path / "out/results.csv")} == set(outcomes(tmp_path / "out"))
    assert (tmp_path / "out/report.html").exists()
    assert json.loads((tmp_path / "out/summary.json").read_text())
    assert json.loads((tmp_path / ended.facts["checkpoint"]).read_text())["completed_documents"] == 5


def test_each_call_has_a_durable_intent_before_its_reply(tmp_path, server):
    """Per call the journal holds intent, raw reply and outcome, in this order."""
    reports.write(tmp_path / "in", 3)
    robasync("run", "-c", settings(tmp_path, server.url), "-i", "in", "-o", "out", cwd=tmp_path)
    lines = journal(tmp_path)
    order = {}

    for place, line in enumerate(lines):
        document = line["body"].get("document") if isinstance(line["body"], dict) else None
        order.setdefault(document, []).append((line["kind"], place))

    for document in ("trial-00000.txt", "trial-00001.txt", "trial-00002.txt"):
        assert [kind for kind, _ in order[document]] == ["intent", "reply", "outcome"]


def test_same_bytes_under_two_names_are_one_call_and_two_outcomes(tmp_path, server):
    """A copy is not bought twice; totals count names."""
    reports.write(tmp_path / "in", 1)
    (tmp_path / "in/copy.txt").write_bytes((tmp_path / "in/trial-00000.txt").read_bytes())
    before = server.counts["requests"]
    ended = robasync(
        "run", "-c", settings(tmp_path, server.url), "-i", "in", "-o", "out", "--json", cwd=tmp_path
    )

    assert ended.facts["assessed"] == 2
    assert server.counts["requests"] == before + 1


def test_a_pilot_is_reused_by_the_full_run(tmp_path, server):
    """--sample and --only buy answers that the full run does not buy again."""
    reports.write(tmp_path / "in", 10)
    config = settings(tmp_path, server.url)
    before = server.counts["requests"]

    pilot = robasync(
        "run", "-c", config, "-i", "in", "-o", "pilot", "--sample", 3, "--seed", 5, "--json", cwd=tmp_path
    )
    named = robasync(
        "run", "-c", config, "-i", "in", "-o", "named", "--only", "trial-00001.txt", "--json", cwd=tmp_path
    )
    full = robasync("run", "-c", config, "-i", "in", "-o", "out", "--json", cwd=tmp_path)

    assert (pilot.code, pilot.facts["assessed"], named.facts["assessed"]) == (0, 3, 1)
    assert full.facts["assessed"] == 10
    assert server.counts["requests"] == before + 10
    shared = outcomes(tmp_path / "pilot")
    assert {name: outcomes(tmp_path / "out")[name] for name in shared} == shared


def test_progress_is_plain_lines_where_there_is_no_terminal(tmp_path, server):
    """No escape codes in a log file, and the run's cost in the end."""
    reports.write(tmp_path / "in", 2)
    ended = robasync("run", "-c", settings(tmp_path, server.url), "-i", "in", "-o", "out", cwd=tmp_path)

    assert "\x1b" not in ended.err + ended.out
    assert "proposed judgements need your review; start here: out/report.html" in ended.out
    assert "cost 0." in ended.out


def test_no_price_is_said(tmp_path, server):
    """A cost that nobody can know is not shown as 0."""
    reports.write(tmp_path / "in", 1)
    config = settings(tmp_path, server.url, model={"price": None}, cost_tracking={"unpriced": ["local"]})
    ended = robasync("run", "-c", config, "-i", "in", "-o", "out", cwd=tmp_path)

    assert "price unknown" in ended.out


def test_a_price_file_prices_the_run(tmp_path, server):
    """llm_pricing_config in the v2.0 format is used where the model states no price."""
    reports.write(tmp_path / "in", 1)
    table = {
        "models": {"m1": {"input_cost_per_1k_tokens": 1.0, "output_cost_per_1k_tokens": 0, "currency": "EUR"}}
    }
    (tmp_path / "prices.json").write_text(json.dumps(table))
    config = settings(
        tmp_path, server.url, model={"price": None}, paths={"llm_pricing_config": "prices.json"}
    )
    ended = robasync("run", "-c", config, "-i", "in", "-o", "out", "--yes", "--json", cwd=tmp_path)

    assert ended.facts["currency"] == "EUR"
    assert ended.facts["cost"] > 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "-i", "nowhere"], "does not exist"),
        (["run", "-i", "empty"], "empty"),
        (["run"], "-i FOLDER"),
        (["run", "-i", "in", "-c", "absent.json"], "absent.json"),
        (["run", "-i", "in", "--model", "gpt-9"], "gpt-9"),
        (["run", "-i", "in", "--instrument", "rob-99"], "rob-99"),
        (["run", "-i", "in", "--only", "trial-9.txt"], "trial-00000.txt"),
        (["run", "-i", "in", "-w", "many"], "many"),
        (["run", "-i", "in", "--sample", "2", "--only", "x"], "exclude"),
        (["resume"], "Checkpoint file not found"),
        (["resume", "-s", "rob_session_19700101_000000"], "rob_session_19700101_000000"),
        (["report"], "Checkpoint file not found"),
        (["walk"], "walk"),
    ],
)
def test_wrong_use_is_one_or_two_lines_and_exit_2(tmp_path, arguments, words):
    """What, where, and what to do next; no traceback; nothing created."""
    reports.write(tmp_path / "in", 1)
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    ended = robasync(*arguments, cwd=tmp_path)

    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err
    assert sorted(tmp_path.rglob("*")) == before


def test_init_writes_a_file_that_run_takes_and_never_overwrites(tmp_path):
    """From an empty folder to a first run with two commands."""
    reports.write(tmp_path / "in", 1)

    assert robasync("init", cwd=tmp_path).code == 0
    assert robasync("init", cwd=tmp_path).code == 2
    assert robasync("run", "-c", "robasync.json", "-i", "in", "-o", "out", cwd=tmp_path).code == 0
