"""What can be told of a session without reading its whole journal: both ends and the checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from robasync.errors import CheckpointError
from robasync.records import Kind
from robasync.store import codec
from robasync.store.checkpoint import Checkpoint
from robasync.store.files import Files
from robasync.store.packing import label
from robasync.store.places import Place
from robasync.store.restoring import newest
from robasync.store.sealing import Seals, unsealed

_BLOCK = 64 * 1024  # bytes read first from either end


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A session that has a journal, a checkpoint, or both.

    ``newest`` is when its newest record was made; ``sequence`` that record's number. Where the
    journal says whose it is the checkpoint is not read; else ``checkpoint`` holds it, or
    ``problem`` says why it cannot be used.
    """

    id: str
    place: Place
    fingerprint: str
    has_journal: bool
    checkpoint: Checkpoint | None
    problem: str
    sequence: int
    newest: datetime


def look(files: Files, place: Place, seals: Seals = unsealed) -> Found | None:
    """Return what is known of the session at ``place``, None if nothing of it is there.

    ``seals`` finds its seal, which the place of the result holds.
    """
    numbers = [n for n in place.segments(files.names(place.folder)) if files.size(place.segment(n))]
    started = (_first_body(files, place, numbers[0]) if numbers else {}) or _labelled(files, place)
    place = place.sealed(seals(started), session=started.get("session_id", place.stem))
    known, problem, exists = _checkpoint(files, place) if not (numbers and started) else (None, "", True)

    if not numbers and not exists:
        return None

    last = _last_head(files, place, numbers[-1]) if numbers else None
    known_id, known_time = (known.session_id, known.content["checkpoint_time"]) if known else (place.stem, "")

    return Found(
        id=started.get("session_id", known_id),
        place=place,
        fingerprint=started.get("fingerprint", ""),
        has_journal=bool(numbers),
        checkpoint=known,
        problem=problem,
        sequence=last.sequence if last else known.sequence if known else 0,
        newest=_moment(last.time if last else known_time),
    )


def _checkpoint(files: Files, place: Place) -> tuple[Checkpoint | None, str, bool]:
    try:
        return newest(files, place), "", True
    except OSError:
        return None, "", False
    except CheckpointError as error:
        return None, str(error), True


def _first_body(files: Files, place: Place, segment: int) -> dict[str, str]:
    length = _BLOCK

    while True:
        start = files.read(place.segment(segment), 0, length)
        line, newline, _ = start.partition(b"\n")

        if newline:
            return _texts(line)

        if len(start) < length:
            return {}

        length *= 4


def _texts(line: bytes) -> dict[str, str]:
    """Return the texts in the first record's body; none where it is damaged or forged."""
    head = codec.read_head(line)

    return codec.read_clear(line, head) if head is not None and head.kind == Kind.SESSION_STARTED else {}


def _labelled(files: Files, place: Place) -> dict[str, str]:
    """Return what an encrypted checkpoint says in clear; nothing where there is none."""
    for path in place.checkpoints(files.names(place.folder)):
        if (found := label(files.read(path, 0, _BLOCK))) is not None:
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
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
