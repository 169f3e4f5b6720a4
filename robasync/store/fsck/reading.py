"""The journal's records taken in one by one: folded where they are sound, doubted where they are not."""

from __future__ import annotations

from collections.abc import Iterator

from robasync.errors import SealBroken, SealError
from robasync.findings import Finding, Level, Subject
from robasync.records import Entry, Kind, Record
from robasync.session import Session
from robasync.store import codec
from robasync.store.codec import Head
from robasync.store.fsck.calls import Calls, Costs
from robasync.store.fsck.course import Course
from robasync.store.fsck.money import Money
from robasync.store.fsck.shapes import complaint
from robasync.store.places import Place
from robasync.store.scan import Line
from robasync.store.sealing import Locked, Seal

_KINDS = frozenset(kind.value for kind in Kind)
_CALLS = frozenset({Kind.INTENT, Kind.REPLY, Kind.CALL_FAILED, Kind.CALL_RELEASED})


class Reading:
    """Takes whole lines in journal order. ``session`` is the fold of the sound ones.

    ``later_kinds`` counts records of kinds that only a later version knows. Without the key
    to an encrypted session (``is_blind``) the heads alone are read.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.is_blind = isinstance(place.seal, Locked)
        self.session = Session()
        self.calls = Calls()
        self.costs = Costs()
        self.money = Money()
        self.records = 0
        self.later_kinds = 0
        self._course = Course()

    def take(self, line: Line, head: Head) -> Iterator[Finding]:
        """Take one in, and yield what is wrong with what it says."""
        self.records += 1

        if self.is_blind:
            yield from self._heed(line, head)
        elif head.kind not in _KINDS:
            self.later_kinds += 1
        else:
            yield from self._read(line, head)

        self.session.last_sequence = head.sequence

    def ends(self) -> Iterator[Finding]:
        """Yield what is still missing when the journal has been read."""
        yield from self._course.ends(self.session)

    def _heed(self, line: Line, head: Head) -> Iterator[Finding]:
        if head.kind in _CALLS:
            # A reply may be one that another session bought.
            is_copy = head.kind == Kind.REPLY
            yield from self.calls.see(head.kind, head.key, position=line.position, is_copy=is_copy)

    def _read(self, line: Line, head: Head) -> Iterator[Finding]:
        record = _record(line, head, self._place.seal)

        if isinstance(record, str):
            yield Finding(
                subject=Subject.JOURNAL,
                level=Level.LOSS,
                message=f"record {head.sequence} ({head.kind}) {record}, although its checksum is right",
                file=self._place.segment(line.segment).name,
                offset=line.offset,
            )
            return

        entry = Entry(head.sequence, head.group, head.time, record, line.position)
        yield from self._weigh(entry)
        self.session.apply(entry)

    def _weigh(self, entry: Entry) -> Iterator[Finding]:
        record = entry.record

        if record.kind in _CALLS:
            is_copy = "from_session" in record.body
            yield from self.calls.see(record.kind, record.key, position=entry.position, is_copy=is_copy)

        yield from self.costs.see(record, self.session)
        yield from self.money.see(record)
        yield from self._course.see(entry, self.session)


def _record(line: Line, head: Head, seal: Seal) -> Record | str:
    """Return a line's record, or what is wrong with it."""
    try:
        record = codec.read_record(line.data, head, seal)
    except SealBroken:
        return "was changed after it was encrypted"
    except SealError:
        return "is encrypted, unlike its session"
    except (ValueError, TypeError, AttributeError):
        return "cannot be read"

    return complaint(record) or record
