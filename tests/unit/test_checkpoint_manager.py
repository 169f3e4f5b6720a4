"""``robasync.CheckpointManager``: the guide's four methods, over sessions of ours and files of others."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from robasync import CheckpointManager
from robasync.store import packing
from robasync.store.files import DiskFiles
from robasync.store.lock import held
from robasync.store.packing import Packing
from robasync.store.places import Place
from robasync.store.sealing import aes_gcm, bound
from tests.stores import session_in

KEY = "5e" * 32
FILES = DiskFiles()


def guides(folder: Path, name: str, **changes: object) -> Path:
    """Write a checkpoint with the guide's fields only, as other programs do."""
    content = {
        "session_id": name,
        "start_time": "2024-12-01T14:30:22.123456",
        "total_documents": 150,
        "completed_documents": 150,
    }
    path = folder / f"{name}.checkpoint.json"
    path.write_text(json.dumps(content | changes))

    return path


def names(manager: CheckpointManager) -> list[str]:
    return [one["session_id"] for one in manager.list_checkpoints()]


def test_a_checkpoint_is_listed_with_the_guides_keys(tmp_path):
    """Their names, types and order are what scripts rely on."""
    path = guides(tmp_path, "one", completed_documents=75)

    assert CheckpointManager(str(tmp_path)).list_checkpoints() == [
        {
            "file": path,
            "session_id": "one",
            "start_time": datetime(2024, 12, 1, 14, 30, 22, 123456),
            "progress": 0.5,
            "total_documents": 150,
            "completed_documents": 75,
        }
    ]


def test_the_newest_start_comes_first(tmp_path):
    """Times with and without a zone stand in one list; the latest is the first of it."""
    guides(tmp_path, "old", start_time="2024-12-01T14:30:22")
    guides(tmp_path, "new", start_time="2024-12-03T14:30:22+01:00")
    guides(tmp_path, "middle", start_time="2024-12-02T14:30:22")
    manager = CheckpointManager(tmp_path)

    assert names(manager) == ["new", "middle", "old"]
    assert manager.find_latest_checkpoint()["session_id"] == "new"


def test_a_folder_that_is_missing_or_empty_has_no_checkpoint(tmp_path):
    """Nothing is created by looking."""
    manager = CheckpointManager(tmp_path / "checkpoints")

    assert (manager.list_checkpoints(), manager.find_latest_checkpoint()) == ([], None)
    manager.cleanup_old_checkpoints()
    assert not manager.checkpoint_dir.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        "\xff\xfe",
        '{"session_id": "x"}',
        '{"session_id": "x", "start_time": 5, "total_documents": 1, "completed_documents": 1}',
        '{"session_id": "x", "start_time": "soon", "total_documents": 1, "completed_documents": 1}',
        '{"session_id": "x", "start_time": "2024-12-01", "total_documents": "1", "completed_documents": 1}',
    ],
)
def test_a_damaged_file_is_left_out_and_stays(tmp_path, content):
    """Whatever it holds: the others are listed, and it is not removed."""
    damaged = tmp_path / "damaged.checkpoint.json"
    damaged.write_text(content, encoding="latin-1")
    guides(tmp_path, "whole")
    manager = CheckpointManager(tmp_path)

    assert "whole" in names(manager)
    manager.cleanup_old_checkpoints(keep_count=0)
    assert damaged.exists()
    assert manager.validate_checkpoint(damaged)[1]


def test_a_session_without_documents_divides_by_nothing(tmp_path):
    """Its progress is 0."""
    guides(tmp_path, "empty", total_documents=0, completed_documents=0)

    assert CheckpointManager(tmp_path).list_checkpoints()[0]["progress"] == 0.0


