"""What a damaged, foreign or missing checkpoint is replaced by, and what is said of it."""

from __future__ import annotations

import errno
import gzip
import os
import shutil

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robasync.errors import CheckpointError, LaterVersion
from robasync.records import Kind, Record
from robasync.store import checkpoint, codec, restoring
from robasync.store.files import DiskFiles
from robasync.store.opening import opened
from robasync.store.places import Place
from robasync.store.restoring import Recovery, durable
from robasync.store.saving import Options, Saving
from robasync.store.sealing import aes_gcm
from robasync.store.snapshots import replace_file
from tests.stores import TIME, QuickFiles, outcome, place_in, session_of, started, write_groups

FILES = DiskFiles()
ID = "rob_session_20241201_143022"


def _checkpoint(path, *documents, **changes) -> None:
    """Write a valid checkpoint after ``documents``; its place in the journal is one more than they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    session = session_of(started(**changes), *map(outcome, documents))
    view = checkpoint.view(session, time=TIME, segments=["x"])
    replace_file(
        QuickFiles(), path, checkpoint.encode(view), temporary=path.with_suffix(".t"), validate=False
    )


@pytest.fixture
def place(tmp_path) -> Place:
    """Return the place of a session with four records and a checkpoint at the third."""
    place = place_in(tmp_path / "checkpoints")
    write_groups(place, [[started()], [outcome("a")], [outcome("b")], [outcome("c")]])
    _checkpoint(place.checkpoint, "a", "b")

    return place


def test_a_file_that_is_larger_than_any_checkpoint_is_not_read(tmp_path):
    """It is named with its size; it may not even fit in memory."""
    huge = tmp_path / "huge.checkpoint.json"
    huge.touch()
    os.truncate(huge, 3_000_000_000)

    with pytest.raises(CheckpointError, match=r"huge\.checkpoint\.json is none: 3,000,000,000 bytes"):
        restoring.read(FILES, huge)


def _asking(folder, *, automatic=True):
    """Return what recovers, and the configurations it was asked with."""
    asked = []

    def recover(config):
        asked.append(config)

        return Recovery(backup_folder=folder, automatic=automatic)

    return recover, asked


def _hand_edited(data: bytes) -> bytes:
    return data.replace(b'"completed_documents": 2', b'"completed_documents": 3')


def _later_format(data: bytes) -> bytes:
    content = orjson.loads(data) | {"format_version": 99}

    return orjson.dumps(content | {"checksum": checkpoint.checksum(content)})


def _flipped(data: bytes) -> bytes:
    return data[:100] + bytes([data[100] ^ 1]) + data[101:]


DAMAGE = {
    "truncated": lambda data: data[:-20],
    "empty": lambda data: b"",
    "zeros": lambda data: bytes(len(data)),
    "flipped": _flipped,
    "hand-edited": _hand_edited,
    "no object": lambda data: b"[]",
    "a torn gzip": lambda data: gzip.compress(data)[:-9],
}


def test_a_whole_checkpoint_says_how_far_the_journal_was_durable(place):
    """Nobody is asked and nothing is said."""
    recover, asked = _asking(None)

    assert durable(FILES, place, recover=recover) == restoring.Durable(sequence=3)
    assert asked == []


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_checkpoint_gives_way_to_its_newest_valid_backup(place, damage):
    """Newest is what stands furthest in the journal; neither name nor age nor damaged ones count."""
    place.checkpoint.write_bytes(DAMAGE[damage](place.checkpoint.read_bytes()))
    folder = place.folder.parent / "elsewhere"
    _checkpoint(folder / "zzz_newest_by_name.json")
    _checkpoint(folder / "aaa.json", "a")
    _checkpoint(folder / "other session.json", *"abcdef", session_id="rob_session_20250101_000000")
    _checkpoint(folder / "broken.json", *"abcdefg")
    (folder / "broken.json").write_bytes((folder / "broken.json").read_bytes()[:-5])
    (folder / "notes.txt").write_text("mine")
    os.utime(folder / "aaa.json", (1, 1))
    recover, asked = _asking(folder)
    found = durable(FILES, place, recover=recover)

    assert found.sequence == 2
    assert place.checkpoint.name in found.said
    assert str(folder / "aaa.json") in found.said
    assert "no answer depends on it" in found.said
    assert len(found.said.splitlines()) == 1
    assert asked == [{"parallel": {"max_workers": 4}}]


def test_a_checkpoint_of_a_later_version_stops_before_anything_is_changed(place):
    """Its version is named; this one does not know what else that version changed."""
    later = _later_format(place.checkpoint.read_bytes())
    place.checkpoint.write_bytes(later)

    with pytest.raises(LaterVersion, match=r"was written by robasync \d.*\nResume with that version"):
        durable(FILES, place)

    assert place.checkpoint.read_bytes() == later
    place.checkpoint.write_bytes(later.replace(b"99", b"98"))
    assert "damaged" in durable(FILES, place).said


@pytest.mark.parametrize("damage", DAMAGE)
def test_without_a_backup_the_journal_alone_is_the_session(place, damage):
    """It opens whole, and one line says so."""
    place.checkpoint.write_bytes(DAMAGE[damage](place.checkpoint.read_bytes()))

    with opened(FILES, place) as found:
        assert found.session.completed == 3
        assert found.restored.endswith("It was rebuilt from the journal; no answer depends on it.")
        assert len(found.restored.splitlines()) == 1


def test_a_copy_beside_the_checkpoint_is_a_backup(place):
    """As the guide makes them: ``cp X.json X.backup.json``; compressed ones count too."""
    plain = place.folder / f"{place.stem}.backup.json"
    shutil.copy(place.checkpoint, plain)
    place.checkpoint.write_text("{")
    assert durable(FILES, place).sequence == 3

    packed = plain.with_name(f"{plain.name}.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert packed.name in durable(FILES, place).said


def test_a_backup_folder_that_cannot_be_read_keeps_no_session_shut(place):
    """What lies beside the checkpoint is looked at all the same; a folder named like a file is none."""

    class BarredFiles(DiskFiles):
        def names(self, folder):
            if folder.name == "barred":
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

            return super().names(folder)

    shutil.copy(place.checkpoint, place.folder / "copy.json")
    (place.folder / "folder.json").mkdir()
    place.checkpoint.write_text("{")
    recover, _ = _asking(place.folder / "barred")

    assert durable(BarredFiles(), place, recover=recover).sequence == 3


def test_a_missing_checkpoint_is_rebuilt_likewise(place):
    """From a backup where there is one, else from the journal."""
    shutil.copy(place.checkpoint, place.folder / "copy.json")
    place.checkpoint.unlink()
    found = durable(FILES, place)
    assert (found.sequence, "is missing" in found.said, "copy.json" in found.said) == (3, True, True)

    (place.folder / "copy.json").unlink()
    found = durable(FILES, place)
    assert found.sequence == 0
    assert found.said.endswith("It was rebuilt from the journal; no answer depends on it.")


def test_a_checkpoint_of_another_session_is_named_and_not_believed(place):
    """Copied over the own one by mistake, it says nothing about this journal."""
    _checkpoint(place.checkpoint, *"abcdefgh", session_id="rob_session_20250101_000000")
    found = durable(FILES, place)

    assert found.sequence == 0
    assert "belongs to another session, rob_session_20250101_000000" in found.said


@pytest.mark.parametrize(("plain", "packed"), [("ab", "abc"), ("abc", "ab")])
def test_of_two_packings_the_newer_checkpoint_counts(place, plain, packed):
    """A crash between writing the one and removing the other leaves both."""
    _checkpoint(place.checkpoint, *packed)
    place.packed(".gz").write_bytes(gzip.compress(place.checkpoint.read_bytes()))
    _checkpoint(place.checkpoint, *plain)

    assert durable(FILES, place).sequence == 4
    place.checkpoint.write_text("{")
    assert durable(FILES, place) == restoring.Durable(sequence=len(packed) + 1)


@pytest.mark.parametrize("damage", DAMAGE)
def test_manual_recovery_stops_with_the_choices_and_changes_nothing(place, damage):
    """Both ways out stand there as commands; the backup's one works as it is written."""
    folder = place.folder.parent / "my backups"
    _checkpoint(folder / "one.json", "a")
    place.checkpoint.write_bytes(DAMAGE[damage](place.checkpoint.read_bytes()))
    before = {path: path.read_bytes() for path in place.folder.iterdir()}
    recover, _ = _asking(folder, automatic=False)

    with pytest.raises(CheckpointError) as stopped, opened(FILES, place, recover=recover):
        pass

    message = str(stopped.value)
    assert len(message.splitlines()) == 2
    assert f"cp '{folder / 'one.json'}' {place.checkpoint}; robasync resume" in message
    assert f"RECOVERY_MODE=automatic robasync resume -s {place.checkpoint}" in message
    left = {path: path.read_bytes() for path in place.folder.iterdir() if path.suffix != ".lock"}
    assert left == before

    shutil.copy(folder / "one.json", place.checkpoint)
    assert durable(FILES, place, recover=recover) == restoring.Durable(sequence=2)


