"""``robasync checkpoints`` and ``cleanup`` as people use them, and the examples of docs/checkpoints.md."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from robasync.store import codec
from robasync.store.files import DiskFiles
from robasync.store.lock import held
from tests import reports
from tests.acceptance.harness import ROOT, Ended, robasync
from tests.stores import TIME, outcome, place_in, session_in, write_checkpoint

DONE, OPEN, OLD = (f"rob_session_2024120{day}_143022" for day in (3, 2, 1))
DOCS = ROOT / "docs" / "checkpoints.md"
GUIDE = ROOT.parent / "shared" / "guide" / "checkpoint_resume_guide.md"
DAY = 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with three sessions: a finished one, an unfinished one and an old finished one."""
    checkpoints = tmp_path / "checkpoints"
    session_in(checkpoints, OLD, "a", "b")
    session_in(checkpoints, OPEN, "a")
    session_in(checkpoints, DONE, "a", "b")

    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """Run three reports through the baseline, once; give the folder."""
    folder = tmp_path_factory.mktemp("finished")
    reports.write(folder / "in", 3)
    assert robasync("run", "-i", "in", "-o", "out", cwd=folder).code == 0

    return folder


def rotated(folder: Path, session: str, sequence: int) -> Path:
    """Write a rotated copy of the session's checkpoint."""
    name = f"{session}.checkpoint_20241201_150000_{sequence:012}.json"

    return write_checkpoint(
        place_in(folder / "checkpoints", session), folder / "checkpoints" / "backups" / name
    )


def checkpoints(folder: Path, *arguments: object) -> Ended:
    return robasync("checkpoints", *arguments, cwd=folder)


def cleanup(folder: Path, *arguments: object) -> Ended:
    return robasync("cleanup", "--checkpoints", *arguments, cwd=folder)


def names(folder: Path) -> set[str]:
    """Return the files below a folder but locks."""
    return {path.name for path in folder.rglob("*") if path.is_file() and ".lock" not in path.name}


def files_of(session: str) -> set[str]:
    return {f"{session}.checkpoint.json", f"{session}.journal.jsonl"}


def test_sessions_are_listed_newest_first(folder):
    """With start, progress, state, size and file; the one that is being written names its process."""
    with held(DiskFiles(), place_in(folder / "checkpoints", OLD)):
        listed = checkpoints(folder, "list", "--json")
        shown = checkpoints(folder, "list")

    assert (listed.code, shown.code) == (0, 0)
    assert [one["session"] for one in listed.facts] == [DONE, OPEN, OLD]
    assert [one["state"] for one in listed.facts] == ["completed", "unfinished", "being written"]
    assert f"process {os.getpid()} on " in listed.facts[2]["written_by"]
    assert listed.facts[1] == {
        "session": OPEN,
        "started": "2024-12-01T14:30:22.123456",
        "total": 2,
        "completed": 1,
        "failed": 0,
        "left": 1,
        "progress": 0.5,
        "state": "unfinished",
        "written_by": None,
        "bytes": sum((folder / "checkpoints" / name).stat().st_size for name in files_of(OPEN)),
        "file": f"checkpoints/{OPEN}.checkpoint.json",
        "problem": None,
    }
    titles, first, second, _ = shown.out.splitlines()
    assert titles.split() == ["SESSION", "STARTED", "PROGRESS", "STATE", "SIZE", "FILE"]
    assert first.split()[:6] == [DONE, "2024-12-01", "14:30:22", "2/2", "(100.0%)", "completed"]
    assert second.split()[3:6] == ["1/2", "(50.0%)", "unfinished"]


def test_the_journal_is_shown_where_it_is_ahead_or_alone(folder):
    """A checkpoint that a kill left behind, a damaged one and none at all tell nothing wrong."""
    place = place_in(folder / "checkpoints", OPEN)
    line = codec.encode(outcome("b"), 3, group=3, time=TIME)
    place.segment(1).write_bytes(place.segment(1).read_bytes() + line)
    place_in(folder / "checkpoints", OLD).checkpoint.unlink()
    place_in(folder / "checkpoints", DONE).checkpoint.write_text("{")
    listed = checkpoints(folder, "list", "--json").facts

    assert [one["state"] for one in listed] == ["completed"] * 3
    problems = {one["session"]: one["problem"] for one in listed}
    assert problems[OPEN] is None
    assert "resume rebuilds it" in problems[OLD]
    assert "not valid JSON" in problems[DONE]


def test_a_folder_without_sessions_says_how_to_begin(tmp_path):
    """Exit 0 for the list, 2 where a checkpoint was to be checked."""
    assert "robasync run -i FOLDER" in checkpoints(tmp_path, "list").out
    assert (checkpoints(tmp_path, "list", "--json").facts) == []
    assert checkpoints(tmp_path, "validate").code == 2
    assert names(tmp_path) == set()


