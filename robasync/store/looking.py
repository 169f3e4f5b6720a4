"""A disk that is only looked at, for commands that promise to change not one byte."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Never

from robasync.store.files import DiskFiles


class LookingFiles(DiskFiles):
    """The real disk as if it were mounted read-only: whatever would change it raises OSError."""

    def open(self, path: Path) -> int:
        """Refuse: a handle is for writing."""
        raise _refusal(path)

    def rename(self, source: Path, target: Path) -> None:
        """Refuse."""
        raise _refusal(target)

    def remove(self, path: Path) -> None:
        """Refuse."""
        raise _refusal(path)

    def make_folder(self, folder: Path) -> None:
        """Refuse where it is not there already."""
        if not folder.is_dir():
            raise _refusal(folder)

    def sync_folder(self, folder: Path) -> None:
        """Do nothing: there is nothing of ours to sync."""

    def lock(self, path: Path) -> Never:
        """Refuse: taking a lock touches its file."""
        raise _refusal(path)


def _refusal(path: Path) -> OSError:
    return OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
