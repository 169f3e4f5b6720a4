"""A session that is moved to another folder: whole in one of the two whatever happens meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from robasync.errors import UsageError
from robasync.store import codec
from robasync.store.copies import copies
from robasync.store.moving import is_moved, move
from robasync.store.opening import read_only
from robasync.store.places import Place
from robasync.store.restoring import newest_backup
from tests.stores import TIME, QuickFiles, outcome, place_in, session_in, write_checkpoint

ID = "rob_session_20241201_143022"
FILES = QuickFiles()


class Killed(BaseException):
    """The process ended here."""


class MortalFiles(QuickFiles):
    """The disk of a process that is killed before its change number ``life``, or half way through a write."""

    def __init__(self, life: int) -> None:
        self.life = life

    def write(self, handle: int, data: bytes) -> None:
        """See ``Files``."""
        if self.life == 1:
            super().write(handle, data[: len(data) // 2])

        self._live()
        super().write(handle, data)

    def rename(self, source: Path, target: Path) -> None:
        """See ``Files``."""
        self._live()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        """See ``Files``."""
        self._live()
        super().remove(path)

    def _live(self) -> None:
        self.life -= 1

        if not self.life:
            raise Killed


def shelved(folder: Path) -> tuple[Place, Place, dict[str, bytes]]:
    """Return a session of three segments with a backup, where it is to go, and what must arrive there."""
    place = session_in(folder / "checkpoints", ID, "a")

    for number, name in enumerate("bc", start=2):
        line = codec.encode(outcome(name), number + 1, group=number + 1, time=TIME)
        place.segment(number).write_bytes(line)

    write_checkpoint(
        place, folder / "checkpoints" / "backups" / f"{ID}.checkpoint_20241201_143022_{3:012}.json"
    )
    (place.folder / f"{place.segment(1).name}.torn-100").write_bytes(b"half a line")
    place.index.write_bytes(b"index")
    place.lock.touch()

    return place, Place(folder / "archive" / f"{ID}.checkpoint.json"), contents(folder / "checkpoints")


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder but locks and temporary ones, by name."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".lock", ".tmp"}]

    return {path.name: path.read_bytes() for path in files}


def moved(files: QuickFiles, place: Place, target: Place) -> None:
    """Move the session with its backups."""
    found = copies(files, [place.folder / "backups", place.folder], [place])
    move(files, place, target, copies=[one.path for one in found])


def segments(place: Place) -> list[bytes]:
    """Return the journal's segments, as far as they are there."""
    return [place.segment(n).read_bytes() for n in place.segments(FILES.names(place.folder))]


def test_everything_of_a_session_is_moved(tmp_path):
    """Checkpoint, all segments, what was cut off, index and backups; not even the lock is left."""
    place, target, due = shelved(tmp_path)
    moved(FILES, place, target)

    assert contents(tmp_path / "archive") == due
    assert [path.name for path in place.folder.iterdir()] == ["backups"]
    assert read_only(FILES, target).completed == 3
    assert newest_backup(FILES, target, folder=None, session=ID) is not None


def test_copies_of_one_name_are_both_kept(tmp_path):
    """One lay beside the checkpoint, one among the backups."""
    place, target, _ = shelved(tmp_path)
    first = next((place.folder / "backups").iterdir())
    (place.folder / first.name).write_bytes(first.read_bytes() + b"\n")
    moved(FILES, place, target)

    assert len(list(target.folder.rglob(first.name))) == 2


def test_names_follow_the_session(tmp_path):
    """A checkpoint under a configured name lies in the archive under the session's id."""
    place = session_in(tmp_path / "checkpoints", ID, "a")
    own = Place(place.folder / "assessment.json")
    place.checkpoint.rename(own.checkpoint)
    place.segment(1).rename(own.segment(1))
    moved(FILES, own, target := Place(tmp_path / "archive" / f"{ID}.checkpoint.json"))

    assert sorted(contents(tmp_path / "archive")) == [target.checkpoint.name, target.segment(1).name]
    assert contents(place.folder) == {}


def test_a_kill_at_any_moment_leaves_it_whole_in_one_place(tmp_path):
    """Wherever a first segment lies, all of the journal does; moved again, everything arrives."""
    life, is_over = 0, False

    while not is_over:
        life += 1
        place, target, due = shelved(tmp_path / str(life))
        journal = segments(place)

        try:
            moved(MortalFiles(life), place, target)
            is_over = True
        except Killed:
            whole = [one for one in (place, target) if one.segment(1).exists()]
            assert whole, life
            assert all(segments(one) == journal for one in whole), life

        moved(FILES, place, target)
        assert contents(target.folder) == due, life
        assert contents(place.folder) == {}, life

    assert life > 20


def test_a_move_that_was_cut_short_is_told_from_one_that_was_not_begun(tmp_path):
    """What is left of it may be removed, whatever state it is in."""
    place, target, _ = shelved(tmp_path)
    assert not is_moved(FILES, place, target)

    journal = place.segment(2).read_bytes()
    moved(FILES, place, target)
    place.segment(2).write_bytes(journal)
    assert is_moved(FILES, place, target)

    place.segment(2).write_bytes(journal + journal)
    assert not is_moved(FILES, place, target)


@pytest.mark.parametrize("more", [b"another line\n", None])
def test_a_journal_that_went_on_in_the_archive_is_not_overwritten(tmp_path, more):
    """Nor is another one: nothing is moved then, and the message names the way out."""
    place, target, due = shelved(tmp_path)
    target.folder.mkdir()
    there = target.segment(1)
    there.write_bytes(place.segment(1).read_bytes() + more if more else b"of another session\n")
    before = there.read_bytes()

    with pytest.raises(UsageError, match="-o FOLDER"):
        moved(FILES, place, target)

    assert (contents(place.folder), there.read_bytes()) == (due, before)


def test_copies_belong_to_the_session_that_they_name(tmp_path):
    """A rotated copy that is damaged goes by its name, any other by what it says; settings are none."""
    place, other = session_in(tmp_path, "one", "a"), session_in(tmp_path, "two", "a")
    backups = tmp_path / "backups"
    write_checkpoint(place, backups / "anything.json")
    write_checkpoint(other, backups / f"one.checkpoint_20241201_143022_{2:012}.json")
    (backups / f"one.checkpoint_20241201_143022_{3:012}.json").write_text("{")
    (tmp_path / "settings.json").write_text("{}")
    found = list(copies(FILES, [backups, tmp_path], [place, other]))

    assert {copy.path.name for copy in found if copy.is_of(place, "one")} == {
        "anything.json",
        f"one.checkpoint_20241201_143022_{3:012}.json",
    }
    assert [copy.session for copy in found if copy.is_of(other, "two")] == ["two"]
    assert len(found) == 3
    assert place_in(tmp_path, "one").checkpoint not in [copy.path for copy in found]
