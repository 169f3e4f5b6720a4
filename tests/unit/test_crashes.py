"""What a crash may leave of a disk: nothing that was synced is lost, and everything else may be."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from robasync.store.crashes import crashes, replay
from robasync.store.disk import Disk
from robasync.store.operations import Deed
from robasync.store.recording import Fault, RecordingFiles

HOME = Path("/disk")
A, B = HOME / "a", HOME / "b"


def _files(**options) -> RecordingFiles:
    files = RecordingFiles(**options)
    files.make_folder(HOME)

    return files


def _written(files: RecordingFiles, path: Path, data: bytes, *, synced: bool = True) -> int:
    handle = files.open(path)
    files.write(handle, data)

    if synced:
        files.sync(handle)
        files.sync_folder(HOME)

    return handle


def _left(files: RecordingFiles, path: Path = A, **options) -> set[bytes | None]:
    """Return what crashes leave under a path."""
    return {dict(disk.contents()).get(path) for disk in crashes(files.disk, **options)}


def test_what_was_synced_stays():
    """Content and name, and nothing else may be there."""
    files = _files()
    _written(files, A, b"certain")

    assert _left(files) == {b"certain"}


def test_a_synced_file_may_lose_its_name():
    """A sync of the file is none of its folder."""
    files = _files()
    files.sync(_written(files, A, b"content", synced=False))

    assert _left(files) == {b"content", None}


def test_a_synced_folder_may_hold_an_empty_file():
    """A sync of the folder is none of its files."""
    files = _files()
    _written(files, A, b"content", synced=False)
    files.sync_folder(HOME)

    flipped = b"con" + bytes([ord("t") ^ 16]) + b"ent"
    parts = {b"c", b"conten"}
    assert _left(files) == {b"", b"content", bytes(7), flipped} | parts | {
        part.ljust(7, b"\0") for part in parts
    }


def test_blocks_may_be_missing_in_any_place():
    """A later block may be there before an earlier one."""
    files = _files()
    _written(files, A, b"x" * 10)
    _written(files, A, b"y" * 20, synced=False)
    left = _left(files, block=8)

    assert b"x" * 10 + b"y" * 6 + bytes(8) + b"y" * 6 in left
    assert b"x" * 10 + bytes(6) + b"y" * 14 in left
    assert all(content.startswith(b"x" * 10) for content in left)


def test_writes_may_be_reordered_between_syncs():
    """Each of two writes may be there without the other; the hole reads as zeros."""
    files = _files()
    _written(files, A, b"")
    handle = files.open(A)
    files.write(handle, b"one")
    files.write(handle, b"two")

    assert {b"", b"one", b"onetwo", bytes(3) + b"two"} <= _left(files, bound=10_000)


def test_a_rename_is_lost_or_kept_as_one():
    """The old content or the new one has the name, and the new one is whole if it was synced."""
    files = _files()
    _written(files, A, b"old")
    _written(files, B, b"new")
    files.rename(B, A)

    assert {tuple(content for _, content in disk.contents()) for disk in crashes(files.disk)} == {
        (b"old", b"new"),
        (b"new",),
    }


def test_removed_and_cut_may_come_back():
    """Until the folder, or the file, was synced."""
    files = _files()
    handle = _written(files, A, b"content")
    files.truncate(handle, 3)
    assert _left(files) == {b"con", b"content"}

    files.remove(A)
    assert _left(files) == {b"con", b"content", None}

    files.sync_folder(HOME)
    assert _left(files) == {None}


def test_a_folder_without_its_name_takes_its_files_with_it():
    """Synced as they may be; ``make_folder`` therefore syncs the parent."""
    files = _files(faults=[Fault(at=n, error=errno.EIO, deeds=frozenset({Deed.SYNC_FOLDER})) for n in (4, 5)])

    with pytest.raises(OSError):
        files.make_folder(HOME / "deep")

    handle = files.open(HOME / "deep" / "a")
    files.write(handle, b"content")
    files.sync(handle)
    files.sync_folder(HOME / "deep")

    assert _left(files, HOME / "deep" / "a") == {b"content", None}


@pytest.mark.parametrize(("keeps", "left"), [(True, {b"content"}), (False, {b"", b"content"})])
def test_after_a_failed_sync_another_may_do_nothing(keeps, left):
    """The pages that a failed sync has dropped are read, but no later sync writes them."""
    fault = Fault(at=1, error=errno.EIO, lasting=True, deeds=frozenset({Deed.SYNC}), keeps=keeps)
    files = _files(faults=[fault])

    with pytest.raises(OSError):
        _written(files, A, b"content")

    files.sync_folder(HOME)
    again = RecordingFiles(files.disk)
    again.sync(again.open(A))

    assert again.read(A, 0, 10) == b"content"
    assert left <= _left(again)
    assert keeps == (_left(again) == {b"content"})


def test_a_failed_sync_shows_once_the_page_cache_is_forgotten():
    """The file has kept its size, and zeros where the dropped pages would have been."""
    fault = Fault(at=1, error=errno.EIO, lasting=True, deeds=frozenset({Deed.SYNC}))
    files = _files(faults=[fault])
    handle = files.open(A)
    files.write(handle, b"dropped")

    with pytest.raises(OSError):
        files.sync(handle)

    files.mend()
    files.write(handle, b"written")
    files.sync(handle)
    assert files.read(A, 0, 20) == b"droppedwritten"

    files.forget(handle)
    assert files.read(A, 0, 20) == bytes(7) + b"written"


def test_many_changes_are_bounded():
    """The extremes are always among them, and each change by itself."""
    files = _files()
    handle = _written(files, A, b"")

    for number in range(8):
        files.write(handle, b"%d" % number * 40)

    left = _left(files, bound=300)
    whole = b"".join(b"%d" % number * 40 for number in range(8))
    assert {whole, b"", whole[:-40], bytes(40) + whole[40:], whole[:40]} <= left
    assert 200 < len(left) <= 300


def test_a_log_can_be_replayed():
    """The disks after each operation follow from the first disk and the log alone."""
    files = _files(faults=[Fault(at=9, error=errno.ENOSPC, part=0.5)])
    handle = _written(files, A, b"one")
    files.allocate(handle, 1_000)
    files.names(HOME)

    with pytest.raises(OSError):
        files.write(handle, b"half of it")

    *_, (last, disk) = replay(files.start, files.log)
    assert str(last) == "write a, 5 bytes: ENOSPC"
    assert disk == files.disk
    assert list(disk.contents()) == [(A, b"onehalf ")]
    assert files.start == Disk()


def test_a_full_disk_takes_what_fits():
    """Space that was allocated is there, whatever else was written meanwhile."""
    files = _files(capacity=100)
    handle = _written(files, A, b"x" * 10)
    files.allocate(handle, 60)
    assert files.free(HOME) == 40

    with pytest.raises(OSError, match="No space"):
        _written(files, B, b"y" * 50)

    assert (files.size(B), files.free(HOME)) == (40, 0)
    files.write(handle, b"x" * 50)

    with pytest.raises(OSError, match="No space"):
        files.allocate(handle, 61)
