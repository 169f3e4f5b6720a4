"""Reading a journal back: which lines count, which were never acknowledged, which are damaged.

One walk over all segments yields every whole line once. A group is held until the next one
begins: after a failed sync it may stand in part in one segment and whole in the next. What
was not whole is judged at the end, when the last commit group is known, see ``gaps``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from robasync.errors import SealBroken
from robasync.records import Entry, Kind, Position, Record
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.gaps import Gap, Gaps
from robasync.store.places import Place
from robasync.store.sealing import Seal

_CHUNK = 256 * 1024  # bytes read at a time; more would not stay in the processor's cache
_KINDS = frozenset(kind.value for kind in Kind)

FORGED = "record {} does not hold what a record of its kind does, although its checksum is right"


class Line(NamedTuple):
    """A line as it lies in a segment, without its newline; ``head`` is None if it is not whole."""

    segment: int
    offset: int
    data: bytes
    head: codec.Head | None

    @property
    def position(self) -> Position:
        """Where the line lies, its newline included."""
        return Position(self.segment, self.offset, len(self.data) + 1)


class Mark(NamedTuple):
    """A record that is on the disk, the last of its group, and all before it: a scan may begin there."""

    sequence: int
    group: int
    crc: int
    position: Position


BEGINNING = Mark(0, 0, 0, Position(1, 0, 0))


@dataclass(frozen=True, slots=True)
class Damage:
    """Records that were once acknowledged and cannot be read: where, and what is known."""

    file: str
    offset: int
    message: str


def walk(files: Files, place: Place, *, after: Position = BEGINNING.position) -> Iterator[Line]:
    """Yield every line of every segment in order, whole or not; those behind ``after``, if it is given."""
    for number in place.segments(files.names(place.folder)):
        if number >= after.segment:
            begin = after.offset + after.length if number == after.segment else 0
            yield from _walk_segment(files, place, number, begin)


class Scan:
    """One pass over a journal: iterate over it, or its lines, once; then ask for what it found.

    ``durable`` is a sequence number known, from a checkpoint, to have been on the disk.
    ``after`` is the record behind which it begins.
    """

    def __init__(self, files: Files, place: Place, *, durable: int = 0, after: Mark = BEGINNING) -> None:
        self._files = files
        self._place = place
        self._after = after.position
        self.durable = max(durable, after.sequence)
        self._known = after.sequence
        self._gaps = Gaps()
        self._group: dict[int, tuple[Line, codec.Head]] = {}  # what was read of the last group
        self._conflicts: list[Damage] = []
        self.later_kinds: set[str] = set()
        self.last_sequence = after.sequence
        self.last_group = after.group

    def __iter__(self) -> Iterator[Entry]:
        """Yield each readable record once, in order; kinds of later versions are passed over."""
        return self.entries(codec.read_record)

    def entries(self, read: Callable[[bytes, codec.Head, Seal], Record]) -> Iterator[Entry]:
        """Yield each record once, in order, as ``read`` takes it from its line."""
        for line, head in self.lines():
            if head.kind not in _KINDS:
                self.later_kinds.add(head.kind)
                continue

            try:
                record = read(line.data, head, self._place.seal)
            except (SealBroken, ValueError, TypeError) as error:
                message = str(error) if isinstance(error, SealBroken) else FORGED.format(head.sequence)
                self._conflicts.append(Damage(self._name(line.segment), line.offset, message))
                continue

            yield Entry(head.sequence, head.group, head.time, record, line.position)

    def lines(self) -> Iterator[tuple[Line, codec.Head]]:
        """Yield each whole line that counts once, in order, its body unread."""
        for line in walk(self._files, self._place, after=self._after):
            head = line.head

            if head is None:
                self._begin_gap(line, bad_bytes=True)
                continue

            if head.group != self.last_group and head.sequence > self.last_sequence:
                yield from self._end_group()
                self.last_group = head.group

            self._take(line, head)

        yield from self._end_group()

    @property
    def damage(self) -> list[Damage]:
        """What was acknowledged once and is not readable now."""
        lost = [self._described(gap) for gap in self._gaps.all if self._judged(gap.is_damage)]

        return lost + self._conflicts

    @property
    def torn(self) -> list[Gap]:
        """The bad bytes that were never acknowledged and hold nothing that counts."""
        return [gap for gap in self._gaps.all if gap.bad_bytes and self._judged(gap.is_torn)]

    def _take(self, line: Line, head: codec.Head) -> None:
        """Take in a whole line; of two copies the later counts, it is the one that was acknowledged."""
        sequence = head.sequence

        # A journal that takes the place of a lost one goes on with its numbers.
        is_first = not self.last_sequence and head.kind == Kind.SESSION_STARTED

        if sequence > self.last_sequence + 1 and not is_first:
            self._begin_gap(line, bad_bytes=False)

        self._gaps.end(head)
        self.last_sequence = max(self.last_sequence, sequence)
        before = self._group.get(sequence)

        if head.group != self.last_group or (before and before[1].crc != head.crc):
            message = f"record {sequence} stands here again with another content; the first one counts"
            self._conflicts.append(Damage(self._name(line.segment), line.offset, message))
        elif sequence > self._known:
            self._group[sequence] = line, head

    def _end_group(self) -> Iterator[tuple[Line, codec.Head]]:
        group, self._group = self._group, {}
        self._gaps.fill(group)

        for sequence in sorted(group):
            yield group[sequence]

    def _begin_gap(self, line: Line, *, bad_bytes: bool) -> None:
        self._gaps.begin(line.segment, line.offset, after=self.last_sequence, bad_bytes=bad_bytes)

    def _judged(self, question: Callable[..., bool]) -> bool:
        return question(last_group=self.last_group, durable=self.durable)

    def _described(self, gap: Gap) -> Damage:
        first = gap.after + 1
        last = self.durable if gap.until is None else gap.until - 1
        which = f"record {first} is" if last == first else f"records {first} to {last} are"

        return Damage(self._name(gap.segment), gap.offset, f"{which} not readable")

    def _name(self, segment: int) -> str:
        return self._place.segment(segment).name


def _walk_segment(files: Files, place: Place, number: int, begin: int) -> Iterator[Line]:
    path = place.segment(number)
    read, offset, rest = begin, begin, b""
    length = _CHUNK

    while chunk := files.read(path, read, length):
        read += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        length = _CHUNK if lines else 2 * length

        for data in lines:
            yield Line(number, offset, data, codec.read_head(data))
            offset += len(data) + 1

    if rest:
        yield Line(number, offset, rest, None)
