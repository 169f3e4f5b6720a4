"""Moving a session to another folder so that it is whole in one of the two at every moment.

Everything is copied, read back and synced first, the journal's first segment last; only then
is anything removed, the first segment before the others. So wherever a first segment lies, the
whole journal lies behind it, and without it nothing is taken for a session that can go on. A
move that was cut short is done again and finishes. Names are not moved by renaming: across two
folders, and two disks, that is no one step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from robasync.errors import UsageError
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.snapshots import copy_file

_BLOCK = 1024 * 1024  # bytes compared at a time
_SAME_NAME = "backups"  # where a copy goes whose name another one has already


def move(files: Files, place: Place, target: Place, *, copies: Iterable[Path]) -> None:
    """Move all files of the session at ``place``, which this process holds, to ``target``.

    ``copies`` of its checkpoint go beside the target, where they are looked for when it is
    damaged. Raises UsageError where another journal, or one that went on, lies there; then
    nothing was changed. Raises OSError.
    """
    names = files.names(place.folder)
    numbers = place.segments(names)
    segments = [(place.segment(number), target.segment(number)) for number in numbers]

    if not is_moved(files, place, target):
        _refuse_other(files, place, target, numbers)

    caches = [*_caches(place, target, names), *_copies(place, target, names, copies=copies)]

    for source, goal in [*caches, *reversed(segments)]:  # the first segment last
        files.make_folder(goal.parent)
        temporary = goal.with_name(f"{goal.name}.checkpoint.tmp")
        copy_file(files, source, goal, temporary=temporary)

    remove(files, [source for source, _ in caches])
    remove(files, [source for source, _ in segments[:1]])
    remove(files, [source for source, _ in segments[1:]])
    remove(files, scraps(place, files.names(place.folder)))


def is_moved(files: Files, place: Place, target: Place) -> bool:
    """Return whether a move was cut short after the copy was whole: what is left is there, byte for byte."""
    numbers = place.segments(files.names(place.folder))
    there = target.segments(files.names(target.folder))

    return {1, *numbers} <= set(there) and all(
        _is_same(files, place.segment(number), target.segment(number)) for number in numbers
    )


def scraps(place: Place, names: list[str]) -> list[Path]:
    """Return what of a session's files nothing depends on: temporary ones, the lock and its holder."""
    temporary = [name for name in names if name.startswith(f"{place.stem}.") and name.endswith(".tmp")]
    locks = [name for name in (f"{place.lock.name}.holder", place.lock.name) if name in names]

    return [place.folder / name for name in (*temporary, *locks)]


def torn(place: Place, names: list[str]) -> list[Path]:
    """Return the files that keep what was cut off the journal: nothing in them was acknowledged."""
    journal = f"{place.stem}.journal."

    return [place.folder / name for name in names if name.startswith(journal) and ".torn-" in name]


def remove(files: Files, paths: Iterable[Path]) -> None:
    """Remove the files, durably before it returns."""
    removed = list(paths)

    for path in removed:
        files.remove(path)

    for folder in {path.parent for path in removed}:
        files.sync_folder(folder)


def _refuse_other(files: Files, place: Place, target: Place, numbers: list[int]) -> None:
    """Raise UsageError where the target's journal does not continue into the one of ``place``."""
    for number in target.segments(files.names(target.folder)):
        goal = target.segment(number)

        if number not in numbers or not _begins_with(files, place.segment(number), goal):
            raise UsageError(
                f"{goal} is there already, and is another journal or went on since.\n"
                "Nothing was moved. Name another folder with -o FOLDER"
            )


def _copies(
    place: Place, target: Place, names: list[str], *, copies: Iterable[Path]
) -> Iterator[tuple[Path, Path]]:
    for path in copies:
        is_taken = path.parent != place.folder and path.name in names
        folder = target.folder / _SAME_NAME if is_taken else target.folder

        yield path, folder / _renamed(path.name, place, target)


def _caches(place: Place, target: Place, names: list[str]) -> Iterator[tuple[Path, Path]]:
    """Yield what is copied with the journal: what was cut off it, the checkpoint and the index."""
    index = [place.index] if place.index.name in names else []

    for path in (*torn(place, names), *index, *place.checkpoints(names)):
        yield path, target.folder / _renamed(path.name, place, target)


def _renamed(name: str, place: Place, target: Place) -> str:
    """Return the file's name in its new place; of a copy with a name of its own, that name."""
    if name.startswith(place.checkpoint.name):
        return target.checkpoint.name + name.removeprefix(place.checkpoint.name)

    return (
        f"{target.stem}.{name.removeprefix(place.stem + '.')}" if name.startswith(f"{place.stem}.") else name
    )


def _is_same(files: Files, one: Path, other: Path) -> bool:
    return files.size(one) == files.size(other) and _begins_with(files, one, other)


def _begins_with(files: Files, whole: Path, beginning: Path) -> bool:
    offset = 0

    while block := files.read(beginning, offset, _BLOCK):
        if files.read(whole, offset, len(block)) != block:
            return False

        offset += len(block)

    return True
