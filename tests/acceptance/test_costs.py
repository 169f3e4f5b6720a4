"""``robasync cost`` and the cost files: what they say is what the journal holds and the server billed."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from tests import reports
from tests.acceptance.books import read_checkpoint
from tests.acceptance.harness import Command, robasync, rows, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
BY = ("model", "stage", "document", "study")
KEY = "5e" * 32


@pytest.fixture
def server():
    with serving() as running:
        yield running


def table(folder, by, *more, **environment):
    """Return the rows that ``--csv`` prints."""
    shown = robasync("cost", "--by", by, "--csv", *more, cwd=folder, **environment)
    assert shown.code == 0, shown.err

    return list(csv.DictReader(io.StringIO(shown.out)))


def total(rows):
    return sum(Decimal(row["cost"]) for row in rows)


def test_every_table_adds_up_to_what_was_spent(tmp_path, server):
    """Rows, total, checkpoint, summary and cost files agree to a billionth; the tokens are the server's."""
    reports.write(tmp_path / "in", 5)
    settings(tmp_path, server.url)
    server.change(first={"malformed": 2})
    ended = robasync(*RUN, "--json", cwd=tmp_path)
    facts = robasync("cost", "--json", cwd=tmp_path).facts
    spent = Decimal(str(ended.facts["cost"]))
    content = read_checkpoint(tmp_path).content["cost_tracking"]
    stages = {row["stage"]: row for row in table(tmp_path, "stage")}

    assert ended.code == 0, ended.err
    assert {total(table(tmp_path, by)) for by in BY} == {spent}
    assert total(rows(tmp_path / "out" / "costs.csv")) == spent
    assert json.loads((tmp_path / "out" / "costs.json").read_text()) == facts
    assert facts["total"]["cost"] == content["total_cost"] == sum(content["cost_by_model"].values())
    assert facts["total"]["replies"] == sum(server.counts["billed"].values()) == 7
    assert set(stages) == {"assess", "correction"}
    assert stages["correction"]["answers"] == "2"
    assert {"costs.csv", "costs.json"} <= set(
        json.loads((tmp_path / "out" / "summary.json").read_text())["files"]
    )


def test_it_is_said_in_words(tmp_path, server):
    """The tables by model and stage, and the price; -o writes the files, and nothing else is changed."""
    reports.write(tmp_path / "in", 2)
    settings(tmp_path, server.url)
    robasync(*RUN, cwd=tmp_path)
    shown = robasync("cost", "-o", "elsewhere", cwd=tmp_path)

    assert "by model" in shown.out
    assert "by stage" in shown.out
    assert "Price of m1: 1 in, 2 out, USD per million tokens (the model's own price)" in shown.out
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == ["costs.csv", "costs.json"]
    assert robasync("cost", "--csv", "--json", cwd=tmp_path).code == 2
    assert robasync("cost", "-s", "no-such-session", cwd=tmp_path).code == 2


def test_a_running_session_and_its_uncertain_calls_are_told(tmp_path, server):
    """While another process writes it, and after that one is killed: the call without an end is named."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, server.url)
    server.change(first={"hang": 1})
    command = Command(*RUN, cwd=tmp_path)
    command.until("Checkpoint created")
    server.wait(3)
    running = robasync("cost", "--json", cwd=tmp_path)
    command.kill()
    command.end()
    killed = robasync("cost", cwd=tmp_path)

    assert running.code == 0, running.err
    assert running.facts["total"]["uncertain"] >= 1
    assert "Uncertain calls: " in killed.out
    assert ", asked of m1 at 20" in killed.out


def test_a_reused_answer_costs_nothing_where_it_is_used(tmp_path, server):
    """The pilot paid for it; the full run tells that it was reused."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, server.url)
    robasync(*RUN, "--only", "trial-00000.txt", cwd=tmp_path)
    robasync(*RUN, cwd=tmp_path)
    line = {row["document"]: row for row in table(tmp_path, "document")}["trial-00000.txt"]

    assert (line["answers"], line["reused answers"], Decimal(line["cost"])) == ("0", "1", 0)


def test_sums_carry_over_a_resume_and_a_lost_journal(tmp_path, server):
    """Begun anew from the checkpoint, the session still tells what was spent before."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, server.url)
    spent = Decimal(str(robasync(*RUN, "--json", cwd=tmp_path).facts["cost"]))
    (path,) = (tmp_path / "checkpoints").glob("*.journal.jsonl")
    path.unlink()
    assert robasync("resume", cwd=tmp_path).code == 0

    assert {row["document"] for row in table(tmp_path, "document")} == {"before the journal was lost"}
    assert {total(table(tmp_path, by)) for by in BY} == {spent}


def test_an_encrypted_session_is_told_with_its_key_alone(tmp_path, server):
    """Without the key the command refuses, as every other does."""
    reports.write(tmp_path / "in", 2)
    sealed = {"encryption": True, "encryption_key": "${ROB_KEY}"}
    settings(tmp_path, server.url, checkpoint_system=sealed)
    ended = robasync(*RUN, "--json", cwd=tmp_path, ROB_KEY=KEY)
    given = table(tmp_path, "document", "-c", "settings.json", ROB_KEY=KEY)

    assert ended.code == 0, ended.err
    assert total(given) == Decimal(str(ended.facts["cost"]))
    assert robasync("cost", "-c", "settings.json", cwd=tmp_path).code == 2


@pytest.mark.parametrize("tracking", [{"generate_reports": False}, {"enabled": False}])
def test_no_cost_files_where_none_are_wanted(tmp_path, server, tracking):
    """The journal still knows: the command tells it, and a cap would hold."""
    reports.write(tmp_path / "in", 1)
    settings(tmp_path, server.url, cost_tracking={"max_cost_threshold": 100, **tracking})
    ended = robasync(*RUN, "--json", cwd=tmp_path)

    assert ended.facts["cost"] > 0
    assert not list((tmp_path / "out").glob("costs.*"))
    assert total(table(tmp_path, "model")) == Decimal(str(ended.facts["cost"]))


def test_the_checkpoint_can_do_without_models(tmp_path, server):
    """track_by_model off: one sum for all models."""
    reports.write(tmp_path / "in", 1)
    settings(tmp_path, server.url, cost_tracking={"max_cost_threshold": 100, "track_by_model": False})
    spent = robasync(*RUN, "--json", cwd=tmp_path).facts["cost"]

    assert read_checkpoint(tmp_path).content["cost_tracking"]["cost_by_model"] == {"all models": spent}
    assert robasync("fsck", cwd=tmp_path).code == 0
