"""What can be told of a session without reading its whole journal: both ends and the checkpoint.

Files may be damaged, forged, or of other programs. Whatever they hold, looking raises nothing
but errors of ours, and nothing that they say becomes a path before it was found to be an id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from robasync.errors import CheckpointError, StorageError
from robasync.records import is_session_id
from robasync.store import codec
from robasync.store.checkpoint import Checkpoint
from robasync.store.files import Files
from robasync.store.packing import label
from robasync.store.places import Place
from robasync.store.restoring import beginning, newest
from robasync.store.sealing import Seals, unsealed

_BLOCK = 64 * 1024  # bytes read first from the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A session that has a journal, a checkpoint, or both.

    ``newest`` is when its newest record was made; ``sequence`` that record's number. Where the
    journal says whose it is (``is_begun``) the checkpoint is not read; else ``checkpoint`` holds
    it, or ``problem`` says why it, or the journal, cannot be used.
    """

    id: str
    place: Place
    fingerprint: str
    has_journal: bool
    is_begun: bool
    checkpoint: Checkpoint | None
    problem: str
    sequence: int
    newest: datetime


def names_in(files: Files, folder: Path) -> list[str]:
    """Return the sorted names in a folder, none where it is missing. Raises StorageError."""
    try:
        return files.names(folder)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be read: {error.strerror}.\n"
            "Allow reading and writing there, or name another with paths.checkpoint_file."
        ) from error


def look(files: Files, place: Place, seals: Seals = unsealed) -> Found | None:
    """Return what is known of the session at ``place``, None if nothing of it is there.

    ``seals`` finds its seal, which the place of the result holds. Raises StorageError where
    the folder cannot be read.
    """
    numbers = _filled(files, place)
    started, last, barred = _ends(files, place, numbers)
    is_begun = bool(started)
    started = started or _labelled(files, place)
    place = place.sealed(seals(started), session=started.get("session_id", place.stem))
    known, problem, exists = _checkpoint(files, place) if not is_begun else (None, "", True)

    if not numbers and not exists:
        return None

    known_id, known_time = (known.session_id, known.content["checkpoint_time"]) if known else (place.stem, "")
    known_id = known_id if is_session_id(known_id) else place.stem

    return Found(
        id=started.get("session_id", known_id),
        place=place,
        fingerprint=started.get("fingerprint", known.fingerprint if known else ""),
        has_journal=bool(numbers),
        is_begun=is_begun,
        checkpoint=known,
        problem=barred or problem,
        sequence=last.sequence if last else known.sequence if known else 0,
        newest=_moment(last.time if last else known_time),
    )


def _filled(files: Files, place: Place) -> list[int]:
    """Return the numbers of the segments that hold anything."""
    names = names_in(files, place.folder)

    return [number for number in place.segments(names) if _size(files, place.segment(number))]


def _size(files: Files, path: Path) -> int:
    try:
        return files.size(path)
    except OSError:
        return 0  # a link to nowhere


def _ends(files: Files, place: Place, numbers: list[int]) -> tuple[Mapping[str, str], codec.Head | None, str]:
    """Return what the first record says, the head of the last one, and why they cannot be read."""
    if not numbers:
        return {}, None, ""

    try:
        return beginning(files, place), _last_head(files, place, numbers[-1]), ""
    except OSError as error:
        reason = error.strerror or error

        return {}, None, f"The journal {place.segment(numbers[0])} cannot be read: {reason}."


def _checkpoint(files: Files, place: Place) -> tuple[Checkpoint | None, str, bool]:
    try:
        return newest(files, place), "", True
    except OSError:
        return None, "", False
    except CheckpointError as error:
        return None, str(error), True


def _labelled(files: Files, place: Place) -> Mapping[str, str]:
    """Return what an encrypted checkpoint says in clear; nothing where there is none."""
    for path in place.checkpoints(names_in(files, place.folder)):
        try:
            found = label(files.read(path, 0, _BLOCK))
        except OSError:
            continue  # why it cannot be read is told where its content is wanted

        if found is not None and is_session_id(found.session):
            return {"session_id": found.session, "key_id": found.key_id}

    return {}


def _last_head(files: Files, place: Place, segment: int) -> codec.Head | None:
    path = place.segment(segment)
    size = files.size(path)
    length = min(_BLOCK, size)

    while True:
        # The first line of the stretch is a part of one, unless the stretch is the whole file.
        lines = files.read(path, size - length, length).split(b"\n")
        heads = (codec.read_head(line) for line in reversed(lines))
        head = next(filter(None, heads), None)

        if head is not None or length == size:
            return head

        length = min(length * 4, size)


def _moment(time: str) -> datetime:
    try:
        return datetime.fromisoformat(time).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)
