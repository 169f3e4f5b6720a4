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
_PREFIXES = 2**16  # what the first two bytes of a key can be
_FULL = 64  # rows on a shelf, on the average, before there are more shelves
_TOGETHER = 256  # shelves that are handed on in one piece
_MANY = 200_000  # new keys that a scan gathers before they are merged

ASKED = bytes(_PLACE.size)


class KeyTable:
    """Rows of key and place, sorted, on shelves by the first bits of the key. Never changed once made."""

    def __init__(self, shelves: Sequence[bytes] = (b"",)) -> None:
        self._shelves = shelves
        self._width = _PREFIXES // len(shelves)  # how many prefixes of two bytes share a shelf

    def __len__(self) -> int:
        return sum(map(len, self._shelves)) // _ROW

    def get(self, key: bytes) -> bytes | None:
        """Return the place of ``key``, ``ASKED`` if it has none yet, None if it is not known."""
        shelf = self._shelves[_prefix(key) // self._width]
        at = shelf.find(key)

        while at % _ROW and at >= 0:  # the end of one row and the beginning of the next
            at = shelf.find(key, at + 1)

        return shelf[at + _KEY : at + _ROW] if at >= 0 else None

    def merged(self, new: Mapping[bytes, bytes]) -> KeyTable:
        """Return a table that holds ``new`` as well; its places win.

        The cost grows with what is new, and no step holds the interpreter for long.
        """
        by_shelf: dict[int, dict[bytes, bytes]] = defaultdict(dict)

        for key, place in new.items():
            by_shelf[_prefix(key) // self._width][key] = place

        shelves = list(self._shelves)

        for number, rows in by_shelf.items():
            sorted_rows = sorted((_rows(shelves[number]) | rows).items())
            shelves[number] = b"".join([key + place for key, place in sorted_rows])

        table = KeyTable(shelves)

        return table if len(shelves) == _shelves_for(len(table)) else KeyTable.restored(b"".join(shelves))

    def pieces(self) -> Iterator[bytes]:
        """Yield the table's bytes."""
        for first in range(0, len(self._shelves), _TOGETHER):
            yield b"".join(self._shelves[first : first + _TOGETHER])

    @classmethod
    def restored(cls, data: bytes) -> KeyTable:
        """Return the table with those bytes. Raises ValueError for what is none."""
        rows, odd = divmod(len(data), _ROW)

        if odd:
            raise ValueError("the table of keys has half a row")

        width = _PREFIXES // _shelves_for(rows)
        starts = [0]

        for prefix in range(width, _PREFIXES, width):
            starts.append(_find(data, prefix.to_bytes(2, "big"), starts[-1]))

        ends = [*starts[1:], rows]

        return cls([data[start * _ROW : end * _ROW] for start, end in zip(starts, ends, strict=True)])


class Keys:
    """What a journal knows about call keys. One thread notes and asks; one other may merge."""

    def __init__(self, table: KeyTable | None = None) -> None:
        self._table = table or KeyTable()
        self._merging: dict[bytes, bytes] = {}
        self._new: dict[bytes, bytes] = {}
        self.is_whole = True  # False once a reply was not where it should be

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

    def lose(self, key: bytes) -> None:
        """Take back that a short key was answered: its reply cannot be read, as if it had never come."""
        self._new[key] = ASKED
        self.is_whole = False

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


def _prefix(key: bytes) -> int:
    return key[0] << 8 | key[1]


def _shelves_for(rows: int) -> int:
    """Return how many shelves a table has: few enough to be made quickly, at most some 60 rows each."""
    shelves = 1

    while rows > _FULL * shelves and shelves < _PREFIXES:
        shelves *= 16

    return shelves


def _rows(shelf: bytes) -> dict[bytes, bytes]:
    return {shelf[at : at + _KEY]: shelf[at + _KEY : at + _ROW] for at in range(0, len(shelf), _ROW)}


def _find(rows: bytes, key: bytes, first: int) -> int:
    """Return the number of the first row, from ``first`` on, that does not stand before ``key``."""
    count = len(rows) // _ROW
    near = min(first + 4 * _FULL, count)
    last = near if near < count and rows[near * _ROW : near * _ROW + _KEY] >= key else count

    return bisect_left(range(count), key, first, last, key=lambda row: rows[row * _ROW : row * _ROW + _KEY])
