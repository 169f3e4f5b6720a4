"""A session's index: what was folded of its journal up to one record, and the places of its replies.

It saves reading the journal from its beginning, and nothing depends on it: it counts only if
every byte is as it was written and the journal still holds that very record at that place,
with the segments before it. Else it is passed over, and written anew.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeVar

from robasync import image
from robasync.errors import SealError, StorageError
from robasync.image import Image
from robasync.records import Position
from robasync.session import Session
from robasync.store import index_file
from robasync.store.files import Files
from robasync.store.index_file import IndexFile
from robasync.store.keys import Keys, KeyTable
from robasync.store.places import Place
from robasync.store.reading import read_line
from robasync.store.scan import Damage, Mark
from robasync.store.snapshots import replace_file

log = logging.getLogger(__name__)

T = TypeVar("T")

KEYS = "keys"
_DAMAGED = (OSError, StorageError, SealError, struct.error)
_FORGED = (ValueError, LookupError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What an index holds. The journal goes on after ``mark``; ``damage`` was found before it."""

    session: Session
    keys: Keys
    mark: Mark
    damage: tuple[Damage, ...]


class Index:
    """Writes a session's index: a ``Cache`` of the checkpointer. ``damage`` is that of its journal."""

    def __init__(
        self, files: Files, place: Place, *, session: Session, keys: Keys, damage: Sequence[Damage]
    ) -> None:
        self._files = files
        self._place = place
        self._session = session
        self._keys = keys
        self._damage = damage
        self._written = 0

    def image(self) -> Callable[[], None]:
        """Copy the session's arrays, about 25 ms for a million documents; return what writes them."""
        if not self._keys.is_whole:
            return self._remove

        if self._session.last_sequence == self._written:
            return _nothing

        self._keys.set_apart()

        return partial(self._write, image.take(self._session))

    def _remove(self) -> None:
        """Leave none: what is read next is the journal itself, so that its damage is found and told."""
        self._files.remove(self._place.index)

    def _write(self, taken: Image) -> None:
        mark = _mark(self._files, self._place, Position(*taken.facts["last_position"]))
        before = (number for number in _segments(self._files, self._place) if number < mark.position.segment)
        facts = {
            "layout": image.LAYOUT,
            "session": taken.facts,
            "mark": [mark.sequence, mark.group, mark.crc, list(mark.position)],
            "sizes": [[number, self._files.size(self._place.segment(number))] for number in before],
            "damage": [asdict(damage) for damage in self._damage],
        }
        pieces = index_file.encode(_parts(taken, self._keys.merge()), facts, seal=self._place.seal)
        path = self._place.index

        try:
            temporary = path.with_name(f"{path.name}.tmp")
            replace_file(self._files, path, pieces, temporary=temporary, validate=False)
        except ValueError as error:
            raise StorageError(f"{path.name} is not written: {error}") from error

        self._written = mark.sequence


def recall(files: Files, place: Place) -> Recalled | None:
    """Return what the index of the session at ``place`` holds, None where it is of no use."""
    return _read(files, place, _recalled)


def recall_keys(files: Files, place: Place) -> tuple[Keys, Mark] | None:
    """Return the keys in the index and the record after which the journal goes on, or None."""
    return _read(files, place, lambda file, mark: (_keys(file), mark))


def recall_outline(files: Files, place: Place) -> tuple[Session, Mark] | None:
    """Return what the index tells of the session but its documents, and the same record, or None."""
    return _read(files, place, lambda file, mark: (image.outline(file.facts["session"]), mark))


def examine(files: Files, place: Place) -> Recalled | str | None:
    """Return what the index holds, or why it is of no use; None where there is none."""
    return _examined(files, place, _recalled)


def _read(files: Files, place: Place, parse: Callable[[IndexFile, Mark], T]) -> T | None:
    found = _examined(files, place, parse)

    if isinstance(found, str):
        log.debug(
            "The index %s is not used: %s. The journal is read from its beginning.",
            place.index,
            found,
            extra={"event": "index_not_used", "file": str(place.index)},
        )

        return None

    return found


def _examined(files: Files, place: Place, parse: Callable[[IndexFile, Mark], T]) -> T | str | None:
    try:
        size = files.size(place.index)
    except OSError:
        return None  # there is none

    try:
        file = IndexFile(partial(files.read, place.index), size, seal=place.seal)

        return parse(file, _checked(files, place, file))
    except (*_DAMAGED, *_FORGED) as error:
        return str(error)


def _recalled(file: IndexFile, mark: Mark) -> Recalled:
    return Recalled(
        session=image.restore(file.facts["session"], file.part),
        keys=_keys(file),
        mark=mark,
        damage=tuple(Damage(**damage) for damage in file.facts["damage"]),
    )


def _keys(file: IndexFile) -> Keys:
    return Keys(KeyTable.restored(file.part(KEYS)))


def _checked(files: Files, place: Place, file: IndexFile) -> Mark:
    """Return where the index ends, once the journal is found to hold that record and all before it."""
    sequence, group, crc, position = file.facts["mark"]
    mark = Mark(sequence, group, crc, Position(*position))

    if file.facts["layout"] != image.LAYOUT:
        raise ValueError("it was written by another machine or interpreter")

    if sequence != file.facts["session"]["last_sequence"] or mark != _mark(files, place, mark.position):
        raise ValueError("the journal holds another record where it ends")

    if any(files.size(place.segment(number)) < size for number, size in file.facts["sizes"]):
        raise ValueError("a segment of the journal is shorter than it was")

    return mark


def _mark(files: Files, place: Place, position: Position) -> Mark:
    _, head = read_line(files, place, position)

    return Mark(head.sequence, head.group, head.crc, position)


def _segments(files: Files, place: Place) -> Iterable[int]:
    return place.segments(files.names(place.folder))


def _parts(taken: Image, table: KeyTable) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield from image.parts(taken)
    yield KEYS, table.pieces()


def _nothing() -> None:
    """Write nothing: the index is as it should be."""
