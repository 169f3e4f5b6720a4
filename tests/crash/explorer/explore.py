"""Every disk that a crash may leave at every operation of a course, opened by the real recovery."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from robasync.errors import RobasyncError
from robasync.records import Kind, Record
from robasync.store import checkpoint, codec
from robasync.store.crashes import crashes, replay
from robasync.store.disk import Disk
from robasync.store.keys import ASKED, position, short
from robasync.store.opening import Opened, opened
from robasync.store.operations import Deed
from robasync.store.reading import read_line
from robasync.store.recording import RecordingFiles
from robasync.store.recovery import Tail
from robasync.store.segments import SegmentWriter
from tests.crash.explorer.course import PLACE, Course, Line, Promises, Read, read
from tests.stores import TIME

BOUND = 30  # disks an operation, where there are more
NESTED = 5  # disks an operation of a recovery
EVERY = 150  # of so many disks, one is crashed again while it is being recovered


class Violation(AssertionError):
    """A disk that a crash may leave does not hold what was promised."""


@dataclass
class Explorer:
    """Visits disks; ``seen`` are the different ones, ``states`` counts them by the operation before."""

    bound: int = BOUND
    every: int = EVERY
    seen: set[bytes] = field(default_factory=set)
    states: Counter[Deed] = field(default_factory=Counter)
    operations: Counter[Deed] = field(default_factory=Counter)
    _checked: set[tuple[bytes, int, int]] = field(default_factory=set)

    def explore(self, course: Course) -> None:
        """Check what a crash, and what a kill, leaves after each operation. Raises Violation."""
        self._explore(course, bound=self.bound, every=self.every)

    def _explore(self, course: Course, *, bound: int, every: int) -> None:
        before = None

        for number, (operation, disk) in enumerate(replay(course.files.start, course.files.log), start=1):
            promised = course.after(number)

            if (disk, promised) == before:  # it was only looked at
                continue

            before = disk, promised
            self.operations[operation.deed] += 1
            where = f"after operation {number}, {operation}"

            for left in crashes(disk, bound=bound):
                self._visit(left, promised, operation.deed, where, every=every)

            if every:
                self._recover(disk, promised, f"killed {where}")

    def _visit(self, disk: Disk, promised: Promises, deed: Deed, where: str, *, every: int) -> None:
        digest = disk.digest
        key = digest, len(promised.kept), promised.checkpoint

        if key in self._checked:
            return

        self._checked.add(key)

        if digest not in self.seen:
            self.seen.add(digest)
            self.states[deed] += 1

        try:
            check(disk, promised)
        except (Violation, RobasyncError, OSError) as error:
            raise Violation(f"crashed {where}: {error}") from error

        if every and len(self._checked) % every == 0:
            self._recover(disk, promised, f"crashed {where}")

    def _recover(self, disk: Disk, promised: Promises, where: str) -> None:
        """Explore the recovery of a disk as one more course."""
        course = Course(RecordingFiles(disk), promised)

        try:
            with course.opened():
                pass

            self._explore(course, bound=NESTED, every=0)
        except (Violation, RobasyncError, OSError) as error:
            raise Violation(f"{where}; recovery {error}") from error


def check(disk: Disk, promised: Promises) -> None:
    """Open what a crash has left, twice, and go on with it. Raises Violation, or what opening raises."""
    files = RecordingFiles(disk)
    _caches_are_whole(disk, promised)

    with opened(files, PLACE) as found:
        pass

    there = read(files.disk)
    _agree(found.damage == (), f"damage: {found.damage}")
    _is_sum(found, there, files)
    _is_kept(there.records, promised)
    files = RecordingFiles(files.disk)  # another process, in which nothing is locked

    with opened(files, PLACE) as again:
        _agree((again.torn, again.damage) == ((), ()), f"the second time: {again.torn}, {again.damage}")
        _is_sum(again, there, files)
        _agree(again.tail.next_sequence > max(there.records, default=0), f"it would go on at {again.tail}")
        _append(files, again.tail)

    with opened(RecordingFiles(files.disk), PLACE) as last:
        _agree((last.torn, last.damage) == ((), ()), f"after one more record: {last.torn}, {last.damage}")

    numbers = list(read(files.disk).records)
    _agree(numbers == [*there.records, again.tail.next_sequence], f"after one more record: {numbers}")


def _is_kept(records: dict[int, Line], promised: Promises) -> None:
    _agree(list(records) == sorted(records), f"records in wrong order: {list(records)}")

    for number, line in promised.kept.items():
        _agree(records.get(number) == line, f"record {number} was acknowledged and is lost")

    for number, line in records.items():
        _agree(line in promised.appended.get(number, ()), f"record {number} was never appended")


def _is_sum(found: Opened, there: Read, files: RecordingFiles) -> None:
    """Compare session and keys, which may come from the index, with those of the journal."""
    _agree(_state(found.session) == _state(there.session), "the session is not the sum of the records")

    for key in there.answered:
        place = found.keys.get(short(key))
        _agree(place not in {None, ASKED}, f"the reply to {key} is not known")
        _agree(read_line(files, PLACE, position(place))[1].key == key, f"the reply to {key} is elsewhere")


def _append(files: RecordingFiles, tail: Tail) -> None:
    more = Record(Kind.SIGNAL, {"signal": "SIGINT"})
    writer = SegmentWriter(files, PLACE, tail=tail)
    writer.commit(codec.encode(more, tail.next_sequence, group=tail.next_sequence, time=TIME))
    writer.close()


def _caches_are_whole(disk: Disk, promised: Promises) -> None:
    """Every checkpoint and backup is whole at every moment, and none is older than was said."""
    newest = 0

    for path, content in disk.contents():
        if path.suffix == ".json":
            known = checkpoint.parse(content, name=path.name)
            newest = max(newest, known.sequence if path == PLACE.checkpoint else 0)

    _agree(newest >= promised.checkpoint, f"the checkpoint of {promised.checkpoint} records is lost")


def _state(session: object) -> bytes:
    return b"".join(checkpoint.encode(checkpoint.view(session, time="", segments=())))


def _agree(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)
