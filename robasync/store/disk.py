"""A disk as a value: its files and folders, and what an operation makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from robasync.store.inodes import FOLDER, Cut, Fate, File, Folder, NameChange, Write
from robasync.store.operations import Deed, Operation


@dataclass(frozen=True, slots=True)
class Disk:
    """All files by inode, and all folders by path; the two roots are always there."""

    files: Mapping[int, File] = field(default_factory=dict)
    folders: Mapping[Path, Folder] = field(default_factory=lambda: {Path("/"): Folder(), Path(): Folder()})

    def inode(self, path: Path) -> int | None:
        """Return what ``path`` names: an inode, FOLDER, or None."""
        if path in self.folders:
            return FOLDER

        folder = self.folders.get(path.parent)

        return folder.names.get(path.name) if folder else None

    def contents(self) -> Iterator[tuple[Path, bytes]]:
        """Yield every file that has a name, with what a reader sees, by name."""
        for path, folder in sorted(self.folders.items()):
            for name, inode in sorted(folder.names.items()):
                if inode != FOLDER:
                    yield path / name, self.files[inode].content

    @property
    def digest(self) -> bytes:
        """A hash of all names and contents: equal for disks that no reader can tell apart."""
        digest = hashlib.sha256()

        for path, content in self.contents():
            digest.update(b"%b\0%d\0%b" % (str(path).encode(), len(content), content))

        return digest.digest()

    def after(self, operation: Operation) -> Disk:
        """Return the disk after one operation; one that only looks, or failed, changes nothing.

        But a failed write may have written a part, and a failed sync have dropped dirty pages.
        """
        effect = _EFFECTS.get(operation.deed)

        if effect is None or (operation.error and operation.deed not in _EVEN_IF_FAILED):
            return self

        return effect(self, operation)

    def _created(self, operation: Operation) -> Disk:
        path, inode = operation.path, operation.inode

        if inode in self.files:
            return self

        return replace(self._renamed(path.parent, {path.name: inode}), files={**self.files, inode: File()})

    def _written(self, operation: Operation) -> Disk:
        file = self.files[operation.inode]

        return self._with(operation, file.changed(Write(file.size, operation.data)))

    def _cut(self, operation: Operation) -> Disk:
        file = replace(self.files[operation.inode], allocated=0)

        return self._with(operation, file.changed(Cut(operation.size)))

    def _allocated(self, operation: Operation) -> Disk:
        file = self.files[operation.inode]

        return self._with(operation, replace(file, allocated=max(file.allocated, operation.size)))

    def _synced(self, operation: Operation) -> Disk:
        if operation.keeps:
            return self

        fate = Fate.DOUBTFUL if operation.error else Fate.DURABLE

        return self._with(operation, self.files[operation.inode].after_sync(fate))

    def _forgotten(self, operation: Operation) -> Disk:
        return self._with(operation, self.files[operation.inode].forgotten())

    def _moved(self, operation: Operation) -> Disk:
        source, target = operation.path, operation.target
        assert target is not None

        return self._renamed(source.parent, {source.name: None, target.name: operation.inode})

    def _removed(self, operation: Operation) -> Disk:
        if not operation.inode:
            return self

        return self._renamed(operation.path.parent, {operation.path.name: None})

    def _made(self, operation: Operation) -> Disk:
        path = operation.path
        disk = self._renamed(path.parent, {path.name: FOLDER})

        return replace(disk, folders={**disk.folders, path: Folder()})

    def _synced_folder(self, operation: Operation) -> Disk:
        folder = Folder(self.folders[operation.path].names)

        return replace(self, folders={**self.folders, operation.path: folder})

    def _with(self, operation: Operation, file: File) -> Disk:
        return replace(self, files={**self.files, operation.inode: file})

    def _renamed(self, path: Path, change: NameChange) -> Disk:
        folder = self.folders[path]

        return replace(
            self, folders={**self.folders, path: replace(folder, changes=(*folder.changes, change))}
        )


_EFFECTS: Mapping[Deed, Callable[[Disk, Operation], Disk]] = {
    Deed.OPEN: Disk._created,  # noqa: SLF001 the table belongs to the class
    Deed.LOCK: Disk._created,  # noqa: SLF001
    Deed.WRITE: Disk._written,  # noqa: SLF001
    Deed.SYNC: Disk._synced,  # noqa: SLF001
    Deed.FORGET: Disk._forgotten,  # noqa: SLF001
    Deed.TRUNCATE: Disk._cut,  # noqa: SLF001
    Deed.ALLOCATE: Disk._allocated,  # noqa: SLF001
    Deed.RENAME: Disk._moved,  # noqa: SLF001
    Deed.REMOVE: Disk._removed,  # noqa: SLF001
    Deed.MAKE_FOLDER: Disk._made,  # noqa: SLF001
    Deed.SYNC_FOLDER: Disk._synced_folder,  # noqa: SLF001
}
_EVEN_IF_FAILED = frozenset({Deed.WRITE, Deed.SYNC})
