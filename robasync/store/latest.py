"""The latest records of a journal, as far as they are whole: enough to learn from, never to rely on."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from robasync.errors import SealError, StorageError
from robasync.records import Entry, Kind, Position
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.scan import Line, walk

MOST_BYTES = 16 * 1024 * 1024  # read of one journal


def latest(files: Files, place: Place, *, kinds: Collection[Kind]) -> Iterator[Entry]:
    """Yield, in their order, the records of those kinds among the last of a journal's newest segment.

    What is not whole, or is not readable, is passed over; a journal that is not there holds none.
    """
    try:
        segments = place.segments(files.names(place.folder))
        newest = max(segments, default=1)
        size = files.size(place.segment(newest))
        lines = walk(files, place, after=Position(newest, max(size - MOST_BYTES, 0), 0))
        wanted = {kind.value for kind in kinds}

        for line in lines:
            entry = _entry(line, place, wanted)

            if entry is not None:
                yield entry
    except (OSError, StorageError):
        return


def _entry(line: Line, place: Place, wanted: Collection[str]) -> Entry | None:
    head = line.head

    if head is None or head.kind not in wanted:
        return None

    try:
        record = codec.read_record(line.data, head, place.seal)
    except (SealError, ValueError, TypeError):
        return None

    return Entry(head.sequence, head.group, head.time, record, line.position)