def test_every_checkpoint_and_copy_is_validated(folder):
    """Exit 2 when one is invalid, whose name and reason are told; another session is not blamed."""
    good, bad = rotated(folder, DONE, 3), rotated(folder, OPEN, 2)
    (stray := folder / "checkpoints" / "backups" / "kept.json").write_bytes(good.read_bytes())
    assert checkpoints(folder, "validate").code == 0

    bad.write_bytes(bad.read_bytes().replace(b'"total_documents": 2', b'"total_documents": 3'))
    ended = checkpoints(folder, "validate", "-s", "all", "--json")
    assert ended.code == 2
    verdicts = {Path(one["file"]).name: one for one in ended.facts}
    assert len(verdicts) == 6
    assert [name for name, one in verdicts.items() if not one["valid"]] == [bad.name]
    assert "checksum" in verdicts[bad.name]["message"]
    assert verdicts[stray.name]["session"] == DONE
    assert verdicts[good.name]["message"] == "Checkpoint is valid"

    assert checkpoints(folder, "validate", "-s", DONE).code == 0
    ended = checkpoints(folder, "validate", "-s", OPEN)
    assert ended.code == 2
    assert re.search(rf"INVALID +backup .*{bad.name}: ", ended.out)


def test_a_backup_is_whole_and_named_as_rotated_copies_are(folder):
    """In the backups, or where -o says; also while the session is written."""
    own = place_in(folder / "checkpoints", DONE)

    with held(DiskFiles(), own):
        ended = checkpoints(folder, "backup", "-s", DONE, "--json")
        elsewhere = checkpoints(folder, "backup", "-s", DONE, "-o", "usb", "--json").facts["file"]

    path = folder / ended.facts["file"]
    assert path.parent == folder / "checkpoints" / "backups"
    assert re.fullmatch(rf"{DONE}\.checkpoint_\d{{8}}_\d{{6}}_000000000003\.json", path.name)
    assert path.read_bytes() == (folder / elsewhere).read_bytes() == own.checkpoint.read_bytes()
    assert elsewhere.startswith("usb/")


def test_a_damaged_checkpoint_is_not_copied(folder):
    """The message names the command that makes it whole."""
    place_in(folder / "checkpoints", DONE).checkpoint.write_text("{")
    ended = checkpoints(folder, "backup", "-s", DONE)

    assert ended.code == 2
    assert f"robasync resume -s {DONE}" in ended.err
    assert not (folder / "checkpoints" / "backups").exists()


def test_a_backup_is_put_back_and_the_journal_wins(folder):
    """The checkpoint before is kept; what the journal knows beyond the copy still counts."""
    place = place_in(folder / "checkpoints", OPEN)
    copy = rotated(folder, OPEN, 2)
    line = codec.encode(outcome("b"), 3, group=3, time=TIME)
    place.segment(1).write_bytes(place.segment(1).read_bytes() + line)
    newer = write_checkpoint(place).read_bytes()
    ended = checkpoints(folder, "restore", copy.name)

    assert ended.code == 0
    assert place.checkpoint.read_bytes() == copy.read_bytes()
    assert "The journal is newer and wins" in ended.out
    (kept,) = [path for path in copy.parent.iterdir() if path != copy]
    assert kept.read_bytes() == newer
    assert f"kept: checkpoints/backups/{kept.name}" in ended.out
    assert checkpoints(folder, "list", "--json").facts[1]["state"] == "completed"


def test_a_damaged_checkpoint_is_replaced_and_kept_out_of_the_way(folder):
    """Under a name that nothing takes for a checkpoint."""
    place, copy = place_in(folder / "checkpoints", DONE), rotated(folder, DONE, 3)
    place.checkpoint.write_text("{")
    ended = checkpoints(folder, "restore", copy, "--json")

    assert (ended.code, ended.facts["journal_is_newer"]) == (0, False)
    assert re.search(r"\.checkpoint\.json\.damaged-\d{8}_\d{6}$", ended.facts["replaced"])
    assert (folder / ended.facts["replaced"]).read_text() == "{"
    assert checkpoints(folder, "validate").code == 0


