"""Files and folders as a disk keeps them: what is on it for certain, and what came after.

The rules are those of POSIX where Linux file systems promise no more. What was written to a
file is certain once the file was synced, the names in a folder once the folder was synced;
neither sync does the other's work. After a sync that failed the pages count as clean: they
can be read, but no later sync of the file writes them. A rename is one step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import NamedTuple

FOLDER = 0  # the inode number under which a folder stands in its parent; files are numbered from 1

NameChange = Mapping[str, int | None]  # name -> inode, None where the name goes


class Fate(Enum):
    """What is known of a change to a file's content."""

    DIRTY = auto()  # the next sync makes it durable
    DOUBTFUL = auto()  # its sync failed: on the disk or not, and nothing but writing it again helps
    DURABLE = auto()


class Write(NamedTuple):
    """Bytes put at ``offset``; a hole before them reads as zeros."""

    offset: int
    data: bytes

    def on(self, content: bytes) -> bytes:
        """Return the content with the bytes in it."""
        end = self.offset + len(self.data)

        return content[: self.offset].ljust(self.offset, b"\0") + self.data + content[end:]


class Cut(NamedTuple):
    """The file made ``size`` bytes long."""

    size: int

    def on(self, content: bytes) -> bytes:
        """Return the content as long as that."""
        return content[: self.size].ljust(self.size, b"\0")


Change = Write | Cut


@dataclass(frozen=True, slots=True)
class File:
    """A file's content: ``base`` is on the disk, then come the ``changes`` in order.

    ``allocated`` is the size up to which space is set aside for it.
    """

    base: bytes = b""
    changes: tuple[tuple[Change, Fate], ...] = ()
    allocated: int = 0

    @property
    def content(self) -> bytes:
        """What a reader sees now."""
        content = self.base

        for change, _ in self.changes:
            content = change.on(content)

        return content

    @property
    def size(self) -> int:
        """The number of bytes that a reader sees now."""
        size = len(self.base)

        for change, _ in self.changes:
            size = change.size if isinstance(change, Cut) else max(size, change.offset + len(change.data))

        return size

    def changed(self, change: Change) -> File:
        """Return the file after a change that only the page cache has yet."""
        return replace(self, changes=(*self.changes, (change, Fate.DIRTY)))

    def after_sync(self, fate: Fate) -> File:
        """Return the file after a sync that gave the dirty changes this fate."""
        return self._folded([(change, fate if old is Fate.DIRTY else old) for change, old in self.changes])

    def forgotten(self) -> File:
        """Return the file as the disk has it: what was doubtful turns out not to be there."""
        return self._folded(
            [_lost(change) if fate is Fate.DOUBTFUL else (change, fate) for change, fate in self.changes]
        )

    def _folded(self, changes: list[tuple[Change, Fate]]) -> File:
        base = self.base

        while changes and changes[0][1] is Fate.DURABLE:
            base = changes.pop(0)[0].on(base)

        return replace(self, base=base, changes=tuple(changes))


@dataclass(frozen=True, slots=True)
class Folder:
    """Names and their inodes: ``base`` is on the disk, then come the ``changes`` in order."""

    base: Mapping[str, int] = field(default_factory=dict)
    changes: tuple[NameChange, ...] = ()

    @property
    def names(self) -> dict[str, int]:
        """What a reader sees now."""
        return named(self.base, self.changes)


def _lost(change: Change) -> tuple[Change, Fate]:
    # The size is known to the file system all the same, so a write that is not there reads as zeros.
    if isinstance(change, Write):
        change = Write(change.offset, bytes(len(change.data)))

    return change, Fate.DURABLE


def named(base: Mapping[str, int], changes: Iterable[NameChange]) -> dict[str, int]:
    """Return the names of a folder after some changes to it."""
    names: dict[str, int | None] = dict(base)

    for change in changes:
        names.update(change)

    return {name: inode for name, inode in names.items() if inode is not None}
