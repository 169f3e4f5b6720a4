"""What a session's checkpoint still says: whole, or else its newest valid backup, or nothing.

The journal always wins for content. Checkpoint and backups give one thing only: a place in
the journal up to which records are known to have been on the disk. Without any of them the
journal alone is the session, and what cannot be read at its end counts as never acknowledged.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robasync.errors import CheckpointError, LaterVersion, SealBroken
from robasync.records import Kind, Position, is_session_id
from robasync.store import checkpoint, codec
from robasync.store.checkpoint import Checkpoint
from robasync.store.files import Files
from robasync.store.packing import SUFFIXES, unpack
from robasync.store.places import Place, unpacked
from robasync.store.scan import Line, walk
from robasync.store.sealing import PLAIN, Seal

Recover = Callable[[Mapping[str, Any]], "Recovery"]  # from the configuration in the journal

LARGEST = 1024**3  # bytes of a checkpoint that is read; that of a million documents has 32 MB

IGNORED = "Checkpoint and backups are not looked at; the session is rebuilt from the journal."
_SETTINGS = frozenset({Kind.SESSION_STARTED, Kind.SESSION_RESUMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What is done about a damaged checkpoint: mended (``automatic``), or people are asked.

    Backups are looked for in ``backup_folder`` and beside the checkpoint.
    """

    backup_folder: Path | None = None
    automatic: bool = True


def automatic(config: Mapping[str, Any]) -> Recovery:
    """Mend whatever the configuration says; backups are looked for beside the checkpoint only."""
    return Recovery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Durable:
    """The last record known to have been on the disk, and what had been ``spent`` by then.

    ``said`` is a line for people, "" if all is well.
    """

    sequence: int = 0
    said: str = ""
    spent: float = 0.0


def durable(files: Files, place: Place, *, recover: Recover = automatic) -> Durable:
    """Return what checkpoint or backup know about the journal at ``place``; changes nothing.

    ``recover`` is asked only where the checkpoint is of no use, with the configuration that
    the journal holds. Raises CheckpointError with the choices where it is not automatic,
    LaterVersion where a later version wrote the checkpoint, and SealError where the key to an
    encrypted journal is missing.
    """
    if not place.segments(files.names(place.folder)):
        return Durable()

    session = beginning(files, place).get("session_id", "")

    try:
        known = newest(files, place, session=session)
        return Durable(sequence=known.sequence, spent=known.spent)
    except FileNotFoundError:
        problem, is_missing = f"The checkpoint {place.checkpoint.name} is missing.", True
    except LaterVersion:
        raise
    except CheckpointError as error:
        problem, is_missing = _line(error), False

    wanted = recover(configuration(files, place))
    backup = newest_backup(files, place, folder=wanted.backup_folder, session=session)

    if not wanted.automatic and not (is_missing and backup is None):
        raise CheckpointError(_choices(place, problem, backup=backup and backup[0], session=session))

    if backup is None:
        return Durable(said=f"{problem} It was rebuilt from the journal; no answer depends on it.")

    path, sequence = backup
    sources = f"its newest valid backup {path} and the journal"

    return Durable(
        sequence=sequence, said=f"{problem} It was rebuilt from {sources}; no answer depends on it."
    )


def newest(files: Files, place: Place, *, session: str = "") -> Checkpoint:
    """Return the checkpoint at ``place``, the newest one where it lies there packed in several ways.

    Where ``session`` is an id, one of another session is none. Raises FileNotFoundError where
    there is none, CheckpointError where none can be used.
    """
    found: list[Checkpoint] = []
    problem: CheckpointError | None = None

    for path in place.checkpoints(files.names(place.folder)):
        try:
            found.append(read(files, path, session=session, seal=place.seal))
        except CheckpointError as error:
            problem = error

    if found:
        return max(found, key=lambda one: one.sequence)

    raise problem or FileNotFoundError(place.checkpoint)