def test_manual_recovery_asks_only_where_there_is_a_choice(place):
    """A session that was killed before its first checkpoint has lost none."""
    recover, _ = _asking(place.folder / "backups", automatic=False)
    copy = place.folder / "backups" / "one.json"
    _checkpoint(copy, "a")
    place.checkpoint.unlink()

    with pytest.raises(CheckpointError, match=r"is missing.*\n.*cp "):
        durable(FILES, place, recover=recover)

    copy.unlink()
    assert durable(FILES, place, recover=recover).sequence == 0


def test_a_place_without_a_journal_has_nothing_to_restore(tmp_path):
    """A new session says nothing of a missing checkpoint."""
    assert durable(FILES, place_in(tmp_path / "new")) == restoring.Durable()


def test_a_backup_protects_the_end_of_the_journal_as_the_checkpoint_would(place):
    """Bad bytes before its place were acknowledged once: they are damage, and are not cut off."""
    segment = place.segment(1)
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-40])
    shutil.copy(place.checkpoint, place.folder / "copy.json")
    _checkpoint(place.folder / "newer.json", "a", "b", "c")
    place.checkpoint.write_text("{")

    with opened(FILES, place) as found:
        assert [damage.message for damage in found.damage] == ["record 4 is not readable"]
        assert found.torn == ()

    assert segment.read_bytes() == whole[:-40]