def test_packed_checkpoints_are_listed_as_far_as_they_can_be_read(tmp_path, monkeypatch):
    """Compressed ones always, encrypted ones with their key."""
    plain, other = session_in(tmp_path, "compressed", "a"), session_in(tmp_path, "sealed", "a")
    plain.packed(".gz").write_bytes(gzip.compress(plain.checkpoint.read_bytes()))
    seal = bound(aes_gcm(bytes.fromhex(KEY)), "sealed")
    sealed = Packing(session="sealed", seal=seal).close(other.checkpoint.read_bytes(), kind="checkpoint")
    other.packed(packing.SEALED).write_bytes(sealed)

    for place in (plain, other):
        place.checkpoint.unlink()
        place.segment(1).unlink()

    manager = CheckpointManager(tmp_path)
    assert names(manager) == ["compressed"]
    assert not manager.validate_checkpoint(other.packed(packing.SEALED))[0]

    monkeypatch.setenv("ROBASYNC_CHECKPOINT_SYSTEM__ENCRYPTION_KEY", KEY)
    assert sorted(names(manager)) == ["compressed", "sealed"]
    assert manager.validate_checkpoint(other.packed(packing.SEALED)) == (True, "Checkpoint is valid")


def test_old_checkpoints_of_finished_sessions_are_removed_and_said(tmp_path, caplog):
    """The newest stay, and of the others those that are unfinished; the journal holds the answers."""
    finished = session_in(tmp_path, "finished", "a", "b")
    open_one = session_in(tmp_path, "open", "a")
    paths = [guides(tmp_path, f"g{day}", start_time=f"2024-12-{day:02}T10:00:00") for day in range(5, 10)]

    with caplog.at_level(logging.INFO, "robasync"):
        CheckpointManager(tmp_path).cleanup_old_checkpoints(keep_count=3)

    assert [path.exists() for path in paths] == [False, False, True, True, True]
    assert not finished.checkpoint.exists()
    assert finished.segment(1).exists()
    assert open_one.checkpoint.exists()
    assert f"Removed old checkpoint: {paths[0]}" in caplog.text
    assert f"not finished: {open_one.checkpoint}" in caplog.text


def test_the_checkpoint_of_a_session_that_is_written_is_kept(tmp_path, capsys):
    """Nothing is printed either."""
    path = guides(tmp_path, "one")

    with held(FILES, Place(path)):
        CheckpointManager(tmp_path).cleanup_old_checkpoints(keep_count=0)

    assert path.exists()
    CheckpointManager(tmp_path).cleanup_old_checkpoints(keep_count=-1)
    assert not path.exists()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "valid", "message"),
    [
        (
            '{"session_id": "x", "start_time": "", "total_documents": 1, "completed_documents": 1}',
            True,
            "Checkpoint is valid",
        ),
        ('{"session_id": "x", "start_time": ""}', False, "Missing required field: total_documents"),
        ('{"a" 1}', False, "JSON decode error: Expecting ':' delimiter: line 1 column 6 (char 5)"),
        ("[]", False, "Validation error: the file holds no JSON object"),
    ],
)
def test_the_guides_verdicts(tmp_path, content, valid, message):
    """Word by word."""
    path = tmp_path / "x.json"
    path.write_text(content)

    assert CheckpointManager(tmp_path).validate_checkpoint(path) == (valid, message)


def test_a_changed_value_makes_a_checkpoint_of_ours_invalid(tmp_path):
    """Its checksum tells; a file that is not there is an error, not an exception."""
    path = session_in(tmp_path, "one", "a").checkpoint
    manager = CheckpointManager(tmp_path)
    assert manager.validate_checkpoint(path) == (True, "Checkpoint is valid")

    path.write_text(path.read_text().replace('"completed_documents": 1', '"completed_documents": 2'))
    assert manager.validate_checkpoint(str(path)) == (
        False,
        "Validation error: the file was changed or damaged after it was written",
    )
    assert manager.validate_checkpoint(tmp_path / "gone")[1].startswith("Validation error: ")


def test_it_loads_on_first_use():
    """Importing robasync alone loads neither it nor the settings nor the store."""
    code = (
        "import sys, robasync\n"
        "assert not [name for name in sys.modules if name.startswith('robasync.')]\n"
        "robasync.CheckpointManager\n"
        "assert 'robasync.app.checkpoints' in sys.modules\n"
        "assert not {'aiohttp', 'pymupdf'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONWARNINGS": "error"})

    with pytest.raises(ImportError):
        from robasync import NothingOfThatName  # noqa: F401
