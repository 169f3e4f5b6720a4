"""Copies of checkpoints for people: looked through, made, and put back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from robasync.app.shelf import Progress, Shelf, Shelved, progress_in, refusals
from robasync.errors import CheckpointError, StorageError, UsageError
from robasync.store import checkpoint
from robasync.store.backups import backup_name
from robasync.store.checkpoint import Checkpoint
from robasync.store.copies import owner
from robasync.store.moving import remove
from robasync.store.packing import SUFFIXES, unpack
from robasync.store.places import Place
from robasync.store.snapshots import replace_file

VALID = "Checkpoint is valid"

_GROWTH = 1024 * 1024  # bytes that a checkpoint may have grown by since its size was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a checkpoint or a copy of one is worth. ``session`` is "" where it cannot be told."""

    file: Path
    session: str
    is_copy: bool
    is_valid: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A copy that was written to ``file``: of which checkpoint, and how far that is."""

    session: str
    file: Path
    time: str
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A checkpoint that was put in its place. ``replaced`` keeps the one before, None where there was none.

    ``is_behind`` tells that the journal holds more than it does.
    """

    session: str
    file: Path
    source: Path
    replaced: Path | None
    time: str
    progress: Progress
    is_behind: bool


def verdicts(shelf: Shelf, sessions: Sequence[Shelved]) -> Iterator[Verdict]:
    """Yield what each checkpoint of the sessions, and each copy of one, is worth; changes nothing."""
    found = shelf.copies(sessions)

    for one in sessions:
        place = one.found.place

        for path in place.checkpoints(shelf.files.names(place.folder)):
            yield _verdict(path, one.id, _problem(shelf, path, one), is_copy=False)

        for copy in found:
            if copy.is_of(place, one.id):
                yield _verdict(copy.path, one.id, _problem(shelf, copy.path, one), is_copy=True)


def strays(shelf: Shelf, sessions: Sequence[Shelved]) -> Iterator[Verdict]:
    """Yield what copies are worth that belong to none of the sessions: those are gone, or nobody can tell."""
    for copy in shelf.copies(sessions):
        if not any(copy.is_of(one.found.place, one.id) for one in sessions):
            yield _verdict(copy.path, copy.session, _problem(shelf, copy.path), is_copy=True)


def back_up(shelf: Shelf, shelved: Shelved, *, folder: Path | None, now: datetime) -> Kept:
    """Write a copy of the checkpoint, read back, under the name of a rotated copy; a run may go on meanwhile.

    Raises CheckpointError where the checkpoint is not whole, StorageError.
    """
    place = shelved.found.place
    shelf.admit(shelved)
    path = shelved.checkpoint

    if path is None or shelved.sequence is None:
        raise CheckpointError(
            f"There is no whole checkpoint to copy: {shelved.problem}.\n"
            f"Rebuild it from the journal: robasync resume -s {place.named(shelved.id)}"
        )

    data = _read(shelf, path)
    content = _parse(data, path, place, session=shelved.id)
    where = folder or shelved.backup_folder
    name = backup_name(place, sequence=content.sequence, when=now)
    target = where / f"{name}{path.name.removeprefix(place.checkpoint.name)}"
    _write(shelf, target, data)

    return Kept(
        session=shelved.id,
        file=target,
        time=content.content["checkpoint_time"],
        progress=progress_in(content.content),
    )


