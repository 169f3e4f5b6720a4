"""Making room: finished sessions moved to an archive, old checkpoints removed. Answers are kept.

The journal holds the answers that were paid for, so only ``journals`` removes one; without it a
session whose checkpoint was removed can be rebuilt, reported and gone on with as before. What
another process writes is left alone, and so is whatever is not finished, unless forced.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from robasync.app.shelf import Shelf, Shelved, State, refusals
from robasync.errors import SessionLocked, UsageError
from robasync.store.backups import backups
from robasync.store.copies import Copy
from robasync.store.lock import held
from robasync.store.moving import is_moved, move, remove, scraps, torn
from robasync.store.places import Place
from robasync.store.saving import left_over

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A session that was moved: where its checkpoint, or its journal, lies now."""

    session: str
    file: Path
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spared:
    """A session that was left as it is, and why."""

    session: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed, or would be, of the session; "" for files that are nobody's.

    ``is_answers`` tells that its journal is among the files: what it recorded is not reused any more.
    """

    session: str
    files: tuple[Path, ...]
    bytes: int
    is_answers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Broom:
    """How a clean-up is done.

    The ``keep`` newest sessions stay whole. ``journals`` removes the journals of older ones as
    well, ``force`` clears sessions that are not finished, ``dry_run`` changes nothing.
    """

    keep: int
    journals: bool = False
    force: bool = False
    dry_run: bool = False


def archive(
    shelf: Shelf, shelved: Shelved, *, folder: Path, force: bool, copies: Iterable[Copy] | None = None
) -> Archived:
    """Move all files of a session to ``folder``, under the session's id.

    ``copies`` are those that were looked up already. Raises UsageError where the session is not
    finished and not forced, or another state of it lies in ``folder``; SessionLocked while it is
    written; StorageError where the disk refuses: then it is still whole in one of both places.
    """
    files, place = shelf.files, shelved.found.place
    target = Place(folder / f"{shelved.id}.checkpoint.json")

    if folder.resolve() == place.folder.resolve():
        raise UsageError(f"{folder} is where session {shelved.id} lies.\nName another folder with -o FOLDER")

    with refusals(folder), shelf.held(shelved) as now, held(files, target):
        if not (now.state is State.COMPLETED or force or is_moved(files, place, target)):
            raise UsageError(
                f"Session {now.id} {reason(now)}.\n"
                f"Finish it: robasync resume -s {place.named(now.id)}   Or archive it as it is: add --force"
            )

        found = shelf.copies([now]) if copies is None else copies
        move(files, place, target, copies=[copy.path for copy in found if copy.is_of(place, now.id)])
        remove(files, scraps(target, files.names(folder)))

    log.info(
        "Archived: session %s in %s", now.id, folder, extra={"event": "session_archived", "session": now.id}
    )

    file = next(iter(target.checkpoints(files.names(folder))), target.segment(1))

    return Archived(session=now.id, file=file, bytes=now.bytes)


def archive_completed(shelf: Shelf, *, folder: Path) -> tuple[list[Archived], list[Spared]]:
    """Move every finished session to ``folder``; return those moved and those left, with the reason."""
    moved, spared = [], []
    sessions = shelf.sessions()
    copies = shelf.copies(sessions)

    for shelved in sessions:
        if shelved.state is not State.COMPLETED:
            spared.append(Spared(session=shelved.id, reason=reason(shelved)))
            continue

        try:
            moved.append(archive(shelf, shelved, folder=folder, force=False, copies=copies))
        except SessionLocked as error:
            spared.append(_locked(shelved, error))

    return moved, spared


def clean_up(shelf: Shelf, broom: Broom, *, now: float) -> tuple[list[Removed], list[Spared]]:
    """Remove checkpoint and rotated copies of old finished sessions, and files left over.

    Of every session rotated copies beyond the configured number go, and temporary files that are
    a day old at ``now`` (seconds since the epoch). Raises StorageError.
    """
    removed, spared = [], []
    sessions = shelf.sessions()

    with refusals(shelf.folder):
        for number, shelved in enumerate(sessions):
            why = _spared(shelved, broom, number=number)
            due = _surplus(shelf, shelved) if why else _due(shelf, shelved, broom)

            try:
                removed += [_remove(shelf, shelved, due, broom)] if due else []
            except SessionLocked as error:
                why = _locked(shelved, error).reason

            if why or not due:
                why = why or "has nothing left but its answers"
                spared.append(Spared(session=shelved.id, reason=why))

        removed += _left_over(shelf, sessions, broom, now=now)

    return removed, spared


def reason(shelved: Shelved) -> str:
    """Return why a session that is not finished is left as it is."""
    progress = shelved.progress

    if shelved.state is State.WRITTEN:
        return f"is being written by {shelved.writer}"

    if shelved.state is State.UNREADABLE:
        return "cannot be read, so nobody can tell whether it is finished"

    return f"is not finished: {progress.left} of {progress.total} studies are left"


def _locked(shelved: Shelved, error: SessionLocked) -> Spared:
    line = str(error).splitlines()[0]

    return Spared(session=shelved.id, reason=line.removeprefix(f"session {shelved.found.place.stem} "))


def _spared(shelved: Shelved, broom: Broom, *, number: int) -> str:
    """Return why session ``number``, 0 the newest, is spared, "" where its files may go."""
    if number < broom.keep:
        return f"is among the newest (--keep {broom.keep})"

    may_go = broom.force and shelved.state is not State.WRITTEN

    if shelved.state is not State.COMPLETED and not may_go:
        return reason(shelved)

    if not shelved.found.has_journal and not (broom.journals and broom.force):
        return "has no journal: the checkpoint is all there is of it"

    return ""


def _due(shelf: Shelf, shelved: Shelved, broom: Broom) -> list[Path]:
    """Return what is removed of an old session, in this order: first what can be made again."""
    place = shelved.found.place
    names = shelf.files.names(place.folder)
    due = [*place.checkpoints(names), *_rotated(shelf, shelved)]

    if not broom.journals:
        return due  # the index stays with the journal: by it other sessions find its answers quickly

    index = [place.index] if place.index.name in names else []

    return [*due, *index, *torn(place, names), *map(place.segment, place.segments(names))]


def _surplus(shelf: Shelf, shelved: Shelved) -> list[Path]:
    """Return the rotated copies beyond the number; a run that goes on rotates its own."""
    return [] if shelved.writer else _rotated(shelf, shelved)[shelved.max_backups :]


def _rotated(shelf: Shelf, shelved: Shelved) -> list[Path]:
    return backups(shelf.files, shelved.found.place, folder=shelved.backup_folder)


def _remove(shelf: Shelf, shelved: Shelved, due: Sequence[Path], broom: Broom) -> Removed:
    files, place = shelf.files, shelved.found.place
    removed = Removed(
        session=shelved.id,
        files=tuple(due),
        bytes=sum(map(files.size, due)),
        is_answers=any(path.name.endswith(".jsonl") for path in due),
    )

    if broom.dry_run:
        return removed

    with shelf.held(shelved) as now:
        if now.found.sequence != shelved.found.sequence:
            raise SessionLocked(f"session {place.stem} was gone on with meanwhile")

        for path in due:
            remove(files, [path])  # each one durably before the next: a journal never goes first

        if not place.segments(names := files.names(place.folder)) and not place.checkpoints(names):
            remove(files, scraps(place, names))

    return removed


def _left_over(shelf: Shelf, sessions: Sequence[Shelved], broom: Broom, *, now: float) -> Iterator[Removed]:
    """Remove the temporary files that are nobody's any more."""
    folders = sorted({shelf.folder, *(one.backup_folder for one in sessions)})
    old = [path for folder in folders for path in left_over(shelf.files, folder, now=now)]

    if not old:
        return

    size = sum(map(shelf.files.size, old))

    if not broom.dry_run:
        remove(shelf.files, old)

    yield Removed(session="", files=tuple(old), bytes=size)
