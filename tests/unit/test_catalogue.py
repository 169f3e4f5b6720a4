"""Which session a name means, and what is said when it means none."""

from __future__ import annotations

import errno
import os
import shutil
from datetime import datetime

import pytest

from robasync.errors import SessionLocked, SessionNotFound, StorageError
from robasync.store import codec
from robasync.store.catalogue import Catalogue
from robasync.store.files import DiskFiles
from robasync.store.lock import held
from robasync.store.opening import opened, read_only
from robasync.store.places import Place
from robasync.store.restoring import newest
from tests.stores import QuickFiles, outcome, place_in, session_in, started, write_groups

FILES = QuickFiles()


def test_a_session_is_found_by_path_file_name_id_and_journal(tmp_path, monkeypatch):
    """Whatever of it a person names, it is the same session."""
    place = session_in(tmp_path / "checkpoints", "one", "a")
    session_in(tmp_path / "checkpoints", "two")
    monkeypatch.chdir(tmp_path)
    catalogue = Catalogue(FILES, place.folder.relative_to(tmp_path))
    names = [
        "one",
        "one.checkpoint.json",
        "one.journal.jsonl",
        "checkpoints/one.checkpoint.json",
        str(place.checkpoint),
    ]

    for name in names:
        assert catalogue.find(name).id == "one"

    assert catalogue.find("one").place.folder.samefile(place.folder)


def test_the_newest_session_is_the_one_with_the_newest_record(tmp_path):
    """Not the one whose file was touched last."""
    old, new = session_in(tmp_path, "b_old"), session_in(tmp_path, "a_new")
    data = new.segment(1).read_bytes()
    write_later(new, data)
    os.utime(old.segment(1), (4e9, 4e9))

    assert [found.id for found in Catalogue(FILES, tmp_path).sessions()] == ["a_new", "b_old"]
    assert Catalogue(FILES, tmp_path).find().id == "a_new"


def write_later(place: Place, data: bytes) -> None:
    """Append a record of a later day, in a zone whose wall clock is behind."""
    line = codec.encode(outcome("z"), 2, group=2, time="2024-12-01T09:30:23.000000-05:00")
    place.segment(1).write_bytes(data + line)


@pytest.mark.parametrize("name", [None, "nothing.checkpoint.json", "nothing"])
def test_what_is_not_there_is_said_with_what_is(tmp_path, name):
    """The message names the file, the sessions that exist and the command to begin."""
    with pytest.raises(SessionNotFound, match=r"Checkpoint file not found: .*no session yet"):
        Catalogue(FILES, tmp_path / "empty").find(name)

    session_in(tmp_path, "one")

    if name:
        with pytest.raises(SessionNotFound, match=r"(?s)sessions in .*: one.*robasync run"):
            Catalogue(FILES, tmp_path).find(name)


def test_a_missing_checkpoint_is_no_hindrance(tmp_path):
    """The journal is the session."""
    place = session_in(tmp_path, "one", "a")
    place.checkpoint.unlink()
    found = Catalogue(FILES, tmp_path).find("one.checkpoint.json")

    assert (found.has_journal, found.checkpoint, found.sequence) == (True, None, 2)


def test_a_copied_or_renamed_checkpoint_leads_to_its_journal(tmp_path):
    """By the recorded relative path, else by the id in the folder; the session's own place is used."""
    place = session_in(tmp_path / "checkpoints", "one", "a")
    copy = tmp_path / "elsewhere.json"
    renamed = place.folder / "renamed.checkpoint.json"
    shutil.copy(place.checkpoint, copy)
    place.checkpoint.rename(renamed)

    for path in (copy, renamed):
        found = Catalogue(FILES, place.folder).find(str(path))
        assert (found.has_journal, found.place.segment(1)) == (True, place.segment(1))


def test_a_damaged_checkpoint_says_why_it_cannot_be_used(tmp_path):
    """Where there is a journal it opens all the same."""
    place = session_in(tmp_path, "one", "a")
    place.checkpoint.write_text("{")
    assert "not valid JSON" in _problem(place)

    place.segment(1).unlink()
    found = Catalogue(FILES, tmp_path).find("one")
    assert (found.has_journal, "not valid JSON" in found.problem) == (False, True)


def test_two_sessions_of_one_second_have_two_ids(tmp_path):
    """The second one gets _2, the third _3."""
    now = datetime(2024, 12, 1, 14, 30, 22)
    catalogue = Catalogue(FILES, tmp_path)
    ids = []

    for _ in range(3):
        ids.append(catalogue.new_id(now))
        session_in(tmp_path, ids[-1])

    first = "rob_session_20241201_143022"
    assert ids == [first, f"{first}_2", f"{first}_3"]


def test_another_session_makes_way_for_a_configured_path(tmp_path):
    """Its files are renamed, and it stays findable by its id."""
    place = place_in(tmp_path, "assessment")
    write_groups(place, [[started(session_id="old")], [outcome("a")]])
    catalogue = Catalogue(FILES, tmp_path)

    assert catalogue.make_way(place, session="old") is None
    assert catalogue.make_way(place, session="new") is not None
    assert not place.segment(1).exists()
    assert catalogue.find("old").sequence == 2
    assert catalogue.make_way(place, session="new") is None


def test_a_checkpoint_under_a_configured_name_is_the_sessions_own(tmp_path):
    """The guide's ``checkpoints/assessment.json`` has its journal beside it."""
    place = Place(tmp_path / "assessment.json")
    write_groups(place, [[started(session_id="one")]])
    place.checkpoint.write_text("{}")

    assert place.segment(1).name == "assessment.journal.jsonl"
    assert Catalogue(FILES, tmp_path).find("one").place == place


def test_a_copy_leads_to_the_checkpoint_under_its_configured_name(tmp_path):
    """Also from another folder's catalogue: no second checkpoint is begun under the usual name."""
    own, copy = tmp_path / "one.json", tmp_path / "copy.json"
    shutil.copy(session_in(tmp_path, "one", "a").checkpoint.rename(own), copy)

    assert Catalogue(FILES, tmp_path / "checkpoints").find(str(copy)).place.checkpoint == own


def test_a_session_has_one_writer(tmp_path):
    """The second one is told who holds it."""
    place = session_in(tmp_path, "one")

    with held(DiskFiles(), place):
        with pytest.raises(SessionLocked, match=rf"process {os.getpid()} on "), opened(FILES, place):
            pass

        assert read_only(FILES, place).id == "one"

    with opened(FILES, place) as found:
        assert found.session.id == "one"


def test_a_lock_leaves_nothing_behind_and_can_be_taken_again(tmp_path):
    """Also where the work under it failed."""
    place = place_in(tmp_path)

    for _ in range(2):
        with pytest.raises(KeyError), held(FILES, place):
            raise KeyError

    assert not list(tmp_path.glob("*.holder"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """With what to do about it."""

    class ReadOnlyFiles(QuickFiles):
        def make_folder(self, folder):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with (
        pytest.raises(StorageError, match="Read-only file system"),
        opened(ReadOnlyFiles(), place_in(tmp_path)),
    ):
        pass


def test_a_new_place_opens_as_an_emptysession_in(tmp_path):
    """A new session and a continued one begin the same way."""
    with opened(FILES, place_in(tmp_path / "new" / "folder")) as found:
        assert (found.session.id, found.tail.next_sequence, found.restored) == ("", 1, "")


def _problem(place: Place) -> str:
    with opened(FILES, place) as found:
        return found.restored


def test_a_checkpoint_reads_back(tmp_path):
    """What was written is what is read."""
    assert newest(FILES, session_in(tmp_path, "one", "a")).sequence == 2
