"""Mending: into new files only, of everything that is whole, and usable as it stands."""

from __future__ import annotations

import errno

import pytest

from robasync.errors import StorageError
from robasync.findings import Subject
from robasync.model import Status
from robasync.store.fsck.check import check
from robasync.store.fsck.repair import repair
from robasync.store.opening import opened, read_only
from robasync.store.sealing import aes_gcm
from tests.stores import (
    QuickFiles,
    batch_started,
    intent,
    outcome,
    place_in,
    reply,
    started,
    write_groups,
)

FILES = QuickFiles()
GROUPS = (
    (started(2),),
    (batch_started(1, "a.txt", "b.txt"),),
    (intent(1),),
    (reply(1, raw=b"\xff\xfe"), outcome("a.txt")),
    (intent(2, "b.txt"),),
    (reply(2, "b.txt"), outcome("b.txt")),
)


class FullFiles(QuickFiles):
    """A disk that takes no more."""

    def write(self, handle: int, data: bytes) -> None:
        """See ``Files``."""
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def damaged(tmp_path):
    """Return a session whose fourth record (the first reply) is damaged, with a torn end."""
    place = place_in(tmp_path)
    write_groups(place, GROUPS)
    content = place.segment(1).read_bytes()
    lines = content.splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"cost":0.1', b'"cost":0.2')
    place.segment(1).write_bytes(b"".join(lines) + b'{"crc":"half')

    return place


def found(place):
    """Return what the check finds, by subject."""
    report = check(FILES, place, backup_folder=place.folder / "backups", derived=lambda session: ())

    return [(finding.subject, finding.message) for finding in report.findings]


def test_every_whole_record_is_copied_as_it_was_written(damaged):
    """Byte for byte, in order; what was damaged or torn is not."""
    before = damaged.segment(1).read_bytes()
    copy = repair(FILES, damaged)
    lines = before.splitlines(keepends=True)

    assert copy.folder.parent == damaged.folder
    assert copy.segment(1).read_bytes() == b"".join(lines[:3] + lines[4:-1])
    assert damaged.segment(1).read_bytes() == before
    assert not damaged.checkpoint.exists()


def test_the_copy_agrees_with_itself(damaged):
    """Journal, checkpoint and index fit together, and the torn end is gone."""
    copy = repair(FILES, damaged)

    assert (copy.checkpoint.exists(), copy.index.exists()) == (True, True)
    assert found(damaged)[0] == (Subject.CHECKPOINT, "there is none; the journal does not need it")
    assert found(copy) == []


def test_the_copy_can_be_gone_on_with(damaged):
    """It opens as a session does, and holds what the damaged one still holds."""
    copy = repair(FILES, damaged)

    with opened(FILES, copy) as session:
        assert session.session.status("a.txt") is Status.ASSESSED
        assert session.session.spent == read_only(FILES, damaged).spent
        assert session.torn == ()


def test_nothing_is_written_over(damaged):
    """A second copy gets a folder of its own."""
    first, second = repair(FILES, damaged), repair(FILES, damaged)

    assert first.folder != second.folder
    assert first.segment(1).read_bytes() == second.segment(1).read_bytes()


def test_a_full_disk_is_said(damaged):
    """In words, with the folder."""
    with pytest.raises(StorageError, match="repaired-1 cannot be written"):
        repair(FullFiles(), damaged)


def test_a_copy_of_an_encrypted_session_is_encrypted(tmp_path):
    """With the key all of it is written, sealed as the session is."""
    place = place_in(tmp_path)
    place = place.sealed(aes_gcm(bytes(32)), session=place.stem)
    place.folder.mkdir(exist_ok=True)
    place.segment(1).touch()
    copy = repair(FILES, place)

    assert copy.is_sealed
    assert not any(b'"session_id"' in path.read_bytes() for path in copy.folder.iterdir() if path.is_file())
