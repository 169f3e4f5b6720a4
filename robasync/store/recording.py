"""A disk in memory that implements ``Files``: it keeps a log of what was asked of it, and fails on request.

Paths are ordinary ones and never touch the real disk. What a crash may leave of it is in
``crashes``; a process that was killed leaves ``disk`` itself, page cache and all.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from robasync.store.disk import Disk
from robasync.store.inodes import FOLDER, File
from robasync.store.operations import Deed, Operation

CAPACITY = 1 << 40  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A disk that fails with the errno ``error`` at operation ``at``, counted from 1.

    ``lasting`` means at every operation from there on; in either case only at those in
    ``deeds``. A write that fails leaves ``part`` of its bytes in the page cache; a sync that
    fails drops the dirty pages, as Linux does, unless it ``keeps`` them.
    """

    at: int
    error: int
    lasting: bool = False
    deeds: frozenset[Deed] = frozenset(Deed)
    part: float = 0.0
    keeps: bool = False

    def strikes(self, number: int, deed: Deed) -> bool:
        """Return whether operation ``number`` fails."""
        return deed in self.deeds and (number == self.at or (self.lasting and number > self.at))


class RecordingFiles:
    """Implements ``Files`` over a ``Disk``; may be used from several threads.

    ``log`` holds every operation, also those that failed; ``start`` is the disk before it.
    ``capacity`` is what fits onto the disk, in bytes.
    """

    def __init__(
        self, disk: Disk | None = None, *, faults: Sequence[Fault] = (), capacity: int = CAPACITY
    ) -> None:
        self.start = self.disk = disk or Disk()
        self.log: list[Operation] = []
        self._faults = faults
        self._capacity = capacity
        self._handles: dict[int, tuple[int, Path]] = {}
        self._last_handle = 0
        self._locked: set[Path] = set()
        self._mutex = RLock()

    def mend(self) -> None:
        """End all faults."""
        with self._mutex:
            self._faults = ()

    def open(self, path: Path) -> int:
        """See ``Files``."""
        with self._mutex:
            inode = self._create(Deed.OPEN, path)
            self._last_handle += 1
            self._handles[self._last_handle] = (inode, path)

            return self._last_handle

    def write(self, handle: int, data: bytes) -> None:
        """See ``Files``. A disk that becomes full takes as much as it can."""
        with self._mutex:
            operation = self._on(handle, Deed.WRITE)
            fault = self._fault(Deed.WRITE)
            taken = int(len(data) * fault.part) if fault else self._fitting(operation.inode, len(data))
            error = fault.error if fault else errno.ENOSPC if taken < len(data) else 0
            self._do(operation._replace(data=data[:taken], error=error))

    def sync(self, handle: int) -> None:
        """See ``Files``."""
        with self._mutex:
            operation = self._on(handle, Deed.SYNC)
            fault = self._fault(Deed.SYNC)
            self._do(operation._replace(keeps=fault.keeps, error=fault.error) if fault else operation)

    def forget(self, handle: int) -> None:
        """See ``Files``."""
        with self._mutex:
            self._try(self._on(handle, Deed.FORGET))

    def truncate(self, handle: int, size: int) -> None:
        """See ``Files``."""
        with self._mutex:
            self._try(self._on(handle, Deed.TRUNCATE)._replace(size=size))

    def allocate(self, handle: int, size: int) -> bool:
        """See ``Files``."""
        with self._mutex:
            operation = self._on(handle, Deed.ALLOCATE)._replace(size=size)
            growth = size - _taken(self.disk.files[operation.inode])
            self._try(operation, errno.ENOSPC if growth > self._free() else 0)

            return True

    def close(self, handle: int) -> None:
        """See ``Files``. As on Linux the handle is gone, also where closing fails."""
        with self._mutex:
            operation = self._on(handle, Deed.CLOSE)
            del self._handles[handle]
            self._try(operation)

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """See ``Files``."""
        with self._mutex:
            inode = self._look(Deed.READ, path)

            return self.disk.files[inode].content[offset : offset + length]

    def size(self, path: Path) -> int:
        """See ``Files``."""
        with self._mutex:
            return self.disk.files[self._look(Deed.SIZE, path)].size

    def modified(self, path: Path) -> float:
        """See ``Files``. There is no clock here: every file counts as long ago."""
        with self._mutex:
            self._look(Deed.SIZE, path)

            return 0.0

    def rename(self, source: Path, target: Path) -> None:
        """See ``Files``. Both names must be in one folder: the store does nothing else."""
        with self._mutex:
            error = errno.EXDEV if source.parent != target.parent else 0
            inode = self.disk.inode(source)
            operation = Operation(Deed.RENAME, source, inode or 0, target=target)
            self._try(operation, error or (0 if inode else errno.ENOENT))

    def remove(self, path: Path) -> None:
        """See ``Files``."""
        with self._mutex:
            self._try(Operation(Deed.REMOVE, path, self.disk.inode(path) or 0))

    def names(self, folder: Path) -> list[str]:
        """See ``Files``."""
        with self._mutex:
            self._try(Operation(Deed.NAMES, folder))
            known = self.disk.folders.get(folder)

            return sorted(known.names) if known else []

    def make_folder(self, folder: Path) -> None:
        """See ``Files``."""
        with self._mutex:
            if folder not in self.disk.folders:
                self.make_folder(folder.parent)
                self._try(Operation(Deed.MAKE_FOLDER, folder))
                self.sync_folder(folder.parent)

    def sync_folder(self, folder: Path) -> None:
        """See ``Files``."""
        with self._mutex:
            is_there = folder in self.disk.folders
            self._try(Operation(Deed.SYNC_FOLDER, folder), 0 if is_there else errno.ENOENT)

    def free(self, folder: Path) -> int:
        """See ``Files``."""
        with self._mutex:
            self._try(Operation(Deed.FREE, folder))

            return self._free()

    def lock(self, path: Path) -> Release:
        """See ``Files``."""
        with self._mutex:
            self._create(Deed.LOCK, path)

            if path in self._locked:
                raise _refusal(errno.EAGAIN, path)

            self._locked.add(path)

            return Release(self._locked, path)

    def _create(self, deed: Deed, path: Path) -> int:
        inode = self.disk.inode(path)
        error = errno.EISDIR if inode == FOLDER else 0 if path.parent in self.disk.folders else errno.ENOENT
        inode = inode or max(self.disk.files, default=FOLDER) + 1
        self._try(Operation(deed, path, inode), error)

        return inode

    def _look(self, deed: Deed, path: Path) -> int:
        inode = self.disk.inode(path)
        self._try(Operation(deed, path, inode or 0), 0 if inode else errno.ENOENT)

        return inode or 0

    def _on(self, handle: int, deed: Deed) -> Operation:
        if handle not in self._handles:
            raise _refusal(errno.EBADF, Path(str(handle)))

        inode, path = self._handles[handle]

        return Operation(deed, path, inode)

    def _try(self, operation: Operation, error: int = 0) -> None:
        """Do the operation unless it cannot be done, or the disk fails now."""
        fault = self._fault(operation.deed)
        self._do(operation._replace(error=fault.error if fault else error))

    def _fault(self, deed: Deed) -> Fault | None:
        number = len(self.log) + 1

        return next((fault for fault in self._faults if fault.strikes(number, deed)), None)

    def _do(self, operation: Operation) -> None:
        self.log.append(operation)
        self.disk = self.disk.after(operation)

        if operation.error:
            raise _refusal(operation.error, operation.path)

    def _free(self) -> int:
        return max(self._capacity - sum(map(_taken, self.disk.files.values())), 0)

    def _fitting(self, inode: int, length: int) -> int:
        file = self.disk.files[inode]

        return min(length, max(file.allocated - file.size, 0) + self._free())


class Release:
    """A held lock of a ``RecordingFiles``."""

    def __init__(self, locked: set[Path], path: Path) -> None:
        self._locked = locked
        self._path = path

    def release(self) -> None:
        """See ``Hold``."""
        self._locked.discard(self._path)


def _taken(file: File) -> int:
    return max(file.size, file.allocated)


def _refusal(error: int, path: Path) -> OSError:
    return OSError(error, os.strerror(error), str(path))
