"""A session on its way into the archive, on every disk that a power cut may leave meanwhile."""

from __future__ import annotations

from pathlib import Path

from robasync.store.crashes import crashes, replay
from robasync.store.disk import Disk
from robasync.store.moving import move
from robasync.store.places import Place
from robasync.store.recording import RecordingFiles

ID = "rob_session_20241201_143022"
FROM, TO = (Place(Path(f"/{folder}/{ID}.checkpoint.json")) for folder in ("checkpoints", "archive"))
BACKUP = Path(f"/checkpoints/backups/{ID}.checkpoint_20241201_143022_000000000003.json")
JOURNAL = {number: b"segment %d\n" % number * 20 for number in (1, 2, 3)}
BOUND = 30  # disks an operation, where there are more


def shelved() -> Disk:
    """Return a disk that holds a session of three segments, durably."""
    files = RecordingFiles()
    contents = {FROM.segment(number): data for number, data in JOURNAL.items()}

    for path, data in (contents | {FROM.checkpoint: b"{}", FROM.index: b"index", BACKUP: b"{}"}).items():
        files.make_folder(path.parent)
        handle = files.open(path)
        files.write(handle, data)
        files.sync(handle)
        files.close(handle)
        files.sync_folder(path.parent)

    return files.disk


def journal(disk: Disk, place: Place) -> dict[int, bytes]:
    """Return the segments at a place by number."""
    contents = dict(disk.contents())
    names = [path.name for path in contents if path.parent == place.folder]

    return {number: contents[place.segment(number)] for number in place.segments(names)}


def moved(disk: Disk) -> RecordingFiles:
    """Move the session on a disk; return what was done."""
    files = RecordingFiles(disk)
    move(files, FROM, TO, copies=[BACKUP] if BACKUP.name in files.names(BACKUP.parent) else [])

    return files


def test_a_power_cut_leaves_it_whole_in_one_place():
    """Wherever a first segment lies the whole journal does, and the same move again finishes."""
    seen: set[bytes] = set()
    course = moved(shelved())

    for operation, disk in replay(course.start, course.log):
        for left in crashes(disk, bound=BOUND):
            if left.digest in seen:
                continue

            seen.add(left.digest)
            journals = [found for place in (FROM, TO) if 1 in (found := journal(left, place))]
            assert journals, operation
            assert all(found == JOURNAL for found in journals), operation

            done = moved(left).disk
            assert journal(done, TO) == JOURNAL, operation
            assert journal(done, FROM) == {}, operation

    assert len(seen) > 100


def test_a_checkpoint_never_outlives_its_journal_where_it_was():
    """Else a resume there would begin the session anew from it, and pay again."""
    course = moved(shelved())

    for operation, disk in replay(course.start, course.log):
        for left in crashes(disk, bound=BOUND):
            names = {path for path, _ in left.contents()}
            assert FROM.segment(1) in names or FROM.checkpoint not in names, operation
