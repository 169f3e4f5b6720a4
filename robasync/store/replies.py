"""What the journals of a checkpoint folder know about call keys, and the replies they hold.

In memory stands one small integer a key: where the reply lies. The journals of other
sessions are only ever read; what is not whole in them is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import anyio
import anyio.to_thread

from robasync.errors import StorageError
from robasync.records import Entry, Kind, Position, RecordedReply, Standing
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.reading import read_record
from robasync.store.scan import walk

_KEY_DIGITS = 30  # hex digits of a key that are kept: 120 bits, the most that fit in 48 bytes
_ASKED = 0


class RecordedReplies:
    """Implements the gate's ``Replies``. ``own`` is the session's place, ``session`` its id.

    ``others`` are the places and ids of the other sessions whose replies may be reused.
    """

    def __init__(
        self, files: Files, own: Place, *, session: str, others: Sequence[tuple[Place, str]] = ()
    ) -> None:
        self._files = files
        self._journals = [(own, session), *others]
        self._places: dict[bytes, int] = {}
        self._thread = anyio.CapacityLimiter(4)

    async def load(self) -> None:
        """Read the heads of all journals, in a thread. Call it before the run begins."""
        await anyio.to_thread.run_sync(self._load, limiter=self._thread)

    def observe(self, entries: Iterable[Entry]) -> None:
        """Take in what the own journal has just made durable."""
        for entry in entries:
            self._note(entry.record.kind, entry.record.key, journal=0, position=entry.position)

    def standing(self, key: str) -> Standing:
        """Return what is known of ``key``; does no I/O."""
        place = self._places.get(_short(key))

        if place is None:
            return Standing.UNKNOWN

        return Standing.ASKED if place == _ASKED else Standing.ANSWERED

    async def read(self, key: str) -> RecordedReply:
        """Return the recorded reply of an answered key, from the own journal if it is there.

        Raises StorageError if it cannot be read any more.
        """
        place = self._places.get(_short(key), _ASKED)

        if place == _ASKED:
            raise StorageError(f"no journal holds a reply to call {key[:12]}.")

        return await anyio.to_thread.run_sync(self._read, key, place, limiter=self._thread)

    def _load(self) -> None:
        # Backwards, so that the own journal comes last and wins.
        for journal in reversed(range(len(self._journals))):
            for line in walk(self._files, self._journals[journal][0]):
                if line.head is not None and line.head.key:
                    self._note(line.head.kind, line.head.key, journal=journal, position=line.position)

    def _note(self, kind: str, key: str, *, journal: int, position: Position) -> None:
        if kind == Kind.REPLY:
            self._places[_short(key)] = _pack(journal, position)
        elif kind == Kind.INTENT:
            self._places.setdefault(_short(key), _ASKED)

    def _read(self, key: str, packed: int) -> RecordedReply:
        journal, position = _unpack(packed)
        place, session = self._journals[journal]
        record = read_record(self._files, place, position)

        if record.key != key:
            raise StorageError(f"{place.segment(position.segment).name} was replaced while it was in use.")

        return RecordedReply(raw=record.body["raw"], session=session)


def _short(key: str) -> bytes:
    return bytes.fromhex(key[:_KEY_DIGITS])


def _pack(journal: int, position: Position) -> int:
    return ((journal << 16 | position.segment) << 40 | position.offset) << 32 | position.length


def _unpack(packed: int) -> tuple[int, Position]:
    offset = packed >> 32 & (1 << 40) - 1
    segment = packed >> 72 & (1 << 16) - 1

    return packed >> 88, Position(segment, offset, packed & (1 << 32) - 1)
