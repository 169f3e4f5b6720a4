"""Checkpoints as people set them, lose them, damage them and get them back."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from robasync.store.compression import best
from tests import reports
from tests.acceptance.books import read_checkpoint
from tests.acceptance.harness import COMMAND, Ended, outcomes, robasync

DOCUMENTS = 12

DAMAGE = {  # test_damage.py has every kind
    "truncated": lambda data: data[:-20],
    "foreign": lambda data: b'{"an": "other program"}',
}


def configured(folder: Path, **sections) -> None:
    """Write settings for the offline baseline: a session needs no server here."""
    (folder / "settings.json").write_text(json.dumps(sections))


def run(folder: Path, *arguments: object, **sections) -> Ended:
    """Assess a dozen made-up reports, one of which is empty and fails."""
    if not (folder / "in").exists():
        reports.write(folder / "in", DOCUMENTS - 1)
        (folder / "in" / "zempty.txt").write_text("")

    configured(folder, **sections)

    return robasync("run", "-c", "settings.json", "-i", "in", "-o", "out", *arguments, cwd=folder)


def resume(folder: Path, *arguments: object, **environment: str) -> Ended:
    return robasync("resume", "-c", "settings.json", *arguments, cwd=folder, **environment)


def logged(folder: Path, words: str) -> list[str]:
    """Return what follows ``words`` in the lines of the log file that hold them."""
    lines = (folder / "log.txt").read_text().splitlines()

    return [line.partition(words)[2] for line in lines if words in line]


def checkpoints(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checkpoints").glob("*.checkpoint.json*"))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return a folder with a finished session, its backups made every five documents."""
    folder = tmp_path_factory.mktemp("done")
    ended = run(folder, checkpoint_system={"backup_interval": 5})
    assert ended.code == 3, ended.err

    return folder


@pytest.fixture
def session(done, tmp_path):
    """Return a copy of the finished session that a test may damage."""
    return shutil.copytree(done, tmp_path / "session")


def backups(folder: Path) -> list[Path]:
    return sorted((folder / "checkpoints" / "backups").iterdir())


def checkpoint(folder: Path) -> Path:
    (path,) = (folder / "checkpoints").glob("*.checkpoint.json")

    return path


def test_every_trigger_is_logged_with_its_reason(tmp_path):
    """Interval, start and end of batches, errors, the end: each with why, in the log."""
    run(
        tmp_path, "--batch-size", 5, "--verbose", "--log-file", "log.txt", parallel={"checkpoint_interval": 4}
    )
    reasons = set(logged(tmp_path, "Checkpoint due: "))

    assert {"4 documents", "batch 1 starts", "batch 3 completed", "end of the run"} <= reasons
    assert "error in zempty.txt" in reasons
    assert any("end of the run" in line for line in logged(tmp_path, "Checkpoint written in "))


def test_triggers_can_be_switched_off(tmp_path):
    """What is left: before a batch starts, and at the end."""
    off = {"checkpoint_on_batch_complete": False, "checkpoint_on_error": False, "checkpoint_interval": 1_000}
    run(tmp_path, "--batch-size", 6, "--verbose", "--log-file", "log.txt", parallel=off)

    assert set(logged(tmp_path, "Checkpoint due: ")) == {"batch 1 starts", "batch 2 starts", "end of the run"}


def test_without_resume_enabled_one_checkpoint_is_written_and_the_journal_stays(tmp_path):
    """``enable_resume: false`` leaves the last one, and a session that can be resumed."""
    ended = run(tmp_path, "--verbose", "--log-file", "log.txt", processing={"enable_resume": False})

    assert len(logged(tmp_path, "Checkpoint written in ")) == 1, ended.err
    assert read_checkpoint(tmp_path).content["completed_documents"] == DOCUMENTS - 1
    assert resume(tmp_path).code == 3


def test_backups_go_where_and_as_often_as_they_are_told(tmp_path):
    """``backup_interval``, ``checkpoint_backup_dir``, ``max_checkpoint_backups``: in the guide's places."""
    run(
        tmp_path,
        checkpoint_system={"backup_interval": 5},
        paths={"checkpoint_backup_dir": "kept"},
        checkpoint_best_practices={"max_checkpoint_backups": 1},
    )
    assert not (tmp_path / "checkpoints" / "backups").exists()
    assert len(list((tmp_path / "kept").iterdir())) == 1

    run(tmp_path, "--new", checkpoint_system={"backup_interval": 5}, parallel={"max_checkpoint_backups": 0})
    assert not (tmp_path / "checkpoints" / "backups").exists()


