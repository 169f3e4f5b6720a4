"""Reading a journal back: which lines count, which were never acknowledged, which are damaged.

One walk over all segments yields every whole line once. What was not whole is judged at the
end, when the last commit group is known. Because a group is written only after the one
before it is on the disk, bad bytes inside the last group were never acknowledged (a torn
tail), and bad bytes anywhere before it are damage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from robasync.model import Entry, Kind, Position
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.places import Place

_CHUNK = 4 * 1024 * 1024  # bytes read at a time
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


@dataclass(frozen=True, slots=True)
class Tail:
    """Where the next record goes."""

    segment: int = 1
    size: int = 0
    next_sequence: int = 1


def walk(files: Files, place: Place) -> Iterator[Line]:
    """Yield every line of every segment in order, whole or not."""
    for number in place.segments(files.names(place.folder)):
        yield from _walk_segment(files, place, number)


class Scan:
    """One pass over a journal: iterate over it once, then ask for what it found.

    ``durable`` is a sequence number known, from a checkpoint, to have been on the disk.
    """

    def __init__(self, files: Files, place: Place, *, durable: int = 0) -> None:
        self._files = files
        self._place = place
        self.durable = durable
        self._gaps: list[Gap] = []
        self._open: Gap | None = None
        self._group: dict[int, int] = {}  # sequence -> CRC in the group being read
        self._conflicts: list[Damage] = []
        self.last_sequence = 0
        self.last_group = 0

    def __iter__(self) -> Iterator[Entry]:
        """Yield each readable record once, in order; kinds of later versions are passed over."""
        for line in walk(self._files, self._place):
            if self._is_new(line) and line.head is not None and line.head.kind in _KINDS:
                head = line.head
                record = codec.read_record(line.data, head)
                yield Entry(head.sequence, head.group, head.time, record, line.position)

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
        if line.head is None:
            self._open_gap(line, bad_bytes=True)
            return False

        head = line.head

        if head.sequence <= self.last_sequence:
            self._close_gap(head)
            self._check_repeat(line, head)
            return False

        if head.sequence > self.last_sequence + 1:
            self._open_gap(line, bad_bytes=False)

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
        last = "the end" if gap.until is None else gap.until - 1
        which = f"record {first} is" if last == first else f"records {first} to {last} are"

        return Damage(self._name(gap.segment), gap.offset, f"{which} not readable")

    def _name(self, segment: int) -> str:
        return self._place.segment(segment).name


def settle(files: Files, place: Place) -> None:
    """Make what is in the segments durable before any of it is believed.

    After a crash of the process complete lines may lie in the page cache only.
    """
    for number in place.segments(files.names(place.folder)):
        handle = files.open(place.segment(number))

        try:
            files.sync(handle)
        finally:
            files.close(handle)

    files.sync_folder(place.folder)


def repair(files: Files, place: Place, scan: Scan) -> bool:
    """Cut off what a finished scan found torn, after copying it to ``*.torn-OFFSET``.

    Returns whether whole lines were moved to a new segment, so that positions changed.
    """
    cuts: dict[int, int] = {}

    for gap in scan.torn:
        cuts.setdefault(gap.segment, gap.offset)

    moved = [_cut(files, place, segment=segment, offset=offset) for segment, offset in cuts.items()]

    return any(moved)


def tail(files: Files, place: Place, scan: Scan) -> Tail:
    """Return where the next record goes after a finished and repaired scan."""
    numbers = place.segments(files.names(place.folder))
    next_sequence = max(scan.last_sequence, scan.durable) + 1

    if not numbers:
        return Tail(next_sequence=next_sequence)

    size = files.size(place.segment(numbers[-1]))

    # Damage stays where it is, and an unfinished line must not swallow the next record.
    if size and files.read(place.segment(numbers[-1]), size - 1, 1) != b"\n":
        return Tail(numbers[-1] + 1, 0, next_sequence)

    return Tail(numbers[-1], size, next_sequence)


def _cut(files: Files, place: Place, *, segment: int, offset: int) -> bool:
    path = place.segment(segment)
    torn = files.read(path, offset, files.size(path) - offset)
    whole = [line for line in torn.split(b"\n")[:-1] if codec.read_head(line) is not None]

    _write_new(files, path.with_name(f"{path.name}.torn-{offset}"), torn)

    if whole:
        # In a segment of their own first: a crash before the cut leaves them twice, never lost.
        last = place.segments(files.names(place.folder))[-1]
        _write_new(files, place.segment(last + 1), b"".join(line + b"\n" for line in whole))

    handle = files.open(path)

    try:
        files.truncate(handle, offset)
        files.sync(handle)
    finally:
        files.close(handle)

    return bool(whole)


def _write_new(files: Files, path: Path, data: bytes) -> None:
    handle = files.open(path)

    try:
        files.truncate(handle, 0)
        files.write(handle, data)
        files.sync(handle)
    finally:
        files.close(handle)

    files.sync_folder(path.parent)


def _walk_segment(files: Files, place: Place, number: int) -> Iterator[Line]:
    path = place.segment(number)
    read, offset, rest = 0, 0, b""

    while chunk := files.read(path, read, _CHUNK):
        read += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")

        for data in lines:
            yield Line(number, offset, data, codec.read_head(data))
            offset += len(data) + 1

    if rest:
        yield Line(number, offset, rest, None)
