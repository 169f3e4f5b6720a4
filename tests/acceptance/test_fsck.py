"""``robasync fsck`` as people use it: real sessions, damaged in many ways, read and never changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.harness import Command, robasync, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
FSCK = ("fsck", "-c", "settings.json", "--json")


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def finished(tmp_path_factory, server):
    """Run twelve documents to the end, with backups; give the folder."""
    folder = tmp_path_factory.mktemp("finished")
    reports.write(folder / "in", 12)
    often = {"parallel": {"checkpoint_interval": 2}, "checkpoint_system": {"backup_interval": 2}}
    settings(folder, server.url, **often)
    assert robasync(*RUN, cwd=folder).code == 0

    return folder


@pytest.fixture
def folder(finished, tmp_path):
    """Return a copy of the finished session that may be damaged."""
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def one(folder, pattern: str) -> Path:
    """Return the first file of the session that the pattern fits."""
    return min(folder.glob(pattern))


def flip(path, offset: int) -> None:
    """Turn over one bit of a file."""
    content = bytearray(path.read_bytes())
    content[offset] ^= 4
    path.write_bytes(content)


def contents(folder) -> list:
    """Return all that is in a folder, with the times of its changes."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]

    return [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in paths]


def look(folder):
    """Look the session through with the command; nothing is changed by that."""
    before = contents(folder)
    ended = robasync(*FSCK, cwd=folder)
    assert contents(folder) == before
    assert "Traceback" not in ended.err

    return ended


def subjects(ended, *levels: str) -> set[str]:
    """Return what the findings of these levels are about."""
    return {one["subject"] for one in ended.facts["findings"] if one["level"] in levels}


def test_a_finished_session_is_clean(folder):
    """Exit 0, all was looked at, and every reply was worked out anew."""
    ended = look(folder)
    looked = ended.facts["looked_at"]

    assert (ended.code, ended.facts["clean"], ended.facts["findings"]) == (0, True, [])
    assert looked["assessed"] + looked["refused"] + looked["failed"] == looked["total"] == 12
    assert looked["priced"] == looked["answered"] == looked["asked"] > 0
    assert looked["backups"] >= 1
    assert looked["checkpoint"] and looked["index"]


def test_the_report_is_in_words(folder):
    """What was looked at, what was found, what it means, what to do; on stdout."""
    flip(one(folder, "checkpoints/*.checkpoint.json"), 300)
    ended = robasync("fsck", "-c", "settings.json", cwd=folder)

    assert ended.code == 5
    places = [ended.out.index(title) for title in ("Looked at", "Found", "What it means", "What to do")]
    assert places == sorted(places)
    assert "A damaged checkpoint or backup costs nothing" in ended.out


