"""What became of each document: a few arrays with one slot a document, and no objects.

Slots are in the order in which the documents first appeared in the journal, which is input
order. A slot takes about 220 bytes, the name and its place in the index included.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from robasync.model import Status
from robasync.records import Position

_DIGEST_SIZE = 32  # bytes of a SHA-256
_OFFSET_BITS = 40  # of a place; what stands above them is the segment
_OFFSET = (1 << _OFFSET_BITS) - 1
_CODES: Mapping[Status, int] = {status: code for code, status in enumerate(Status, start=1)}
_STATUSES: tuple[Status | None, ...] = (None, *Status)  # code 0: left
_IS_FAILED = bytes(code == _CODES[Status.FAILED] for code in range(256))
_KNOWN_CODES = bytes(range(len(_STATUSES)))
_IS_REFUSED = bytes(code == _CODES[Status.REFUSED] for code in range(256))


class DocumentStates:
    """Name, status, digest, stamp of the file and position of the newest outcome, by slot."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._index: dict[str, int] = {}
        self._codes = bytearray()
        self._digests = bytearray()
        self._stamps = array("q")
        self._places = array("Q")  # segment and offset of the outcome
        self._lengths = array("I")

    @classmethod
    def restored(cls, names: list[str], columns: Mapping[str, bytes]) -> DocumentStates:
        """Return the states whose ``columns`` were copied, with their ``names``.

        Raises ValueError for columns that do not belong together.
        """
        states = cls()
        states._names = names
        states._index = dict(zip(names, range(len(names)), strict=True))
        states._codes.extend(columns["codes"])
        states._digests.extend(columns["digests"])

        for name, column in states._numbers().items():
            column.frombytes(columns[name])

        lengths = {len(column) for column in states._numbers().values()}
        lengths |= {len(states._index), len(states._codes), len(states._digests) // _DIGEST_SIZE}

        if len(lengths) > 1 or len(states._digests) % _DIGEST_SIZE:
            raise ValueError("the columns differ in length, or a name stands twice")

        if states._codes.translate(None, _KNOWN_CODES):
            raise ValueError("a status is unknown")

        return states

    def __len__(self) -> int:
        return len(self._names)

    def columns(self) -> dict[str, bytes]:
        """Return a copy of everything but the names: 53 bytes a slot, as this machine lays them out."""
        numbers = {name: column.tobytes() for name, column in self._numbers().items()}

        return {"codes": bytes(self._codes), "digests": bytes(self._digests), **numbers}

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def shared(self, name: str) -> str:
        """Return ``name`` as it stands here, so that it need not be kept twice; itself where it is new."""
        slot = self._index.get(name)

        return name if slot is None else self._names[slot]

    def count(self, status: Status) -> int:
        """Return how many documents have that status."""
        return self._codes.count(_CODES[status])

    @property
    def names(self) -> Sequence[str]:
        """The names by slot; it only ever grows."""
        return self._names

    def slot(self, name: str) -> int:
        """Return the slot of ``name``, a new one if it has none."""
        slot = self._index.get(name)

        if slot is None:
            slot = self._index[name] = len(self._names)
            self._names.append(name)
            self._codes.append(0)
            self._digests.extend(bytes(_DIGEST_SIZE))

            for column in (self._stamps, self._places, self._lengths):
                column.append(0)

        return slot

    def conclude(self, outcome: Any, status: Status, *, position: Position) -> Status | None:
        """Take in a document's newest outcome, and return the status it had before."""
        slot = self.slot(part(outcome, "document"))
        before = _STATUSES[self._codes[slot]]
        digest = bytes.fromhex(part(outcome, "digest")).ljust(_DIGEST_SIZE, b"\0")
        self._codes[slot] = _CODES[status]
        self._digests[slot * _DIGEST_SIZE : (slot + 1) * _DIGEST_SIZE] = digest[:_DIGEST_SIZE]
        self._stamps[slot] = stamp(part(outcome, "size"), part(outcome, "mtime_ns"), part(outcome, "inode"))
        self._places[slot] = position.segment << _OFFSET_BITS | position.offset
        self._lengths[slot] = position.length

        return before

    def reopen(self, *, kept: Iterable[str] = ()) -> None:
        """Set every document back to left, those in ``kept`` excepted; its bytes stay known."""
        codes = bytearray(len(self._codes))

        for name in kept:
            if (slot := self._index.get(name)) is not None:
                codes[slot] = self._codes[slot]

        self._codes = codes

    def withdraw(self, names: Iterable[str]) -> None:
        """Set these documents back to left; their bytes stay known."""
        for name in names:
            if (slot := self._index.get(name)) is not None:
                self._codes[slot] = 0

    def status(self, name: str) -> Status | None:
        """Return what became of the document, None while it is left."""
        slot = self._index.get(name)

        return None if slot is None else _STATUSES[self._codes[slot]]

    def digest(self, name: str) -> str:
        """Return the SHA-256, in hex, of the bytes that the outcome is about; "" if unknown."""
        slot = self._index.get(name)

        if slot is None:
            return ""

        digest = self._digests[slot * _DIGEST_SIZE : (slot + 1) * _DIGEST_SIZE]

        return digest.hex() if any(digest) else ""

    def stamp(self, name: str) -> int:
        """Return the stamp of the file that the document's outcome is about; 0 if unknown."""
        slot = self._index.get(name)

        return 0 if slot is None else self._stamps[slot]

    def is_same_file(self, name: str, *, size: int, mtime_ns: int, inode: int) -> bool:
        """Return whether the file looks as it did when the document's outcome was recorded."""
        slot = self._index.get(name)

        return slot is not None and self._stamps[slot] == stamp(size, mtime_ns, inode)

    def position(self, name: str) -> Position | None:
        """Return where the document's newest outcome lies, None while it is left."""
        slot = self._index.get(name)

        return None if slot is None else self._position(slot)

    def positions(self) -> Iterator[Position]:
        """Yield where each document's newest outcome lies, by slot."""
        for slot in range(len(self._names)):
            if (position := self._position(slot)) is not None:
                yield position

    def failures(self) -> bytes:
        """Return a copy of which documents failed: one byte a slot, 1 where it did."""
        return bytes(self._codes.translate(_IS_FAILED))

    def refusals(self) -> bytes:
        """Return a copy of which documents were refused: one byte a slot, 1 where it was."""
        return bytes(self._codes.translate(_IS_REFUSED))

    def known(self, names: Iterable[str]) -> list[str]:
        """Return those of the ``names`` that have a slot."""
        index = self._index

        return [name for name in names if name in index]

    def having(self, status: Status | None) -> Iterator[str]:
        """Yield the names of the documents with that status, by slot; the others cost nothing."""
        code = _CODES[status] if status else 0
        slot = self._codes.find(code)

        while slot >= 0:
            yield self._names[slot]
            slot = self._codes.find(code, slot + 1)

    def outside(self, windows: Iterable[Iterable[int]]) -> list[str]:
        """Return the documents that no window has, in input order; windows are of slots."""
        is_named = bytearray(len(self))

        for slot in chain.from_iterable(windows):
            is_named[slot] = 1

        return [name for slot, name in enumerate(self._names) if not is_named[slot]]

    def _numbers(self) -> dict[str, array[int]]:
        return {
            "stamps": self._stamps,
            "places": self._places,
            "lengths": self._lengths,
        }

    def _position(self, slot: int) -> Position | None:
        if not self._codes[slot]:
            return None

        place = self._places[slot]

        return Position(place >> _OFFSET_BITS, place & _OFFSET, self._lengths[slot])


def stamp(size: int, mtime_ns: int, inode: int) -> int:
    """Return what tells a file apart from any other, and from itself once it was written to."""
    return hash((size, mtime_ns, inode))


def part(value: Any, name: str) -> Any:
    """Return a part of a body that is a value of ours in a run and a dict after a replay."""
    return value[name] if isinstance(value, dict) else getattr(value, name)
