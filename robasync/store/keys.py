"""The call keys that one journal knows, and where their replies lie: about 30 bytes a key.

Most of them stand in a sorted table without an object for each, like the names in git's pack
index; those that came since it was made stand in a dict, which is merged into the table
whenever the index is written.
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from robasync.records import Entry, Kind, Position

_KEY = 15  # bytes of a key that are kept: 120 bits, the most that fit in 48 bytes as an object
_PLACE = struct.Struct(">QI")  # segment and offset, length
_OFFSET_BITS = 40
_ROW = _KEY + _PLACE.size
_SHELVES = 256
_MANY = 200_000  # new keys that a scan gathers before they are merged

ASKED = bytes(_PLACE.size)


class KeyTable:
    """Rows of key and place, sorted, on one shelf for each first byte. Never changed once made."""

    def __init__(self, shelves: Sequence[bytes] = (b"",) * _SHELVES) -> None:
        self._shelves = shelves

    def __len__(self) -> int:
        return sum(map(len, self._shelves)) // _ROW

    def get(self, key: bytes) -> bytes | None:
        """Return the place of ``key``, ``ASKED`` if it has none yet, None if it is not known."""
        shelf = self._shelves[key[0]]

        if not shelf:
            return None

        at = _find(shelf, key, 0) * _ROW

        return shelf[at + _KEY : at + _ROW] if shelf.startswith(key, at) else None

    def merged(self, new: Mapping[bytes, bytes]) -> KeyTable:
        """Return a table that holds ``new`` as well; its places win.

        The cost grows with what is new, and no step holds the interpreter for long.
        """
        sorted_in = defaultdict(list)

        for key, place in new.items():
            sorted_in[key[0]].append(key + place)

        shelves = list(self._shelves)

        for number, rows in sorted_in.items():
            rows.sort()
            shelves[number] = b"".join(_interleaved(shelves[number], rows))

        return KeyTable(shelves)

    def pieces(self) -> Iterator[bytes]:
        """Yield the table's bytes."""
        yield from self._shelves

    @classmethod
    def restored(cls, data: bytes) -> KeyTable:
        """Return the table with those bytes. Raises ValueError for what is none."""
        if len(data) % _ROW:
            raise ValueError("the table of keys has half a row")

        starts = [_find(data, bytes([first]), 0) * _ROW for first in range(_SHELVES)]
        ends = [*starts[1:], len(data)]

        return cls([data[start:end] for start, end in zip(starts, ends, strict=True)])


class Keys:
    """What a journal knows about call keys. One thread notes and asks; one other may merge."""

    def __init__(self, table: KeyTable | None = None) -> None:
        self._table = table or KeyTable()
        self._merging: dict[bytes, bytes] = {}
        self._new: dict[bytes, bytes] = {}

    def note(self, kind: str, key: str, position: Position) -> None:
        """Take in a durable record; a reply is never taken back, an intent asks only once."""
        if kind == Kind.REPLY:
            segment, offset, length = position
            self._new[short(key)] = _PLACE.pack(segment << _OFFSET_BITS | offset, length)
        elif kind == Kind.INTENT and self.get(name := short(key)) is None:
            self._new[name] = ASKED

    def observe(self, entries: Iterable[Entry]) -> None:
        """Take in durable records in journal order."""
        for entry in entries:
            self.note(entry.record.kind, entry.record.key, entry.position)

    def get(self, key: bytes) -> bytes | None:
        """Return the place of a short key, ``ASKED`` if it has none yet, None if it is not known."""
        # In this order: what leaves one of them stands in the next before.
        return self._new.get(key) or self._merging.get(key) or self._table.get(key)

    def set_apart(self) -> None:
        """Set the new keys apart for ``merge``; what is noted from now on is not among them."""
        apart = {**self._merging, **self._new} if self._merging else self._new
        self._merging, self._new = apart, {}

    def merge(self) -> KeyTable:
        """Merge what was set apart into the table, and return it. For any one thread."""
        self._table, done = self._table.merged(self._merging), self._merging
        self._merging = {}

        while done:  # freed piece by piece: a million objects at once would stop the others
            done.popitem()

        return self._table

    def gather(self) -> None:
        """Merge when many are new; called while a journal is read."""
        if len(self._new) >= _MANY:
            self.set_apart()
            self.merge()


def short(key: str) -> bytes:
    """Return the part of a call key, given in hex, that is kept; one that is no such key gets its own."""
    try:
        name = bytes.fromhex(key[: 2 * _KEY])
    except ValueError:
        name = b""

    return name if len(name) == _KEY else hashlib.sha256(key.encode()).digest()[:_KEY]


def position(place: bytes) -> Position:
    """Return where a reply lies."""
    where, length = _PLACE.unpack(place)

    return Position(where >> _OFFSET_BITS, where & (1 << _OFFSET_BITS) - 1, length)


def _find(rows: bytes, key: bytes, first: int) -> int:
    """Return the number of the first row, from ``first`` on, that does not stand before ``key``."""
    return bisect_left(
        range(len(rows) // _ROW), key, first, key=lambda row: rows[row * _ROW : row * _ROW + _KEY]
    )


def _interleaved(shelf: bytes, rows: Sequence[bytes]) -> Iterator[memoryview | bytes]:
    view = memoryview(shelf)
    done = number = 0

    for row in rows:
        key = row[:_KEY]
        number = _find(shelf, key, number)
        yield view[done * _ROW : number * _ROW]
        yield row
        done = number + shelf.startswith(key, number * _ROW)

    yield view[done * _ROW :]
