"""Single records by their position, for reports that stream what a session points at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from robasync.errors import StorageError
from robasync.model import Position, Record
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.places import Place


def records(files: Files, place: Place, positions: Iterable[Position]) -> Iterator[Record]:
    """Yield the records at ``positions``. Raises StorageError for one that is not whole any more."""
    for position in positions:
        yield codec.read_record(*read_line(files, place, position))


def read_line(files: Files, place: Place, position: Position) -> tuple[bytes, codec.Head]:
    """Return the line at ``position``, its CRC checked, with its head. Raises StorageError."""
    path = place.segment(position.segment)

    try:
        line = files.read(path, position.offset, position.length)[:-1]
    except OSError as error:
        raise StorageError(f"{path}: a recorded answer cannot be read: {error.strerror}.") from error

    head = codec.read_head(line)

    if head is None:
        raise StorageError(
            f"{path.name} was changed while in use: the record at byte {position.offset} is damaged.\n"
            "Stop other programs that write there, then: robasync resume"
        )

    return line, head
