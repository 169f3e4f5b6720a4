"""Looking before leaping: forecasts, checks and explanations, which change not one byte and send nothing."""

from __future__ import annotations

import random
import re
import shutil

import pytest

from robasync import examples
from tests import reports
from tests.acceptance.harness import Command, robasync, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
SCAN = "marrowby-1998-scan.pdf"


@pytest.fixture(scope="module")
def server():
    with serving("--latency", 0.02) as running:
        yield running


@pytest.fixture
def calm(server):
    """Return the server, in order again."""
    server.change(first={}, faults={}, latency=0.02)

    return server


def tree(folder):
    """Return all that a file system tells of what is in ``folder``, the bytes and times included."""
    found = {}

    for path in [folder, *sorted(folder.rglob("*"))]:
        facts = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (facts.st_mode, facts.st_ino, facts.st_size, facts.st_mtime_ns, content)

    return found


def look(folder, server, *arguments, code=0):
    """Run a command that only looks: nothing is sent, no byte is changed."""
    before, requests = tree(folder), server.counts["requests"]
    ended = robasync(*arguments, cwd=folder)

    assert ended.code == code, ended.err
    assert tree(folder) == before
    assert server.counts["requests"] == requests

    return ended


def interrupted(folder, server, *, after, documents=8):
    """Begin to assess reports, one of them a scan, and pull the plug after so many answers."""
    reports.write(folder / "in", documents)
    shutil.copy(examples.trials() / SCAN, folder / "in" / SCAN)
    settings(folder, server.url)
    billed = sum(server.counts["billed"].values())
    command = Command(*RUN, "-w", 2, "--batch-size", 3, cwd=folder)
    server.wait(billed=billed + after)
    command.kill()
    command.end()


def disturb(folder, chance):
    """Change, add, copy, move and remove reports; return what a forecast must name."""
    names = sorted(path.name for path in (folder / "in").glob("*.txt"))
    chance.shuffle(names)
    changed, moved, vanished, copied = names[:4]
    (folder / "in" / changed).write_text(reports.text(chance.randrange(1_000, 2_000)))
    (folder / "in" / "sub").mkdir()
    (folder / "in" / moved).rename(folder / "in" / "sub" / "moved.txt")
    (folder / "in" / vanished).unlink()
    shutil.copy(folder / "in" / copied, folder / "in" / "twin.txt")
    (folder / "in" / "new.txt").write_text(reports.text(3_000))
    (folder / "in" / "new-twin.txt").write_text(reports.text(3_000))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_foreseen_is_what_happens(tmp_path, calm, seed):
    """The calls foreseen are the requests that the server then sees, and the most is never below its bill."""
    chance = random.Random(seed)
    calm.change(first={"refusal": 1})
    interrupted(tmp_path, calm, after=chance.randrange(2, 7))
    disturb(tmp_path, chance)
    foreseen = look(tmp_path, calm, "resume", "--dry-run", "--json").facts
    before = calm.counts
    resumed = robasync("resume", "-w", 3, "--json", cwd=tmp_path).facts
    after = calm.counts
    bill = (
        after["input_tokens"]
        - before["input_tokens"]
        + 2 * (after["output_tokens"] - before["output_tokens"])
    ) / 1e6

    assert foreseen["calls"] == after["requests"] - before["requests"]
    assert 0 < foreseen["cost"]["likely"] <= foreseen["cost"]["most"]
    assert bill <= foreseen["cost"]["most"]
    assert foreseen["total"] == resumed["total"]
    assert foreseen["not_tried_again"] + foreseen["cannot_be_assessed"] == resumed["failed"]
    assert resumed["left"] == 0


def test_a_forecast_tells_what_is_to_come(tmp_path, calm):
    """Reused, free, asked, with the cost; changed, new, vanished and moved reports by name."""
    reports.write(tmp_path / "in", 4)
    shutil.copy(examples.trials() / SCAN, tmp_path / "in" / SCAN)
    settings(tmp_path, calm.url)
    robasync(*RUN, cwd=tmp_path)
    inputs = tmp_path / "in"
    (inputs / "b").mkdir()
    (inputs / "trial-00000.txt").rename(inputs / "b" / "a.txt")
    (inputs / "trial-00001.txt").write_text(reports.text(1_001))
    (inputs / "trial-00002.txt").unlink()
    (inputs / "new.txt").write_text(reports.text(2_000))
    plain = look(tmp_path, calm, "resume", "--dry-run")

    assert re.findall(r"^ +(\d+) (\w+ \w+)", plain.out, re.MULTILINE) == [
        ("2", "stay as"),
        ("2", "to be"),
        ("1", "judged again"),
        ("1", "failed and"),
    ]
    assert "Moved documents: 1 (trial-00000.txt -> b/a.txt)\n" in plain.err
    assert "Moved: trial-00000.txt -> b/a.txt\n" in plain.out
    assert "Changed: trial-00001.txt\nNew: new.txt\nVanished: trial-00002.txt\n" in plain.out
    assert "Likely counts each call once. At most counts each call " in plain.out
    assert f"Not tried again: {SCAN}" in plain.out


