"""A single line of a journal by its position."""

from __future__ import annotations

from contextlib import suppress

from robasync.errors import SealBroken, StorageError
from robasync.records import Position, Record
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
            "If another program writes there, stop it; robasync resume asks for what is lost again."
        )

    return line, head


def read_known(files: Files, place: Place, position: Position) -> Record:
    """Return the record that the index may have told of. Raises as ``read_record``.

    Then the index goes, for it still knows what is lost: without it the next run reads the
    whole journal, and asks for that again.
    """
    try:
        return read_record(files, place, position)
    except StorageError:
        with suppress(OSError):
            files.remove(place.index)

        raise


def read_record(files: Files, place: Place, position: Position) -> Record:
    """Return the record at ``position``. Raises StorageError for one that is not as it was written."""
    line, head = read_line(files, place, position)

    try:
        return codec.read_record(line, head, place.seal)
    except SealBroken as error:
        name = place.segment(position.segment).name
        raise StorageError(f"{name}: {error}\nThe others are whole; look with: robasync fsck") from error