def read(files: Files, path: Path, *, session: str = "", seal: Seal = PLAIN) -> Checkpoint:
    """Return the checkpoint in the file at ``path``. Raises as ``newest``."""
    try:
        data = whole(files, path)
    except OSError as error:
        raise CheckpointError(f"checkpoint {path.name} cannot be read: {error.strerror}.") from error

    content = checkpoint.parse(unpack(data, kind="checkpoint", seal=seal, name=path.name), name=path.name)

    if session and content.session_id != session:
        raise CheckpointError(f"checkpoint {path.name} belongs to another session, {content.session_id}.")

    return content


def whole(files: Files, path: Path) -> bytes:
    """Return the bytes of a file that may be a checkpoint.

    Raises CheckpointError where it is larger than any checkpoint, OSError where it cannot be read.
    """
    if (size := files.size(path)) > LARGEST:
        raise CheckpointError(f"checkpoint {path.name} is none: {size:,} bytes are more than any has.")

    return files.read(path, 0, size)


def newest_backup(
    files: Files, place: Place, *, folder: Path | None, session: str
) -> tuple[Path, int] | None:
    """Return the valid backup that stands furthest in the journal, and where; None if there is none.

    Any file of the session counts whose checksum holds, whatever its name and age.
    """
    found: tuple[Path, int] | None = None

    for path in _candidates(files, place, folder):
        try:
            sequence = read(files, path, session=session or place.stem, seal=place.seal).sequence
        except CheckpointError:
            continue  # damaged, of another session, or no checkpoint at all

        if found is None or sequence > found[1]:
            found = path, sequence

    return found


def beginning(files: Files, place: Place) -> Mapping[str, str]:
    """Return the texts that the journal's first record tells without a key.

    Nothing where that record is not whole, or gives the session an id that none can have:
    this is the one place where ids from a journal are taken in. May raise OSError.
    """
    line = next(walk(files, place), None)

    if line is None or line.head is None or line.head.kind != Kind.SESSION_STARTED:
        return {}

    said = codec.read_clear(line.data, line.head)

    return said if is_session_id(said.get("session_id", "")) else {}


def configuration(files: Files, place: Place, *, until: Position | None = None) -> Mapping[str, Any]:
    """Return the newest configuration that the journal holds, empty where it holds none.

    With ``until`` it is the one that held when the record there was made. Raises SealError
    where the key to an encrypted journal is missing.
    """
    config: Mapping[str, Any] = {}

    for line in walk(files, place):
        if until is not None and line.position >= until:
            break

        if isinstance(saved := _saved(line, place.seal), dict):
            config = saved

    return config


def _candidates(files: Files, place: Place, folder: Path | None) -> Iterator[Path]:
    own = place.checkpoints(files.names(place.folder))

    for where in dict.fromkeys(filter(None, (folder, place.folder))):
        try:
            names = files.names(where)
        except OSError:
            continue  # a folder that cannot be read has no backup for us

        paths = (where / name for name in names if unpacked(name).endswith(".json"))
        yield from (path for path in paths if path not in own)


def _saved(line: Line, seal: Seal) -> object:
    """Return the configuration in a line of the journal; None where it holds none, or is forged."""
    if line.head is None or line.head.kind not in _SETTINGS:
        return None

    try:
        body = codec.read_record(line.data, line.head, seal).body
    except (ValueError, SealBroken):
        return None

    return body.get("config") if isinstance(body, dict) else None


def _choices(place: Place, problem: str, *, backup: Path | None, session: str) -> str:
    resume = f"robasync resume -s {place.named(session or place.stem)}"
    rebuild = f"Rebuild it from the journal: ROBASYNC_CHECKPOINT_SYSTEM__RECOVERY_MODE=automatic {resume}"

    if backup:
        copy = shlex.join(["cp", str(backup), str(place.packed(_suffix(backup)))])
        rebuild = f"Restore its newest valid backup: {copy}; {resume}   {rebuild}"

    return f"{problem} No answer depends on it, and nothing was changed: recovery_mode is manual.\n{rebuild}"


def _suffix(path: Path) -> str:
    return next(suffix for suffix in reversed(SUFFIXES) if path.name.endswith(suffix))


def _line(error: CheckpointError) -> str:
    first = str(error).splitlines()[0]

    return f"{first[0].upper()}{first[1:]}"