def test_a_run_is_foreseen_before_there_is_anything(tmp_path, calm):
    """Each different report is a call; a scan, which cannot be read, is named before a penny is spent."""
    reports.write(tmp_path / "in", 3)
    (tmp_path / "in" / "twin.txt").write_text(reports.text(0))
    shutil.copy(examples.trials() / SCAN, tmp_path / "in" / SCAN)
    settings(tmp_path, calm.url)
    facts = look(tmp_path, calm, *RUN, "--dry-run", "--json").facts

    assert (facts["session"], facts["total"], facts["calls"]) == (None, 5, 3)
    assert (facts["judged_again_free"], facts["cannot_be_assessed"]) == (1, 1)
    assert [one["document"] for one in facts["cannot_be_assessed_why"]] == [SCAN]

    before = calm.counts["requests"]
    robasync(*RUN, cwd=tmp_path)
    assert calm.counts["requests"] - before == facts["calls"]

    again = look(tmp_path, calm, *RUN, "--dry-run", "--json").facts
    assert (again["calls"], again["judged_again_free"]) == (0, 4)


def test_the_cap_and_an_unknown_price_are_told(tmp_path, calm):
    """A run that might stop at the cap says so beforehand; what nobody knows is not made up."""
    reports.write(tmp_path / "in", 2)
    settings(tmp_path, calm.url, cost_tracking={"max_cost_threshold": 0.0001})
    capped = look(tmp_path, calm, *RUN, "--dry-run")
    settings(tmp_path, calm.url, model={"price": None}, cost_tracking={"unpriced": ["local"]})
    unpriced = look(tmp_path, calm, *RUN, "--dry-run")

    assert "to be asked: 2 calls" in capped.out
    assert "The cap leaves 0.0001 USD: the run may stop there." in capped.out
    assert "price of the model is unknown" in unpriced.out


def test_the_baseline_is_foreseen_free(tmp_path, calm):
    """Without a model nothing is sent at all, and nothing is paid; the forecast tells it the same way."""
    shutil.copytree(examples.trials(), tmp_path / "in")
    facts = look(tmp_path, calm, "run", "-i", "in", "-o", "out", "--dry-run", "--json").facts
    ended = robasync("run", "-i", "in", "-o", "out", "--json", cwd=tmp_path).facts

    assert facts["cost"]["most"] == 0.0
    assert facts["cannot_be_assessed"] == ended["failed"] == 1
    assert facts["to_be_asked"] == ended["assessed"]
    assert facts["judged_again_free"] == ended["refused"]


def test_a_session_that_is_being_written_can_be_looked_at(tmp_path, calm):
    """No lock is taken: a run in another window goes on, and is shown as it is on the disk."""
    reports.write(tmp_path / "in", 4)
    settings(tmp_path, calm.url)
    calm.change(first={"none": 1, "hang": 2})
    before = calm.counts["requests"]
    command = Command(*RUN, "-w", 2, cwd=tmp_path)
    calm.wait(before + 3)
    command.until("Checkpoint created")
    requests = calm.counts["requests"]
    looked = [robasync("resume", *how, "--json", cwd=tmp_path) for how in (("--dry-run",), ("--info",))]
    assert calm.counts["requests"] == requests
    command.kill()
    command.end()

    assert [ended.code for ended in looked] == [0, 0]
    assert looked[0].facts["calls"] == 3
    assert looked[1].facts["assessed"] == 1
    assert len(looked[1].facts["uncertain_calls"]) == 2


def test_info_tells_all_figures(tmp_path, calm):
    """Session, progress, costs by model, uncertain calls, newest errors, files, other settings."""
    interrupted(tmp_path, calm, after=4)
    facts = look(tmp_path, calm, "resume", "--info", "--json").facts
    plain = look(tmp_path, calm, "resume", "--info")
    [journal] = (tmp_path / "checkpoints").glob("*.journal.jsonl")

    assert facts["total"] == 9
    assert facts["assessed"] + facts["refused"] + facts["failed"] + facts["left"] == 9
    assert facts["by_model"]["m1"]["replies"] >= 3
    assert facts["by_model"]["m1"]["cost"] == pytest.approx(facts["cost"])
    assert facts["settings"]["paths.input_folder"] == "in"
    assert {"path": f"checkpoints/{journal.name}", "bytes": journal.stat().st_size} in facts["files"]
    assert f"Session: {facts['session']}\n" in plain.out
    assert "Progress: " in plain.out
    assert "sk-" not in plain.out


