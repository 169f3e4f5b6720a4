"""The outcomes of a session, read back from where they lie in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from robasync.errors import StorageError
from robasync.model import Position
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.places import Place


def bodies(files: Files, place: Place, positions: Iterable[Position]) -> Iterator[dict[str, Any]]:
    """Yield the decoded body of each outcome, in the order of ``positions``.

    Raises StorageError for a line that is not what was recorded there.
    """
    for position in positions:
        path = place.segment(position.segment)

        try:
            line = files.read(path, position.offset, position.length)[:-1]
        except OSError as error:
            raise StorageError(f"{path}: the journal cannot be read: {error.strerror}.") from error

        head = codec.read_head(line)

        if head is None:
            raise StorageError(
                f"{path.name}: the outcome at byte {position.offset} is damaged; the others are whole.\n"
                "Check the session: robasync fsck"
            )

        yield codec.read_record(line, head).body
