"""Which session a run would repeat: found wherever both were moved, and refused where nobody can tell."""

from __future__ import annotations

from collections import Counter

import pytest

from robasync.app import precedent
from robasync.errors import CheckpointError, SessionUnfinished
from robasync.selection import Selection
from robasync.settings import load, snapshot
from robasync.store.catalogue import Catalogue
from robasync.store.folding import fold
from robasync.store.index import Index
from robasync.store.places import Place
from tests.stores import QuickFiles, outcome, session_in, started, write_groups

FILES = QuickFiles()
MANY = 3_000


class Measured(QuickFiles):
    """Counts the bytes that are read of each file."""

    def __init__(self) -> None:
        self.bytes_of = Counter()

    def read(self, path, offset, length):
        data = super().read(path, offset, length)
        self.bytes_of[path] += len(data)

        return data


def settings(folder, reports="in", **sections):
    """Return the settings of a run over ``reports``, with the state of ``folder``."""
    overrides = {
        "paths.input_folder": folder / reports,
        "paths.checkpoint_file": folder / "checkpoints" / "assessment.checkpoint.json",
        "paths.checkpoint_backup_dir": folder / "backups",
        **sections,
    }

    return load(overrides=overrides, environment=False)


def refuse(folder, fingerprint):
    catalogue = Catalogue(FILES, folder / "checkpoints")
    precedent.refuse(FILES, settings(folder), catalogue=catalogue, fingerprint=fingerprint)


def same(folder, files=FILES, **changes):
    """Return the id of the session of the same work, "" if there is none."""
    found = precedent.same_work(files, settings(folder, **changes), selection=Selection())

    return found.id if found else ""


def begin(folder, name, *documents, reports="in") -> Place:
    """Write the files of a session over ``reports``, of which so many documents are done."""
    (folder / reports).mkdir(exist_ok=True)

    for document in documents:
        (folder / reports / document).write_text("A trial")

    config = snapshot(settings(folder, reports))

    return session_in(folder / "checkpoints", name, *documents, config=config)


def test_an_unfinished_session_of_the_same_work_is_refused(tmp_path):
    """A finished one, or one of other work, is not."""
    session_in(tmp_path / "checkpoints", "done", "a", "b", fingerprint="same")
    session_in(tmp_path / "checkpoints", "other", "a", fingerprint="different")
    refuse(tmp_path, "same")

    session_in(tmp_path / "checkpoints", "open", "a", fingerprint="same")

    with pytest.raises(SessionUnfinished, match=r"Session open .* is not finished"):
        refuse(tmp_path, "same")


def test_an_unfinished_session_is_known_by_its_checkpoint_or_a_backup(tmp_path):
    """Its journal is lost: what it is about, and how far it is, is told all the same."""
    session_in(tmp_path / "checkpoints", "done", "a", "b", fingerprint="same").segment(1).unlink()
    refuse(tmp_path, "same")

    place = session_in(tmp_path / "checkpoints", "open", "a", fingerprint="same")
    place.segment(1).unlink()

    for _ in ("checkpoint", "backup"):
        refuse(tmp_path, "other")

        with pytest.raises(CheckpointError, match=r"journal of session open is missing: (?s:.)* resume -s"):
            refuse(tmp_path, "same")

        (tmp_path / "backups").mkdir(exist_ok=True)
        (tmp_path / "backups" / "open.json").write_bytes(place.checkpoint.read_bytes())
        place.checkpoint.write_text("{")


def test_nothing_is_begun_beside_a_session_that_nothing_tells_of(tmp_path):
    """Journal lost and checkpoint damaged: it may be the same work, and its answers are paid for."""
    place = begin(tmp_path, "lost", "a")
    place.segment(1).unlink()
    place.checkpoint.write_text("{")

    for deed in (lambda: refuse(tmp_path, "any"), lambda: same(tmp_path)):
        with pytest.raises(CheckpointError) as raised:
            deed()

        said = str(raised.value).splitlines()
        assert len(said) == 2
        assert place.segment(1).name in said[0]
        assert f"{place.checkpoint.name} is not a checkpoint" in said[0]
        assert "--new" in said[1]


def test_a_folder_that_was_moved_is_the_same_one(tmp_path):
    """Where the old one is gone and its documents lie in the new one; a mere namesake is another."""
    before, after = tmp_path / "one machine", tmp_path / "another"
    before.mkdir()
    begin(before, "moved", "a.txt", "b.txt")
    begin(before, "nothing", reports="empty")
    before.rename(after)
    assert same(after) == "moved"

    before.mkdir()
    (before / "in").mkdir()
    assert same(after) == ""

    (before / "in").rmdir()
    (after / "in").rename(after / "old")
    (after / "in").mkdir()
    (after / "in" / "c.txt").write_text("Another trial")
    assert same(after) == ""


def test_the_fingerprint_holds_the_way_from_the_checkpoints_to_the_reports(tmp_path):
    """Moved together it stays; another folder beside it has another one."""
    found = [
        precedent._way(tmp_path / place / reports, tmp_path / place / "checkpoints")
        for place, reports in (("a", "in"), ("b", "in"), ("b", "other"))
    ]

    assert found[0] == found[1] != found[2]


def test_settings_that_a_call_depends_on_make_another_work(tmp_path):
    """Those that only run things do not."""
    begin(tmp_path, "one", "a.txt")

    assert same(tmp_path, **{"parallel.max_workers": 7}) == "one"
    assert same(tmp_path, **{"rob_framework.outcome": "death"}) == ""


def test_no_outcome_is_read_to_know_what_a_session_is_about(tmp_path):
    """With an index the ends of both are all that is read of them, however many documents there are."""
    place = begin(tmp_path, "long", "a.txt")
    config = snapshot(settings(tmp_path))
    first = started(MANY, session_id="long", config=config)
    write_groups(place, [[first], *([outcome(f"{number}.txt")] for number in range(MANY))])
    folded = fold(FILES, place)
    Index(FILES, place, session=folded.session, keys=folded.keys, damage=()).image()()
    files = Measured()

    assert same(tmp_path, files) == "long"

    for path in (place.segment(1), place.index):
        assert files.bytes_of[path] < path.stat().st_size / 2