def test_validation_finds_each_fault_and_the_way_out(tmp_path, calm):
    """Checkpoint, journal, settings, key and folders, each by itself; exit 2 while any is wrong."""
    reports.write(tmp_path / "in", 2)
    settings(tmp_path, calm.url)
    robasync(*RUN, cwd=tmp_path)
    [checkpoint] = (tmp_path / "checkpoints").glob("*.checkpoint.json")
    [journal] = (tmp_path / "checkpoints").glob("*.journal.jsonl")
    plain = look(tmp_path, calm, "resume", "--validate-only")
    assert f"Checkpoint is valid: checkpoints/{checkpoint.name}" in plain.out

    whole = checkpoint.read_text()
    checkpoint.write_text(whole.replace('"completed_documents": 2', '"completed_documents": 1'))
    settings(tmp_path, calm.url, model={"api_key": "${NO_SUCH_KEY}"})
    plain = look(tmp_path, calm, "resume", "-c", "settings.json", "--validate-only", code=2)
    assert "Checkpoint validation failed" in plain.err
    assert "checksum" in plain.err
    assert "resume rebuilds the checkpoint" in plain.err
    assert "Journal is valid" in plain.out
    assert "Configuration validation failed" in plain.err
    assert "NO_SUCH_KEY" in plain.err

    checkpoint.write_text(whole)
    (tmp_path / "in").rename(tmp_path / "elsewhere")
    journal.rename(tmp_path / "journal")
    plain = look(tmp_path, calm, "resume", "-s", checkpoint.name, "--validate-only", code=2)
    assert "Checkpoint is valid" in plain.out
    assert "Journal validation failed" in plain.err
    assert "Input folder validation failed" in plain.err


def test_a_named_copy_is_what_is_validated(tmp_path, calm):
    """A copy that people made is judged by its own bytes, not by those of the session's checkpoint."""
    reports.write(tmp_path / "in", 1)
    settings(tmp_path, calm.url)
    robasync(*RUN, cwd=tmp_path)
    [checkpoint] = (tmp_path / "checkpoints").glob("*.checkpoint.json")
    copy = tmp_path / "checkpoint_copy.json"
    shutil.copy(checkpoint, copy)

    plain = look(tmp_path, calm, "resume", "-s", copy.name, "--validate-only")
    assert f"Checkpoint is valid: {copy.name}" in plain.out

    copy.write_text(copy.read_text()[:-20])
    facts = look(tmp_path, calm, "resume", "-s", copy.name, "--validate-only", "--json", code=2).facts
    assert facts["checks"][0]["part"] == "Checkpoint"
    assert not facts["checks"][0]["valid"]


def test_a_run_can_be_validated_before_it_begins(tmp_path, calm):
    """What would be assessed by whom, or what keeps it from beginning; nothing is made, not even a folder."""
    reports.write(tmp_path / "in", 2)
    settings(tmp_path, calm.url)
    plain = look(tmp_path, calm, *RUN, "--validate-only")
    unknown = look(tmp_path, calm, *RUN, "--model", "other", "--validate-only", code=2)
    empty = look(tmp_path, calm, "run", "-c", "settings.json", "-i", "none", "--validate-only", code=2)

    assert "Configuration is valid: local at " in plain.out
    assert "Input folder is valid: in, 2 documents" in plain.out
    assert "other" in unknown.err
    assert "none" in empty.err


def test_an_explanation_tells_what_decided(tmp_path, calm):
    """What is recorded of one report, what becomes of it, and the bytes or the setting that decides it."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, calm.url)
    robasync(*RUN, cwd=tmp_path)
    (tmp_path / "in" / "trial-00000.txt").write_text(reports.text(1_000))
    settings(tmp_path, calm.url, rob_framework={"outcome": "mortality"})
    changed, stays, unknown = (
        look(tmp_path, calm, "resume", "-c", "settings.json", "--explain", name, code=code)
        for name, code in (("trial-00000.txt", 0), ("trial-00002.txt", 0), ("nothing.txt", 2))
    )

    assert "by local (m1) with robust-rct@" in changed.out
    assert "trial-00000.txt is to be asked: 1 call, at most 0." in changed.out
    assert "Because it holds other bytes than those that were assessed." in changed.out
    assert "bytes: " in changed.out
    assert 'rob_framework.outcome: null -> "mortality"; it decides what is asked' in changed.out
    assert "trial-00002.txt stays as it is." in stays.out
    assert "--reassess" in stays.out
    assert "No document called 'nothing.txt'" in unknown.err
