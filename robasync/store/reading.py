"""A single line of a journal by its position."""

from __future__ import annotations

from robasync.errors import StorageError
from robasync.records import Position
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.places import Place


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
            f"{path.name}: the record at byte {position.offset} is damaged; the others are whole.\n"
            "If another program writes there, stop it; then: robasync resume"
        )

    return line, head