@settings(max_examples=200)
@given(st.data())
def test_any_bytes_in_place_of_a_checkpoint_do_no_harm(tmp_path_factory, data):
    """Flips, cuts and garbage end in the backup or in what was written, never in an error."""
    folder = tmp_path_factory.mktemp("any")
    place = place_in(folder)
    write_groups(place, [[started()], [outcome("a")]])
    _checkpoint(place.checkpoint, "a")
    whole = place.checkpoint.read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    garbage = data.draw(st.binary(max_size=40))
    place.checkpoint.write_bytes(whole[:at] + garbage + whole[data.draw(st.integers(at, len(whole))) :])
    found = durable(QuickFiles(), place)

    assert found.sequence in {0, 2}
    assert bool(found.said) == (found.sequence == 0)


def _encrypted(folder, key: bytes, *documents) -> Place:
    """Write the journal and the checkpoint of an encrypted session, and a backup of it."""
    place = place_in(folder).sealed(aes_gcm(key), session=ID)
    records = [started(), *map(outcome, documents)]
    lines = [codec.encode(one, n, group=n, time=TIME, seal=place.seal) for n, one in enumerate(records, 1)]
    folder.mkdir()
    place.segment(1).write_bytes(b"".join(lines))
    saving = Saving(FILES, place, Options(backup_folder=folder / "backups"))
    saving.write(checkpoint.view(session_of(*records), time=TIME, segments=["x"]))
    saving.back_up(len(records))

    return place


def test_an_encrypted_session_is_restored_with_its_key(tmp_path):
    """Checkpoint and backups are opened with the seal of the journal; nothing in clear is believed."""
    place = _encrypted(tmp_path / "checkpoints", b"k" * 32, "a", "b")
    recover, asked = _asking(place.folder / "backups")
    path = place.packed(".sealed")
    assert durable(FILES, place, recover=recover) == restoring.Durable(sequence=3)

    path.write_bytes(_flipped(path.read_bytes()))
    _checkpoint(place.folder / "in clear.json", *"abcdefg")
    found = durable(FILES, place, recover=recover)
    assert (found.sequence, ".json.sealed and the journal" in found.said) == (3, True)
    assert asked == [{"parallel": {"max_workers": 4}}]


def test_a_checkpoint_under_another_key_is_none(tmp_path):
    """It says nothing about a journal that this key opens."""
    place = _encrypted(tmp_path / "checkpoints", b"k" * 32, "a")
    other = _encrypted(tmp_path / "others", b"x" * 32, "a", "b")
    shutil.rmtree(place.folder / "backups")
    shutil.copy(other.packed(".sealed"), place.packed(".sealed"))

    assert durable(FILES, place).sequence == 0
    assert "another key" in durable(FILES, place).said


def test_a_forged_record_of_settings_is_passed_over(place):
    """A line with a good checksum may hold anything; the newest settings that are some count."""
    with place.segment(1).open("ab") as file:
        for sequence, body in enumerate([{"config": {"paths": {}}}, [], {"config": 3}, "x"], start=5):
            record = Record(Kind.SESSION_RESUMED, body)
            file.write(codec.encode(record, sequence, group=sequence, time=TIME))

    assert restoring.configuration(FILES, place) == {"paths": {}}