def restore(shelf: Shelf, file: str, *, name: str | None, now: datetime) -> Restored:
    """Put a copy of a checkpoint in the checkpoint's place; the one before is kept among the backups.

    Raises SessionLocked while the session is written, UsageError where the file is of another
    session or not there, CheckpointError where it is damaged, StorageError; then nothing was changed.
    """
    source = _source(shelf, file, name=name)
    data = _read(shelf, source)
    session = owner(shelf.files, source)
    shelved = shelf.find(name or session or None)
    place = shelved.found.place

    if session and session != shelved.id:
        raise UsageError(
            f"{source} is a checkpoint of another session, {session}, not of {shelved.id}.\n"
            f"Put it back there: {shlex.join(['robasync', 'checkpoints', 'restore', str(source)])}"
        )

    shelf.admit(shelved)

    with shelf.held(shelved) as shelved:
        content = _parse(data, source, place, session=shelved.id)
        replaced = _set_aside(shelf, shelved, now)
        target = place.packed(_suffix(source))
        _write(shelf, target, data)
        others = [path for path in place.checkpoints(shelf.files.names(place.folder)) if path != target]

        with refusals(place.folder):
            remove(shelf.files, others)

    return Restored(
        session=shelved.id,
        file=target,
        source=source,
        replaced=replaced,
        time=content.content["checkpoint_time"],
        progress=progress_in(content.content),
        is_behind=shelved.found.has_journal and content.sequence < shelved.found.sequence,
    )


def _set_aside(shelf: Shelf, shelved: Shelved, now: datetime) -> Path | None:
    """Keep the checkpoint that is about to be replaced; a damaged one under a name that nothing reads."""
    path, place = shelved.checkpoint, shelved.found.place

    if path is None:
        return None

    if shelved.sequence is None:
        name = f"{path.name}.damaged-{now:%Y%m%d_%H%M%S}"
    else:
        name = backup_name(place, sequence=shelved.sequence, when=now) + _suffix(path)

    kept = shelved.backup_folder / name
    _write(shelf, kept, _read(shelf, path))

    return kept


def _source(shelf: Shelf, file: str, *, name: str | None) -> Path:
    """Return the file that is meant: a path, or a name in the backup or the checkpoint folder."""
    if (path := Path(file)).is_file():
        return path

    sessions = [shelf.find(name)] if name else shelf.sessions()
    folders = dict.fromkeys((*(one.backup_folder for one in sessions), shelf.folder))

    for folder in folders:
        if (path := folder / file).is_file():
            return path

    where = ", ".join(map(str, folders))

    raise UsageError(
        f"There is no file {file}, here or in {where}.\nSee what there is: robasync checkpoints validate"
    )


def _verdict(path: Path, session: str, problem: str, *, is_copy: bool) -> Verdict:
    return Verdict(
        file=path, session=session, is_copy=is_copy, is_valid=not problem, message=problem or VALID
    )


def _problem(shelf: Shelf, path: Path, shelved: Shelved | None = None) -> str:
    """Return what is wrong with the file, "" for nothing; without a session any will do."""
    try:
        data = _read(shelf, path)

        if shelved is None:
            checkpoint.parse(shelf.vault.open(data, name=path.name), name=path.name)
        else:
            _parse(data, path, shelved.found.place, session=shelved.id)
    except (CheckpointError, StorageError) as error:
        return str(error).splitlines()[0]

    return ""


def _parse(data: bytes, path: Path, place: Place, *, session: str) -> Checkpoint:
    """Return the checkpoint in ``data``. Raises CheckpointError for a damaged one or another session's."""
    content = unpack(data, kind="checkpoint", seal=place.seal, name=path.name)
    found = checkpoint.parse(content, name=path.name)

    if found.session_id != session:
        raise CheckpointError(f"checkpoint {path.name} belongs to another session, {found.session_id}.")

    return found


def _read(shelf: Shelf, path: Path) -> bytes:
    with refusals(path):
        return shelf.files.read(path, 0, shelf.files.size(path) + _GROWTH)


def _write(shelf: Shelf, target: Path, data: bytes) -> None:
    temporary = target.with_name(f"{target.name}.checkpoint.tmp")

    with refusals(target):
        shelf.files.make_folder(target.parent)
        replace_file(shelf.files, target, (data,), temporary=temporary, validate=True)


def _suffix(path: Path) -> str:
    return next(suffix for suffix in reversed(SUFFIXES) if path.name.endswith(suffix))