@pytest.mark.parametrize("case", ["another session", "damaged", "being written", "not there"])
def test_what_must_not_be_put_back_is_refused(folder, case):
    """Exit 2, the reason, and no file is changed."""
    copy, target = rotated(folder, DONE, 3), place_in(folder / "checkpoints", DONE)
    arguments = {
        "another session": ["restore", copy, "-s", OPEN],
        "damaged": ["restore", copy],
        "being written": ["restore", copy],
        "not there": ["restore", "nothing.json"],
    }
    reason = {
        "another session": f"another session, {DONE}, not of {OPEN}.\nPut it back there: robasync",
        "damaged": "is not valid JSON",
        "being written": f"is being written by process {os.getpid()}",
        "not there": "There is no file nothing.json",
    }

    if case == "damaged":
        copy.write_bytes(copy.read_bytes()[:-20])

    before = {path: path.read_bytes() for path in folder.rglob("*.json*")}

    if case == "being written":
        with held(DiskFiles(), target):
            ended = checkpoints(folder, *arguments[case])
    else:
        ended = checkpoints(folder, *arguments[case])

    assert ended.code == 2
    assert reason[case] in ended.err
    assert {path: path.read_bytes() for path in folder.rglob("*.json*")} == before


def test_finished_sessions_are_archived_with_all_their_files(folder):
    """Unfinished ones, and those being written, stay and are named; what is reused no more is said."""
    copy = rotated(folder, DONE, 3)

    with held(DiskFiles(), place_in(folder / "checkpoints", OLD)):
        ended = checkpoints(folder, "archive", "--completed")

    assert ended.code == 0
    assert names(folder / "archive") == files_of(DONE) | {copy.name}
    assert names(folder / "checkpoints") == files_of(OPEN) | files_of(OLD)
    assert f"Left: session {OPEN} is not finished: 1 of 2 studies are left" in ended.out
    assert f"Left: session {OLD} is being written by process {os.getpid()}" in ended.out
    assert "Answers of 1 session are no longer reused" in ended.out


def test_one_session_is_archived_and_an_unfinished_one_only_by_force(folder):
    """Refused with exit 2 before, and nothing is moved; the options exclude each other."""
    assert checkpoints(folder, "archive").code == 2
    assert checkpoints(folder, "archive", "-s", OPEN, "--completed").code == 2
    ended = checkpoints(folder, "archive", "-s", OPEN)
    assert ended.code == 2
    assert "--force" in ended.err
    assert files_of(OPEN) <= names(folder / "checkpoints")
    assert names(folder / "archive") == set()

    ended = checkpoints(folder, "archive", "-s", OPEN, "--force", "-o", "disk", "--json")
    assert ended.facts["archived"][0]["file"] == f"disk/{OPEN}.checkpoint.json"
    assert names(folder / "disk") == files_of(OPEN)
    assert files_of(OPEN) & names(folder / "checkpoints") == set()


def test_a_move_that_was_cut_short_is_finished_by_the_same_command(folder):
    """What a kill left of the journal is in the archive already, and cannot be mistaken for a session."""
    place = place_in(folder / "checkpoints", DONE)
    line = codec.encode(outcome("b"), 4, group=4, time=TIME)
    place.segment(2).write_bytes(line)
    assert checkpoints(folder, "archive", "-s", DONE).code == 0
    place.segment(2).write_bytes(line)
    assert checkpoints(folder, "list", "--json").facts[0]["state"] == "unreadable"
    assert checkpoints(folder, "archive", "-s", DONE).code == 0
    assert names(folder / "checkpoints") == files_of(OPEN) | files_of(OLD)


def test_clean_up_leaves_answers_and_unfinished_sessions(folder):
    """Only checkpoints of old finished sessions go, with rotated copies and what is left over."""
    old_copy, surplus = rotated(folder, OLD, 3), [rotated(folder, DONE, n) for n in range(10, 17)]
    own = folder / "checkpoints" / "backups" / "mine.json"
    own.write_bytes(old_copy.read_bytes())
    left_over = folder / "checkpoints" / "gone.checkpoint.tmp"
    left_over.write_text("x")
    os.utime(left_over, (left_over.stat().st_mtime - 2 * DAY,) * 2)
    before = names(folder)

    dry = cleanup(folder, "--keep", 1, "--dry-run", "--json")
    assert (dry.code, names(folder)) == (0, before)
    ended = cleanup(folder, "--keep", 1)
    gone = {f"{OLD}.checkpoint.json", old_copy.name, left_over.name, *(path.name for path in surplus[:2])}

    assert ended.code == 0
    assert before - names(folder) == gone
    assert {Path(path).name for one in dry.facts["removed"] for path in one["files"]} == gone
    assert f"Kept: session {DONE} is among the newest (--keep 1)" in ended.out
    assert f"Kept: session {OPEN} is not finished: 1 of 2 studies are left" in ended.out
    assert "Every answer is kept" in ended.out


