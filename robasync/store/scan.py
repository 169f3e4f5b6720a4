"""Reading a journal back: which lines count, which were never acknowledged, which are damaged.

One walk over all segments yields every whole line once. What was not whole is judged at the
end, when the last commit group is known. Because a group is written only after the one
before it is on the disk, bad bytes inside the last group were never acknowledged (a torn
tail), and bad bytes anywhere before it are damage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from robasync.errors import SealBroken
from robasync.records import Entry, Kind, Position, Record
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.sealing import Seal

_CHUNK = 256 * 1024  # bytes read at a time; more would not stay in the processor's cache
_KINDS = frozenset(kind.value for kind in Kind)


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


@dataclass(slots=True)
class Gap:
    """Bytes that are no whole line, or records that are not there.

    ``after`` is the highest sequence number before it; ``until`` and ``group`` are those of
    the next whole line, None where there is none.
    """

    segment: int
    offset: int
    after: int
    bad_bytes: bool
    until: int | None = None
    group: int | None = None


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
        self._gaps: list[Gap] = []
        self._open: Gap | None = None
        self._group = {after.sequence: after.crc}  # sequence -> CRC in the group being read
        self._conflicts: list[Damage] = []
        self.last_sequence = after.sequence
        self.last_group = after.group

    def __iter__(self) -> Iterator[Entry]:
        """Yield each readable record once, in order; kinds of later versions are passed over."""
        return self.entries(codec.read_record)

    def entries(self, read: Callable[[bytes, codec.Head, Seal], Record]) -> Iterator[Entry]:
        """Yield each record once, in order, as ``read`` takes it from its line."""
        for line, head in self.lines():
            if head.kind in _KINDS:
                try:
                    record = read(line.data, head, self._place.seal)
                except SealBroken as error:
                    self._conflicts.append(Damage(self._name(line.segment), line.offset, str(error)))
                    continue

                yield Entry(head.sequence, head.group, head.time, record, line.position)

    def lines(self) -> Iterator[tuple[Line, codec.Head]]:
        """Yield each whole line that counts once, in order, its body unread."""
        for line in walk(self._files, self._place, after=self._after):
            if self._is_new(line) and line.head is not None:
                yield line, line.head

    @property
    def damage(self) -> list[Damage]:
        """What was acknowledged once and is not readable now."""
        lost = [self._described(gap) for gap in self._gaps if self._is_damage(gap)]

        return lost + self._conflicts

    @property
    def torn(self) -> list[Gap]:
        """The bad bytes that were never acknowledged and hold nothing that counts."""
        return [gap for gap in self._gaps if gap.bad_bytes and self._is_torn(gap)]

    def _is_new(self, line: Line) -> bool:
        head = line.head

        if head is None:
            self._open_gap(line, bad_bytes=True)
            return False

        if head.sequence <= self.last_sequence:
            self._close_gap(head)
            self._check_repeat(line, head)
            return False

        if head.sequence > self.last_sequence + 1:
            self._open_gap(line, bad_bytes=False)

        if self._open is not None:
            self._close_gap(head)

        if head.group != self.last_group:
            self._group.clear()

        self._group[head.sequence] = head.crc
        self.last_sequence, self.last_group = head.sequence, head.group

        return True

    def _open_gap(self, line: Line, *, bad_bytes: bool) -> None:
        known = self._open

        # Bad bytes are noted per segment: each segment's tail is cut by itself.
        if known is None or (bad_bytes and known.segment != line.segment):
            self._open = Gap(line.segment, line.offset, self.last_sequence, bad_bytes)
            self._gaps.append(self._open)

    def _close_gap(self, head: codec.Head) -> None:
        for gap in reversed(self._gaps):
            if gap.until is not None:
                break

            gap.until, gap.group = head.sequence, head.group

        self._open = None

    def _check_repeat(self, line: Line, head: codec.Head) -> None:
        # A group is written again after a failed sync: then number and CRC are the same.
        if self._group.get(head.sequence) == head.crc:
            return

        message = f"record {head.sequence} stands here again with another content; the first one counts"
        self._conflicts.append(Damage(self._name(line.segment), line.offset, message))

    def _is_torn(self, gap: Gap) -> bool:
        if gap.until is None:
            return gap.after + 1 > self.durable

        in_last_group = gap.group == self.last_group and gap.after + 1 >= gap.group

        return in_last_group and gap.until > gap.after + 1 and gap.after + 1 > self.durable

    def _is_damage(self, gap: Gap) -> bool:
        if gap.until is None or gap.group is None:
            return not self._is_torn(gap)

        if gap.until <= gap.after + 1:  # every record between was written again elsewhere
            return False

        cut_by_recovery = not gap.bad_bytes and gap.after + 1 >= gap.group

        return not self._is_torn(gap) and not cut_by_recovery

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
