"""What was asked of a disk, as values: the log that a ``RecordingFiles`` keeps."""

from __future__ import annotations

import errno
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class Deed(StrEnum):
    """The operations of ``Files``. A lock is taken by opening its file."""

    OPEN = "open"
    WRITE = "write"
    SYNC = "sync"
    FORGET = "forget"
    TRUNCATE = "truncate"
    ALLOCATE = "allocate"
    CLOSE = "close"
    READ = "read"
    SIZE = "size"
    RENAME = "rename"
    REMOVE = "remove"
    NAMES = "names"
    MAKE_FOLDER = "make folder"
    SYNC_FOLDER = "sync folder"
    FREE = "free"
    LOCK = "lock"


class Operation(NamedTuple):
    """One operation with all that it takes to do it again on a disk as a value.

    ``inode`` is the file that it concerned, 0 for none; ``size`` and ``data`` are what it was
    given, ``data`` only as far as it was written. ``error`` is the errno that it failed with,
    0 for none; a failed sync that ``keeps`` the dirty pages leaves them to the next one.
    """

    deed: Deed
    path: Path
    inode: int = 0
    size: int = 0
    data: bytes = b""
    target: Path | None = None
    error: int = 0
    keeps: bool = False

    def __str__(self) -> str:
        detail = {
            Deed.WRITE: f", {len(self.data)} bytes",
            Deed.TRUNCATE: f" to {self.size}",
            Deed.ALLOCATE: f" up to {self.size}",
            Deed.RENAME: f" to {self.target.name if self.target else ''}",
        }
        failure = f": {errno.errorcode.get(self.error, self.error)}" if self.error else ""

        return f"{self.deed} {self.path.name}{detail.get(self.deed, '')}{failure}"