def test_journals_go_only_when_that_is_said(folder):
    """Of finished sessions with --journals, of all but running ones with --force besides."""
    with held(DiskFiles(), place_in(folder / "checkpoints", OLD)):
        ended = cleanup(folder, "--keep", 0, "--journals")

    assert "Answers of 1 session are no longer reused." in ended.out
    assert f"Kept: session {OLD} is being written by process {os.getpid()}" in ended.out
    assert names(folder / "checkpoints") == files_of(OPEN) | files_of(OLD)

    facts = cleanup(folder, "--keep", 0, "--journals", "--force", "--json").facts
    assert sorted(facts["sessions_without_answers"]) == [OLD, OPEN]
    assert list((folder / "checkpoints").iterdir()) == []


def test_a_checkpoint_without_its_journal_is_all_there_is(folder):
    """So it stays."""
    place_in(folder / "checkpoints", OLD).segment(1).unlink()
    ended = cleanup(folder, "--keep", 0)

    assert f"Kept: session {OLD} has no journal" in ended.out
    assert place_in(folder / "checkpoints", OLD).checkpoint.exists()


def test_what_is_to_be_cleaned_up_must_be_said(folder):
    """Exit 2; nothing is removed."""
    before = names(folder)
    ended = robasync("cleanup", cwd=folder)

    assert (ended.code, names(folder)) == (2, before)
    assert "robasync cleanup --checkpoints --keep 5" in ended.err


def test_an_encrypted_session_is_managed_with_its_key_and_left_alone_without(tmp_path):
    """Without the key nobody can tell whether it is finished; with it, it works in the archive."""
    reports.write(tmp_path / "in", 2)
    (tmp_path / "key").write_text("ab" * 32)
    system = {"encryption": True, "encryption_key": "file:key"}
    (tmp_path / "settings.json").write_text(json.dumps({"checkpoint_system": system}))
    assert robasync("run", "-c", "settings.json", "-i", "in", "-o", "out", cwd=tmp_path).code == 0
    (tmp_path / "key").rename(tmp_path / "hidden")
    assert checkpoints(tmp_path, "list", "--json").facts[0]["state"] == "unreadable"
    assert "cannot be read" in cleanup(tmp_path, "--keep", 0).out
    assert checkpoints(tmp_path, "archive", "--completed", "--json").facts["archived"] == []
    assert checkpoints(tmp_path, "backup").code == 2

    (tmp_path / "hidden").rename(tmp_path / "key")
    copy = checkpoints(tmp_path, "backup", "--json").facts["file"]
    assert copy.endswith(".json.sealed")
    assert checkpoints(tmp_path, "restore", copy).code == 0
    assert checkpoints(tmp_path, "validate").code == 0
    (one,) = checkpoints(tmp_path, "archive", "--completed", "--json").facts["archived"]
    assert one["file"].endswith(".checkpoint.json.sealed")
    assert names(tmp_path / "checkpoints") == set()
    assert robasync("report", "-s", one["file"], cwd=tmp_path).code == 0


def test_the_examples_of_the_documentation(finished, tmp_path):
    """Each command of docs/checkpoints.md does its work, in the order in which they stand there."""
    folder = Path(shutil.copytree(finished, tmp_path / "copy"))
    session = next((folder / "checkpoints").glob("*.checkpoint.json")).name.partition(".")[0]
    text = DOCS.read_text(encoding="utf-8")
    examples = re.findall(r"^    (robasync .+)$", text, re.MULTILINE)
    assert len(examples) == 10

    for example in examples:
        copy = next((folder / "copies").glob("*.json")) if " FILE" in example else ""
        words = shlex.split(example.replace("SESSION", session).replace("FILE", str(copy)))
        ended = robasync(*words[1:], cwd=folder)
        assert ended.code == 0, f"{example}: {ended.err}"

    assert names(folder / "checkpoints") == set()
    program = textwrap.dedent("    from robasync" + text.partition("    from robasync")[2])
    shown = python(program, folder / "archive")
    assert shown.splitlines() == [f"{session} 100.0%", "(True, 'Checkpoint is valid')"]


@pytest.mark.skipif(not GUIDE.exists(), reason="the guide is not beside the repository")
def test_the_guides_usage_example(folder):
    """It runs unchanged on robasync's own manager."""
    _, _, rest = GUIDE.read_text(encoding="utf-8").partition("# Usage example\n")
    shown = python(f"from robasync import CheckpointManager\n{rest.partition('```')[0]}", folder)

    assert f"Session: {OPEN}\nProgress: 50.0%\nStarted: 2024-12-01 14:30:22.123456\n" in shown
    assert "Validation: Checkpoint is valid" in shown
    assert len(list((folder / "checkpoints").glob("*.checkpoint.json"))) == 3


def python(code: str, folder: Path) -> str:
    """Run a program in a folder and return what it prints."""
    (script := folder / "script.py").write_text(code)
    done = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

    return done.stdout
