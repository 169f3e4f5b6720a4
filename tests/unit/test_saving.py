"""What is written, copied and removed around a checkpoint."""

from __future__ import annotations

import os

import pytest

from robasync.store import checkpoint
from robasync.store.backups import backups
from robasync.store.compression import Compression
from robasync.store.files import DiskFiles
from robasync.store.packing import PLAIN, unpack
from robasync.store.saving import OLD, Options, Saving
from robasync.store.triggers import LISTED, Reasons
from tests.stores import TIME, outcome, place_in, session_of, started

FILES = DiskFiles()
NOW = 1_733_060_000.0
NONE, GZIP = Compression.NONE, Compression.GZIP


def _saving(folder, **options) -> Saving:
    folder.mkdir(exist_ok=True)
    chosen = Options(**{"backup_folder": folder / "backups"} | options)

    return Saving(FILES, place_in(folder), chosen, clock=lambda: NOW)


def _view(*documents):
    return checkpoint.view(session_of(started(), *map(outcome, documents)), time=TIME, segments=["x"])


def _read(path) -> checkpoint.Checkpoint:
    content = unpack(path.read_bytes(), kind="checkpoint", seal=PLAIN, name=path.name)

    return checkpoint.parse(content, name=path.name)


def _file(path, *, age: float):
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    os.utime(path, (NOW - age, NOW - age))

    return path


def test_a_compressed_checkpoint_says_so_in_its_name_and_reads_back(tmp_path):
    """Compression is seen without opening the file."""
    saving = _saving(tmp_path, compression=GZIP)
    saving.write(_view("a"))

    assert saving.path.name == "rob_session_20241201_143022.checkpoint.json.gz"
    assert _read(saving.path).sequence == 2


@pytest.mark.parametrize(("first", "then"), [(NONE, GZIP), (GZIP, NONE)])
def test_a_session_has_one_checkpoint_however_it_is_packed(tmp_path, first, then):
    """When compression is switched on or off, the former file goes; not before the new one is there."""
    _saving(tmp_path, compression=first).write(_view("a"))
    saving = _saving(tmp_path, compression=then)
    saving.write(_view("a", "b"))

    assert place_in(tmp_path).checkpoints(FILES.names(tmp_path)) == [saving.path]
    assert _read(saving.path).sequence == 3


def test_backups_are_rotated_however_they_are_packed(tmp_path):
    """Compressed and plain copies are one row, in the order of the journal."""
    for sequence, compression in enumerate([NONE, GZIP, NONE, GZIP], start=1):
        saving = _saving(tmp_path, compression=compression, max_backups=3)
        saving.write(_view("a"))
        saving.back_up(sequence)

    found = backups(FILES, place_in(tmp_path), folder=tmp_path / "backups")
    assert [path.name.rpartition("_")[2] for path in found] == [
        "000000000004.json.gz",
        "000000000003.json",
        "000000000002.json.gz",
    ]
    assert [_read(path).sequence for path in found] == [2, 2, 2]


def test_only_temporary_files_that_nobody_can_be_writing_are_removed(tmp_path):
    """The own session's, which a kill left, and any over a day old; a younger one may be in the making."""
    saving, folders = _saving(tmp_path), (tmp_path, tmp_path / "backups")
    old = [_file(folder / "other.checkpoint.tmp", age=OLD + 1) for folder in folders]
    old += [_file(folder / f"{place_in(tmp_path).stem}.checkpoint.tmp", age=1) for folder in folders]
    kept = [
        _file(tmp_path / "other.checkpoint.tmp.checkpoint.tmp", age=OLD - 1),
        _file(tmp_path / "other.checkpoint.json", age=10 * OLD),
        _file(tmp_path / "other.journal.jsonl", age=10 * OLD),
        _file(tmp_path / "other.journal.jsonl.torn-100", age=10 * OLD),
        _file(tmp_path / "notes.tmp", age=10 * OLD),
    ]
    saving.clean_up()

    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)


def test_surplus_backups_are_those_of_the_own_session_beyond_the_number(tmp_path):
    """The newest by the journal stay, whatever the clock said; other copies are none of ours."""
    stem, folder = place_in(tmp_path).stem, tmp_path / "backups"
    own = [
        _file(folder / f"{stem}.checkpoint_2024010{5 - n}_000000_{n:012}.json", age=n) for n in range(1, 5)
    ]
    others = [
        _file(folder / "other.checkpoint_20240101_000000_000000000001.json", age=10 * OLD),
        _file(folder / f"{stem}.checkpoint_20240101_000000.json", age=10 * OLD),
        _file(folder / f"{stem}.checkpoint.backup.json", age=10 * OLD),
    ]
    _saving(tmp_path, max_backups=2).clean_up()

    assert [path.exists() for path in own] == [False, False, True, True]
    assert all(path.exists() for path in others)


def test_reasons_are_named_once_and_beyond_a_number_counted():
    """A burst of a million triggers costs a line, not a million words."""
    reasons = Reasons()
    assert not reasons
    named = [reasons.add(f"reason {number % 1_000}") for number in range(3_000)]
    words = reasons.take()

    assert sum(named) == LISTED
    assert words.startswith("reason 0, reason 1, ")
    assert words.endswith(f"reason {LISTED - 1}, {3 * (1_000 - LISTED)} more")
    assert (bool(reasons), reasons.take()) == (False, "")