@pytest.mark.parametrize(
    ("pattern", "subject", "level"),
    [
        ("checkpoints/*.checkpoint.json", "checkpoint", "damage"),
        ("checkpoints/backups/*.json", "backups", "damage"),
        ("checkpoints/*.index", "index", "note"),
        ("checkpoints/*.journal.jsonl", "journal", "loss"),
        ("out/results/*.json", "results", "damage"),
    ],
)
def test_a_flipped_bit_in_any_file_is_found(folder, pattern, subject, level):
    """And named as what it is; of the index, which the next resume makes anew, that is a note."""
    path = one(folder, pattern)
    flip(path, path.stat().st_size // 2)
    ended = look(folder)

    assert ended.code == (0 if level == "note" else 5)
    assert subject in subjects(ended, level)


def test_missing_files_are_named(folder):
    """A result file that is gone is damage, a checkpoint or index that is gone costs nothing."""
    gone = one(folder, "out/results/*.json")
    gone.unlink()
    one(folder, "checkpoints/*.checkpoint.json").unlink()
    one(folder, "checkpoints/*.index").unlink()
    ended = look(folder)

    assert ended.code == 5
    assert subjects(ended, "damage") == {"results"}
    assert subjects(ended, "note") == {"checkpoint"}
    assert robasync("report", "-c", "settings.json", cwd=folder).code == 0
    assert look(folder).code == 0


def test_a_result_file_of_another_outcome_is_named(folder):
    """Two files that were exchanged are whole each, and wrong both."""
    first, second = sorted((folder / "out" / "results").glob("*.json"))[:2]
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    findings = look(folder).facts["findings"]

    assert [one["message"] for one in findings] == ["tells another outcome than the one recorded"] * 2


def test_a_damaged_outcome_is_asked_for_again_and_nothing_else(folder, server):
    """The way out that the report names: resume gives the study an outcome, from the answer that is there."""
    journal = one(folder, "checkpoints/*.journal.jsonl")
    flip(journal, journal.read_bytes().index(b'"kind":"outcome"') + 200)
    before = server.counts["requests"]
    ended = look(folder)
    assert subjects(ended, "loss", "damage") == {"journal", "outcomes"}
    assert subjects(ended, "note") >= {"index", "checkpoint"}
    assert ended.facts["looked_at"]["left"] == 1

    first = robasync("resume", "-c", "settings.json", cwd=folder)
    again = robasync("resume", "-c", "settings.json", cwd=folder)
    assert 0 in (first.code, again.code), again.err
    assert server.counts["requests"] == before

    ended = look(folder)
    assert subjects(ended, "loss", "damage") == {"journal"}
    assert ended.facts["looked_at"]["left"] == 0


def test_repair_writes_new_files_only(folder):
    """A copy of what is whole, with the result files that are not, which a resume takes as it is."""
    journal = one(folder, "checkpoints/*.journal.jsonl")
    flip(journal, journal.read_bytes().index(b'"kind":"outcome"') + 200)
    flip(max(folder.glob("out/results/*.json")), 200)
    before = contents(folder)
    repaired = robasync(*FSCK, "--repair", cwd=folder).facts["repaired"]

    assert [entry for entry in contents(folder) if entry[0] in {path for path, _, _ in before}] == before
    assert repaired["results"] == 1
    assert robasync("resume", "-c", "settings.json", "-s", repaired["checkpoint"], cwd=folder).code == 0


def test_nothing_is_repaired_that_is_whole(folder):
    """A clean session stays as it is."""
    ended = robasync(*FSCK, "--repair", cwd=folder)

    assert (ended.code, ended.facts["repaired"]) == (0, None)


def test_a_journal_that_is_gone_is_said_to_be_gone(folder):
    """The checkpoint alone is no answer."""
    one(folder, "checkpoints/*.journal.jsonl").unlink()
    ended = look(folder)

    assert ended.code == 5
    assert "journal" in subjects(ended, "loss")


def test_an_older_journal_under_a_newer_checkpoint_is_found(folder):
    """A copy from before: every line is whole, and some are missing."""
    journal = one(folder, "checkpoints/*.journal.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: len(lines) // 2]))
    ended = look(folder)

    assert ended.code == 5
    assert "checkpoint" in subjects(ended, "loss")


def test_no_session_is_exit_two(tmp_path):
    """The message names what there is instead."""
    ended = robasync("fsck", "-s", "nothing", cwd=tmp_path)

    assert ended.code == 2
    assert "Checkpoint file not found: nothing" in ended.err


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 5000, b"[]", b'{"crc":"00000000"}\n' * 3, bytes(range(256))]
)
def test_no_content_brings_it_down(folder, content):
    """Whatever stands in any file of the session, the command ends with a report."""
    one(folder / "checkpoints", "*.index").write_bytes(content)
    assert look(folder).code == 0

    for pattern in ("*.checkpoint.json", "backups/*.json", "*.journal.jsonl"):
        one(folder / "checkpoints", pattern).write_bytes(content)
        assert look(folder).code in (2, 5)


def test_a_session_that_runs_is_read_and_left_alone(tmp_path, server):
    """Its writer is named, nothing that is ordinary in a run counts as damage, and the run ends well."""
    reports.write(tmp_path / "in", 4)
    settings(tmp_path, server.url)
    server.change(first={"none": 2, "hang": 2})
    before = server.counts["requests"]
    command = Command(*RUN, "-w", 1, cwd=tmp_path)
    server.wait(before + 3)
    ended = robasync(*FSCK, cwd=tmp_path)
    server.change(first={})
    command.kill()
    command.end()

    assert ended.code == 0
    assert f"process {command.process.pid} on " in ended.facts["writer"]
    assert ended.facts["looked_at"]["assessed"] == 2

    killed = robasync(*FSCK, cwd=tmp_path)
    assert (killed.code, killed.facts["writer"]) == (0, None)
    assert robasync("resume", "-c", "settings.json", cwd=tmp_path).code == 0
    assert robasync(*FSCK, cwd=tmp_path).code == 0


def test_an_encrypted_session_needs_its_key_for_all_but_the_heads(tmp_path, server):
    """Without the key the command says what it has not seen, and finds a flipped byte all the same."""
    reports.write(tmp_path / "in", 3)
    (tmp_path / "key").write_text("ab" * 32)
    system = {"encryption": True, "encryption_key": "file:key"}
    settings(tmp_path, server.url, checkpoint_system=system)
    assert robasync(*RUN, cwd=tmp_path).code == 0
    assert look(tmp_path).code == 0
    assert look(tmp_path).facts["looked_at"]["assessed"] == 3

    (tmp_path / "key").unlink()
    settings(tmp_path, server.url)
    ended = look(tmp_path)
    assert ended.code == 0
    assert json.dumps(ended.facts["not_looked_at"]).count("encrypted") >= 1

    journal = one(tmp_path, "checkpoints/*.journal.jsonl")
    flip(journal, journal.stat().st_size // 2)
    assert look(tmp_path).code == 5
