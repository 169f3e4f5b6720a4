"""The disks that a crash may leave, as pure functions of a disk or of a log of operations.

What was not synced is kept, lost or spoilt, each write and each name by itself: that is
every order in which a disk may write between two syncs. A write that was not synced may be
there in part, as zeros (the file grew before its blocks came), with blocks missing, or with
a wrong bit. Bytes that were synced stay as they are: a sector is written whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from math import prod
from pathlib import Path

from robasync.store.disk import Disk
from robasync.store.inodes import FOLDER, Change, Fate, File, Folder, Write, named
from robasync.store.operations import Operation

BLOCK = 64  # bytes that reach the disk together; small, so that small files have many
CUTS = 6  # places of a kind in one write where it is torn
_STEP = 2_654_435_761  # a large prime: its multiples lie evenly among the combinations

Form = Change | bool | None  # what became of a change to a file, or whether a name's change is there


def replay(start: Disk, log: Iterable[Operation]) -> Iterator[tuple[Operation, Disk]]:
    """Yield each operation with the disk after it."""
    disk = start

    for operation in log:
        disk = disk.after(operation)
        yield operation, disk


def crashes(disk: Disk, *, bound: int = 100, block: int = BLOCK) -> Iterator[Disk]:
    """Yield the disks that a crash may leave now, not all of them different to a reader.

    All combinations where there are at most ``bound``. Else everything kept, everything
    lost, each change by itself in all its forms before either, and combinations that lie
    evenly among the rest until there are ``bound``.
    """
    contents = [
        (inode, number)
        for inode in sorted(_reachable(disk))
        for number, (_, fate) in enumerate(disk.files[inode].changes)
        if fate is not Fate.DURABLE
    ]
    names = [(path, n) for path in sorted(disk.folders) for n in range(len(disk.folders[path].changes))]
    forms: list[Sequence[Form]] = [
        _forms(disk.files[inode].changes[number][0], block=block) for inode, number in contents
    ]
    forms += [(True, False)] * len(names)

    for chosen in combinations(forms, bound=bound):
        files = dict(zip(contents, chosen, strict=False))
        folders = dict(zip(names, chosen[len(contents) :], strict=True))
        yield _left(disk, files, folders)


def combinations(forms: Sequence[Sequence[Form]], *, bound: int) -> Iterator[tuple[Form, ...]]:
    """Yield choices of one form each; of each the first is the whole, the last the loss."""
    total = prod(map(len, forms))

    if total <= bound:
        yield from product(*forms)
        return

    chosen = dict.fromkeys(_one_by_one(forms))

    for number in range(1, bound - len(chosen) + 1):
        chosen[_choice(forms, number * _STEP % total)] = None

    yield from chosen


def _one_by_one(forms: Sequence[Sequence[Form]]) -> Iterator[tuple[Form, ...]]:
    for others in ([form[0] for form in forms], [form[-1] for form in forms]):
        for place, options in enumerate(forms):
            for option in options:
                yield (*others[:place], option, *others[place + 1 :])


def _choice(forms: Sequence[Sequence[Form]], number: int) -> tuple[Form, ...]:
    """Return one combination by its number, each form a digit of it."""
    chosen = []

    for options in forms:
        number, digit = divmod(number, len(options))
        chosen.append(options[digit])

    return tuple(chosen)


def _forms(change: Change, *, block: int) -> Sequence[Form]:
    """Return what may have become of a change, from the whole to nothing."""
    if not isinstance(change, Write):
        return change, None

    offset, data = change
    blocks = [at - offset for at in range(offset - offset % block + block, offset + len(data), block)]
    lines = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    tears = sorted({1, len(data) - 1, *_some(blocks), *_some(lines)} & set(range(1, len(data))))
    stretches = list(pairwise([0, *_some(blocks), len(data)]))
    spoilt = [
        *(data[:at] for at in tears),
        *(data[:at] + bytes(len(data) - at) for at in tears),
        *(data[:start] + bytes(end - start) + data[end:] for start, end in stretches),
        *(_flipped(data, (start + end) // 2) for start, end in stretches if end > start),
    ]

    return change, *(Write(offset, part) for part in spoilt), None


def _some(places: Sequence[int]) -> Sequence[int]:
    step = -(-len(places) // CUTS) or 1

    return places[::step]


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def _reachable(disk: Disk) -> set[int]:
    """Return the inodes that have a name in some disk that a crash may leave."""
    names = [names for folder in disk.folders.values() for names in (folder.base, *folder.changes)]

    return {inode for some in names for inode in some.values() if inode}


def _left(
    disk: Disk, files: Mapping[tuple[int, int], Form], folders: Mapping[tuple[Path, int], Form]
) -> Disk:
    """Return the disk with the chosen form of each change, and nothing in a page cache."""
    left: dict[Path, Folder] = {}

    for path in sorted(disk.folders, key=lambda path: len(path.parts)):
        parent = left.get(path.parent)

        if path == path.parent or (parent and parent.base.get(path.name) == FOLDER):
            folder = disk.folders[path]
            changes = [change for n, change in enumerate(folder.changes) if folders[path, n]]
            left[path] = Folder(named(folder.base, changes))

    inodes = {inode for folder in left.values() for inode in folder.base.values() if inode != FOLDER}

    return Disk({inode: _content(disk.files[inode], inode, files) for inode in inodes}, left)


def _content(file: File, inode: int, forms: Mapping[tuple[int, int], Form]) -> File:
    content = file.base

    for number, (change, _) in enumerate(file.changes):
        form = forms.get((inode, number), change)

        if isinstance(form, Change):
            content = form.on(content)

    return File(content, allocated=file.allocated)