def test_old_files_are_cleaned_up_unless_that_is_switched_off(session):
    """A temporary file over a day old goes, whoever's it is; a younger one may be in the making."""
    old, young = (session / "checkpoints" / f"{name}.checkpoint.tmp" for name in ("old", "young"))
    young.write_text("x")
    old.write_text("x")
    os.utime(old, (1, 1))

    configured(session, checkpoint_system={"auto_cleanup_old": False})
    resume(session)
    assert old.exists()

    configured(session, checkpoint_system={"auto_cleanup_old": True})
    resume(session)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_compressed_checkpoint_says_so_and_is_resumed_from(tmp_path):
    """The name tells how, a line says so, resume takes it by name, and it can be switched off again."""
    ended = run(tmp_path, checkpoint_system={"compression": True, "backup_interval": 5})
    (name,) = checkpoints(tmp_path)

    assert "Checkpoints are compressed" in ended.err
    assert name.endswith(f".checkpoint.json{best()}")
    assert all(path.name.endswith(f".json{best()}") for path in backups(tmp_path))
    resumed = resume(tmp_path, "-s", name)
    assert f"Loading checkpoint: {name}\n" in resumed.err
    assert "Checkpoint validated successfully" in resumed.err

    configured(tmp_path, checkpoint_system={"compression": False})
    assert "Checkpoint validated successfully" in resume(tmp_path).err
    assert checkpoints(tmp_path) == [name.removesuffix(best())]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_checkpoint_is_rebuilt_and_said_in_a_line(session, damage):
    """From the newest valid backup and the journal; nothing is assessed anew, nothing changes."""
    path, before = checkpoint(session), outcomes(session / "out")
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    ended = resume(session)
    said = [line for line in ended.err.splitlines() if "It was rebuilt from" in line]

    assert ended.code == 3
    assert len(said) == 1
    assert path.name in said[0]
    assert backups(session)[-1].name in said[0]
    assert "Traceback" not in ended.err
    assert outcomes(session / "out") == before
    assert read_checkpoint(session).content["completed_documents"] == DOCUMENTS - 1


def test_without_backups_the_journal_is_enough(session):
    """Damaged or missing: rebuilt, and said."""
    shutil.rmtree(session / "checkpoints" / "backups")
    path = checkpoint(session)

    for damage in (lambda: path.write_text("{"), path.unlink):
        damage()
        ended = resume(session)
        assert "It was rebuilt from the journal; no answer depends on it." in ended.err
        assert read_checkpoint(session).content["completed_documents"] == DOCUMENTS - 1


def test_manual_recovery_stops_with_commands_that_work(session):
    """Exit 2 in two lines; each of the two commands, typed as it stands there, helps."""
    path = checkpoint(session)
    configured(session, checkpoint_system={"recovery_mode": "manual"})
    path.write_bytes(path.read_bytes()[:-30])
    damaged = path.read_bytes()
    stopped = resume(session)
    message = [line for line in stopped.err.splitlines() if "Loading checkpoint" not in line]
    restore, rebuild = re.search(r"backup: (.*?)   Rebuild it from the journal: (.*)$", message[-1]).groups()

    assert stopped.code == 2
    assert len(message) == 2
    assert path.read_bytes() == damaged

    assert "Checkpoint validated successfully" in _typed(restore, session)
    path.write_bytes(damaged)
    assert "It was rebuilt from" in _typed(rebuild, session)
    assert resume(session).code == 3


def _typed(command: str, folder: Path) -> str:
    """Type a command into a shell, with the settings file added, and return what it says."""
    found = shlex.quote(str(COMMAND))
    line = re.sub(r"\brobasync (resume .*)", rf"{found} \1 -c settings.json", command)

    return subprocess.run(line, cwd=folder, shell=True, capture_output=True, text=True, check=False).stderr


def test_the_guides_validation_script_reads_every_checkpoint(done):
    """``python -m json.tool`` takes checkpoint and backups while they are not compressed."""
    for path in [checkpoint(done), *backups(done)]:
        subprocess.run([sys.executable, "-m", "json.tool", path], check=True, capture_output=True)
