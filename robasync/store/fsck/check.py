"""The check: one walk over the journal, everything else compared with it on the way. Reads only.

In memory stand the fold, about 30 bytes a call key, and what is being read; a checkpoint is
held whole only while it is parsed, and where it disagrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from robasync.findings import Finding, Findings, Level, Looked, Report, Subject
from robasync.session import Session
from robasync.store.backups import backups
from robasync.store.files import Files
from robasync.store.fsck.copies import Copies, Copy, read
from robasync.store.fsck.index import IndexCheck
from robasync.store.fsck.leftovers import leftovers
from robasync.store.fsck.reading import Reading
from robasync.store.lock import writer
from robasync.store.places import Place
from robasync.store.scan import Scan
from robasync.store.sealing import Locked

Derived = Callable[[Session], Iterable[Finding]]

_SEALED = "what the records say, the checkpoint, its backups, the index and the result files"


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
        self._reading = Reading(place)

    def report(self, derived: Derived) -> Report:
        """Look at everything in the order in which a run may change it meanwhile."""
        # What checkpoint and index say is in the journal by then, so they are read first.
        by = writer(self._files, self._place.lock)
        copies = [] if self._reading.is_blind else self._copies()
        index = None if self._reading.is_blind else IndexCheck(self._files, self._place)
        self._journal(copies, index)
        self._found.extend(derived(self._reading.session))
        self._found.extend(
            leftovers(self._files, self._place, backups=self._backup_folder, is_written=bool(by))
        )
        seal = self._place.seal

        return Report(
            session=self._reading.session.id or self._place.stem,
            checkpoint=str(self._place.checkpoint),
            looked=self._looked(copies, index),
            findings=tuple(self._found.kept),
            counts=dict(self._found.counts),
            writer=by,
            unseen=(f"{_SEALED}. {seal.reason}",) if isinstance(seal, Locked) else (),
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

    def _journal(self, copies: list[Copy], index: IndexCheck | None) -> None:
        durable = max((copy.sequence for copy in copies), default=0)
        scan, compare = Scan(self._files, self._place, durable=durable), Copies(copies)
        reading = self._reading
        different: list[Finding] = []

        try:
            for line, head in scan.lines():
                self._found.extend(reading.take(line, head))
                different += compare.see(reading.session)

                if index is not None:
                    different += index.see(reading.session, reading.calls.keys)
        except OSError as error:
            message = f"the disk does not give it back: {error.strerror}; what comes after was not looked at"
            self._add(Subject.JOURNAL, Level.LOSS, message, str(error.filename or ""))
            return

        self._tell(scan)
        self._found.extend(reading.ends())
        is_whole = not self._found.counts[Subject.JOURNAL, Level.LOSS]
        self._found.extend(reading.money.ends(reading.session, is_whole=is_whole))
        self._differ(different)
        self._ends(copies, scan)

        if index is not None:
            self._found.extend(index.ends())

    def _tell(self, scan: Scan) -> None:
        for damage in scan.damage:
            self._add(Subject.JOURNAL, Level.LOSS, damage.message, damage.file, damage.offset)

        for gap in scan.torn:
            name = self._place.segment(gap.segment).name
            message = "its end is half written; it had not been acknowledged, and the next run sets it aside"
            self._add(Subject.JOURNAL, Level.NOTE, message, name, gap.offset)

    def _differ(self, different: list[Finding]) -> None:
        """Tell of copies that differ; where records are lost, that is what they should do."""
        if self._found.counts[Subject.JOURNAL, Level.LOSS]:
            why = "records are lost that it counts"
            different = [replace(one, level=Level.NOTE, message=f"{one.message}: {why}") for one in different]

        self._found.extend(different)

    def _ends(self, copies: list[Copy], scan: Scan) -> None:
        """Compare the journal's end with what the copies know to have been there."""
        session = self._reading.session
        last = session.last_sequence

        for copy in copies:
            if session.id and copy.session_id != session.id:
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

    def _looked(self, copies: list[Copy], index: IndexCheck | None) -> Looked:
        reading, session = self._reading, self._reading.session
        segments = self._place.segments(self._files.names(self._place.folder))

        return Looked(
            files=len(segments),
            bytes=sum(self._files.size(self._place.segment(number)) for number in segments),
            records=reading.records,
            later_kinds=reading.later_kinds,
            asked=reading.calls.asked,
            answered=reading.calls.answered,
            uncertain=len(session.uncertain),
            priced=reading.costs.compared,
            cost=session.spent,
            reserved=session.reserved,
            released=len(session.released),
            given_up=session.given_up,
            total=session.total,
            assessed=session.assessed,
            refused=session.refused,
            failed=session.failed,
            left=session.left,
            checkpoint=any(copy.subject is Subject.CHECKPOINT for copy in copies),
            backups=sum(copy.subject is Subject.BACKUPS for copy in copies),
            index=index is not None and index.is_there,
        )

    def _add(
        self, subject: Subject, level: Level, message: str, file: str, offset: int | None = None
    ) -> None:
        self._found.add(Finding(subject=subject, level=level, message=message, file=file, offset=offset))
