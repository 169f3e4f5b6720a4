"""The real disk: space that is set aside, and locks that the system keeps."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from robasync.store.files import DiskFiles

FILES = DiskFiles()
resource = pytest.importorskip("resource")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fallocate is Linux's")


def test_allocating_takes_space_and_leaves_the_size(tmp_path):
    """The file has the blocks of what it may become, and the bytes of what it is."""
    path = tmp_path / "a"
    handle = FILES.open(path)
    FILES.write(handle, b"abc")

    if not FILES.allocate(handle, 1_000_000):
        pytest.skip("this file system cannot allocate")

    assert (FILES.size(path), FILES.read(path, 0, 10)) == (3, b"abc")
    assert path.stat().st_blocks * 512 >= 1_000_000

    FILES.write(handle, b"def")
    assert FILES.read(path, 0, 10) == b"abcdef"

    FILES.truncate(handle, 6)
    assert path.stat().st_blocks * 512 < 100_000
    FILES.close(handle)


def test_allocating_what_is_there_already_is_no_work(tmp_path):
    """A file that is as large as asked for is left alone, even through a handle that cannot write."""
    path = tmp_path / "a"
    path.write_bytes(b"abcdef")

    with path.open("rb") as file:
        assert FILES.allocate(file.fileno(), 6)


def test_more_space_than_any_disk_has_is_an_error(tmp_path):
    """ENOSPC, or EFBIG where the file could not even be that large."""
    handle = FILES.open(tmp_path / "a")

    with pytest.raises(OSError) as raised:
        FILES.allocate(handle, 1 << 62)

    assert raised.value.errno in {errno.ENOSPC, errno.EFBIG}
    FILES.close(handle)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs a file that cannot allocate")
def test_a_file_system_that_cannot_allocate_says_so():
    """False, not an error: the caller looks at the free space instead."""
    with Path("/proc/self/comm").open("r+b", buffering=0) as file:
        assert not FILES.allocate(file.fileno(), 1_000_000)


def test_a_short_write_is_continued_until_the_error(tmp_path):
    """The system takes what fits and says how much; the rest is tried, and its error is told."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handle = FILES.open(tmp_path / "a")
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))

    try:
        with pytest.raises(OSError) as raised:
            FILES.write(handle, b"x" * 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert (raised.value.errno, FILES.size(tmp_path / "a")) == (errno.EFBIG, 10)
    FILES.close(handle)


def test_what_was_synced_is_read_from_the_disk(tmp_path):
    """Forgetting the page cache loses nothing that is on the disk."""
    handle = FILES.open(tmp_path / "a")
    FILES.write(handle, b"x" * 10_000)
    FILES.sync(handle)
    FILES.forget(handle)
    FILES.close(handle)

    assert FILES.read(tmp_path / "a", 0, 20_000) == b"x" * 10_000


def test_a_lock_has_one_holder(tmp_path):
    """Also within one process; when it is released the next may have it."""
    hold = FILES.lock(tmp_path / "lock")

    with pytest.raises(BlockingIOError):
        FILES.lock(tmp_path / "lock")

    hold.release()
    FILES.lock(tmp_path / "lock").release()
