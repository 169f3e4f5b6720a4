"""The one object under the store that touches files; platform differences live here only.

Every other module of ``store/`` takes a ``Files`` and calls nothing else, so that a
recording implementation sees each operation in the order in which the disk would.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

try:
    import fcntl
except ImportError:  # Windows has neither fcntl nor a stronger flush than fsync
    fcntl = None  # type: ignore[assignment]

_OPEN = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)
_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE of linux/falloc.h
_CANNOT_ALLOCATE = frozenset({errno.ENOSYS, errno.EOPNOTSUPP})


class Hold(Protocol):
    """A lock that is held. The system frees it when the process dies."""

    def release(self) -> None:
        """Let others have it."""


class Files(Protocol):
    """What the store asks of a file system. Every method may raise OSError."""

    def open(self, path: Path) -> int:
        """Return a handle that reads and appends; a missing file is created."""

    def write(self, handle: int, data: bytes) -> None:
        """Append all of ``data``; a short write is continued."""

    def sync(self, handle: int) -> None:
        """Return only when everything written through the handle is on the disk."""

    def forget(self, handle: int) -> None:
        """Read a synced file from the disk from now on, as far as the system allows that.

        A sync that failed leaves pages that can be read, but that no later sync writes.
        """

    def truncate(self, handle: int, size: int) -> None:
        """Cut the file to ``size`` bytes, and give back the space that was allocated beyond them."""

    def allocate(self, handle: int, size: int) -> bool:
        """Reserve space, so that the file can grow to ``size`` bytes whatever else fills the disk.

        Never changes the file's size. Returns False where that cannot be promised; then
        ``free`` is all there is to go by.
        """

    def close(self, handle: int) -> None:
        """Give the handle back."""

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer at the end of the file."""

    def size(self, path: Path) -> int:
        """Return the file's size in bytes."""

    def modified(self, path: Path) -> float:
        """Return when the file was last written to, in seconds since the epoch."""

    def rename(self, source: Path, target: Path) -> None:
        """Give ``source`` the name ``target``, replacing what has it, in one step."""

    def remove(self, path: Path) -> None:
        """Remove the file; a missing one is no error."""

    def names(self, folder: Path) -> list[str]:
        """Return the sorted names in ``folder``; none where the folder is missing."""

    def make_folder(self, folder: Path) -> None:
        """Create ``folder`` and its parents, durably."""

    def sync_folder(self, folder: Path) -> None:
        """Return only when names created, changed and removed in ``folder`` are on the disk."""

    def free(self, folder: Path) -> int:
        """Return the bytes that may still be written to the disk of ``folder``."""

    def lock(self, path: Path) -> Hold:
        """Take the lock file at ``path``, created if missing and left there afterwards.

        Raises BlockingIOError where another holds it, in this process or another.
        """


class DiskFiles:
    """The real disk: fdatasync and fallocate on Linux, F_FULLFSYNC on macOS, else fsync."""

    def open(self, path: Path) -> int:
        """See ``Files``."""
        return os.open(path, _OPEN, 0o644)

    def write(self, handle: int, data: bytes) -> None:
        """See ``Files``."""
        written = os.write(handle, data)

        while written < len(data):
            written += os.write(handle, memoryview(data)[written:])

    def sync(self, handle: int) -> None:
        """See ``Files``."""
        if _FULL_SYNC is not None:
            fcntl.fcntl(handle, _FULL_SYNC)
        elif hasattr(os, "fdatasync"):
            os.fdatasync(handle)
        else:
            os.fsync(handle)

    def forget(self, handle: int) -> None:
        """See ``Files``. macOS and Windows cannot."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)

    def truncate(self, handle: int, size: int) -> None:
        """See ``Files``."""
        os.ftruncate(handle, size)

    def allocate(self, handle: int, size: int) -> bool:
        """See ``Files``. Linux only: elsewhere allocating would have to change the size."""
        now = os.fstat(handle).st_size

        return size <= now or (sys.platform == "linux" and _reserve(handle, now, size - now))

    def close(self, handle: int) -> None:
        """See ``Files``."""
        os.close(handle)

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """See ``Files``."""
        with path.open("rb", buffering=0) as file:
            file.seek(offset)
            parts = []

            while length > 0 and (part := file.read(length)):
                parts.append(part)
                length -= len(part)

        return b"".join(parts)

    def size(self, path: Path) -> int:
        """See ``Files``."""
        return path.stat().st_size

    def modified(self, path: Path) -> float:
        """See ``Files``."""
        return path.stat().st_mtime

    def rename(self, source: Path, target: Path) -> None:
        """See ``Files``."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """See ``Files``."""
        path.unlink(missing_ok=True)

    def names(self, folder: Path) -> list[str]:
        """See ``Files``."""
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def make_folder(self, folder: Path) -> None:
        """See ``Files``."""
        if folder.is_dir():
            return

        self.make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        self.sync_folder(folder.parent)

    def sync_folder(self, folder: Path) -> None:
        """See ``Files``. Windows cannot open a folder; its names are journalled by NTFS."""
        if os.name == "nt":
            return

        handle = os.open(folder, os.O_RDONLY)

        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def free(self, folder: Path) -> int:
        """See ``Files``."""
        return shutil.disk_usage(folder).free

    def lock(self, path: Path) -> Hold:
        """See ``Files``."""
        lock = FileLock(path, blocking=False, thread_local=False)

        try:
            lock.acquire()
        except Timeout as error:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(path)) from error

        return lock


def _reserve(handle: int, offset: int, length: int) -> bool:
    """Allocate the stretch with fallocate(2), which the standard library does not have."""
    library = ctypes.CDLL(None, use_errno=True)
    # musl has the plain name only, and its offsets are of 64 bits everywhere.
    fallocate = getattr(library, "fallocate64", None) or library.fallocate
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)

    while fallocate(handle, _KEEP_SIZE, offset, length):
        number = ctypes.get_errno()

        if number in _CANNOT_ALLOCATE:
            return False

        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))

    return True
