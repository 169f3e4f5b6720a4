"""The check: one walk over the journal, everything else compared with it on the way. Reads only.

In memory stand the fold, one small entry a call key, and at most one read block; a checkpoint
is held whole only where it disagrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from robasync.errors import SealBroken
from robasync.findings import Finding, Findings, Level, Looked, Report, Subject
from robasync.records import Entry, Kind, Record
from robasync.session import Session
from robasync.store import codec
from robasync.store.backups import backups
from robasync.store.codec import Head
from robasync.store.files import Files
from robasync.store.fsck.calls import Calls, Costs
from robasync.store.fsck.copies import Copies, Copy, read
from robasync.store.fsck.course import Course
from robasync.store.fsck.leftovers import leftovers
from robasync.store.fsck.shapes import complaint
from robasync.store.lock import writer
from robasync.store.places import Place
from robasync.store.scan import Line, Scan
from robasync.store.sealing import Seal

Derived = Callable[[Session], Iterable[Finding]]

_KINDS = frozenset(kind.value for kind in Kind)
_CALLS = frozenset({Kind.INTENT, Kind.REPLY, Kind.CALL_FAILED})


def check(files: Files, place: Place, *, backup_folder: Path, derived: Derived) -> Report:
    """Look the session at ``place`` through, and return what was found.

    ``derived`` yields what is found in the files made of the session, once the journal has
    been read. What cannot be read is a finding, never an error.
    """
    return _Check(files, place, backup_folder).report(derived)


class _Check:
    """One check, used once."""

    def __init__(self, files: Files, place: Place, backup_folder: Path) -> None:
        self._files = files
        self._place = place
        self._backup_folder = backup_folder
        self._found = Findings()
        self._session = Session()
        self._calls = Calls()
        self._costs = Costs()
        self._course = Course()
        self._records = 0
        self._later_kinds = 0

    def report(self, derived: Derived) -> Report:
        """Look at everything in the order in which a run may change it meanwhile."""
        # What a checkpoint says is in the journal by then, so it is read first.
        by = writer(self._files, self._place.lock)
        copies = self._copies()
        self._journal(copies)
        self._found.extend(derived(self._session))
        self._found.extend(
            leftovers(self._files, self._place, backups=self._backup_folder, is_written=bool(by))
        )

        return Report(
            session=self._session.id or self._place.stem,
            checkpoint=str(self._place.checkpoint),
            looked=self._looked(copies),
            findings=tuple(self._found.kept),
            counts=dict(self._found.counts),
            writer=by,
        )

    def _copies(self) -> list[Copy]:
        own = self._place.checkpoints(self._files.names(self._place.folder))
        paths = [(path, Subject.CHECKPOINT) for path in own]
        paths += [
            (path, Subject.BACKUPS) for path in backups(self._files, self._place, folder=self._backup_folder)
        ]
        copies = []

        for path, subject in paths:
            copy = read(self._files, path, subject=subject, seal=self._place.seal)

            if isinstance(copy, Finding):
                self._found.add(copy)
            elif copy is not None:
                copies.append(copy)

        if not own:
            name = self._place.checkpoint.name
            self._add(Subject.CHECKPOINT, Level.NOTE, "there is none; the journal does not need it", name)

        return copies

    def _journal(self, copies: list[Copy]) -> None:
        durable = max((copy.sequence for copy in copies), default=0)
        scan, compare = Scan(self._files, self._place, durable=durable), Copies(copies)

        try:
            for line, head in scan.lines():
                self._found.extend(self._line(line, head))
                self._found.extend(compare.see(self._session))
        except OSError as error:
            message = f"the disk does not give it back: {error.strerror}; what comes after was not looked at"
            self._add(Subject.JOURNAL, Level.LOSS, message, str(error.filename or ""))
            return

        self._tell(scan)
        self._ends(copies, scan)

    def _line(self, line: Line, head: Head) -> Iterator[Finding]:
        """Take one whole line in, and yield what is wrong with what it says."""
        self._records += 1
        record = _record(line, head, self._place.seal)

        if isinstance(record, str):
            message = f"record {head.sequence} ({head.kind}) {record}, although its checksum is right"
            yield self._finding(Subject.JOURNAL, Level.LOSS, message, line)
            self._session.last_sequence = head.sequence
        elif record is None:
            self._later_kinds += 1
            self._session.last_sequence = head.sequence
        else:
            entry = Entry(head.sequence, head.group, head.time, record, line.position)
            yield from self._entry(entry)
            self._session.apply(entry)

    def _entry(self, entry: Entry) -> Iterator[Finding]:
        record = entry.record

        if record.kind in _CALLS:
            yield from self._calls.see(record.kind, record.key, is_copy="from_session" in record.body)

        yield from self._costs.see(record, self._session)
        yield from self._course.see(entry, self._session)

    def _tell(self, scan: Scan) -> None:
        for damage in scan.damage:
            self._add(Subject.JOURNAL, Level.LOSS, damage.message, damage.file, damage.offset)

        for gap in scan.torn:
            name = self._place.segment(gap.segment).name
            message = "its end is half written; it had not been acknowledged, and the next run sets it aside"
            self._add(Subject.JOURNAL, Level.NOTE, message, name, gap.offset)

    def _ends(self, copies: list[Copy], scan: Scan) -> None:
        """Compare the journal's end with what the copies know to have been there."""
        last = self._session.last_sequence

        for copy in copies:
            if self._session.id and copy.session_id != self._session.id:
                message = f"belongs to another session: {copy.session_id[:80]}"
                self._add(copy.subject, Level.DAMAGE, message, copy.file)
            elif copy.sequence > last:
                message = f"it knows {copy.sequence} records, the journal holds {last}"
                self._add(copy.subject, Level.LOSS, message, copy.file)

        there = set(self._place.segments(self._files.names(self._place.folder)))

        if not there:
            name = self._place.segment(1).name
            self._add(Subject.JOURNAL, Level.LOSS, "is missing: it is what holds the answers", name)

        for number in set(range(1, max(there, default=0))) - there:
            message = "is missing" if scan.damage else "is missing, but no record with it"
            level = Level.LOSS if scan.damage else Level.NOTE
            self._add(Subject.JOURNAL, level, message, self._place.segment(number).name)

    def _looked(self, copies: list[Copy]) -> Looked:
        session = self._session
        segments = self._place.segments(self._files.names(self._place.folder))

        return Looked(
            files=len(segments),
            bytes=sum(self._files.size(self._place.segment(number)) for number in segments),
            records=self._records,
            later_kinds=self._later_kinds,
            asked=self._calls.asked,
            answered=self._calls.answered,
            uncertain=len(session.uncertain),
            priced=self._costs.compared,
            cost=session.spent,
            total=session.total,
            assessed=session.assessed,
            refused=session.refused,
            failed=session.failed,
            left=session.left,
            checkpoint=any(copy.subject is Subject.CHECKPOINT for copy in copies),
            backups=sum(copy.subject is Subject.BACKUPS for copy in copies),
        )

    def _finding(self, subject: Subject, level: Level, message: str, line: Line) -> Finding:
        name = self._place.segment(line.segment).name

        return Finding(subject=subject, level=level, message=message, file=name, offset=line.offset)

    def _add(
        self, subject: Subject, level: Level, message: str, file: str, offset: int | None = None
    ) -> None:
        self._found.add(Finding(subject=subject, level=level, message=message, file=file, offset=offset))


def _record(line: Line, head: Head, seal: Seal) -> Record | str | None:
    """Return a line's record; what is wrong with it; None for a kind of a later version."""
    if head.kind not in _KINDS:
        return None

    try:
        record = codec.read_record(line.data, head, seal)
    except SealBroken:
        return "was changed after it was encrypted"
    except (ValueError, TypeError, AttributeError):
        return "cannot be read"

    return complaint(record) or record
