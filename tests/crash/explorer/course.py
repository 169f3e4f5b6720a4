"""A run on a recording disk: what it appended, and from which operation on it was promised to last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from robasync.records import Entry, Kind, Record
from robasync.session import Session
from robasync.store import codec
from robasync.store.disk import Disk
from robasync.store.opening import Opened, opened
from robasync.store.recording import RecordingFiles
from robasync.store.scan import Scan
from tests.stores import place_in

HOME = Path("/disk/checkpoints")
PLACE = place_in(HOME)

Line = bytes


def line(record: Record) -> Line:
    """Return the record as it is written, without number, group and time: what makes two the same."""
    return codec.encode(record, 0, group=0, time="")


@dataclass
class Read:
    """What a reader of a journal finds: records by number, what they add up to, the keys of the replies."""

    records: dict[int, Line] = field(default_factory=dict)
    session: Session = field(default_factory=Session)
    answered: set[str] = field(default_factory=set)


def read(disk: Disk) -> Read:
    """Return what all records on the disk say, read from the first to the last."""
    found = Read()

    for entry in Scan(RecordingFiles(disk), PLACE):
        found.records[entry.sequence] = line(entry.record)
        found.session.apply(entry)

        if entry.record.kind is Kind.REPLY:
            found.answered.add(entry.record.key)

    return found


@dataclass
class Promises:
    """What a reader of the disk may and must find.

    ``appended`` are the records that were ever appended with a number, ``kept`` those that
    were acknowledged, ``checkpoint`` is the place in the journal of the newest one that was
    said to be saved.
    """

    appended: dict[int, set[Line]] = field(default_factory=dict)
    kept: dict[int, Line] = field(default_factory=dict)
    checkpoint: int = 0

    def copy(self) -> Promises:
        """Return what is promised now; what is appended later may be found all the same."""
        return Promises(self.appended, dict(self.kept), self.checkpoint)


class Course:
    """What happened on one disk from its start on, and what was promised after each operation."""

    def __init__(self, files: RecordingFiles, promised: Promises | None = None) -> None:
        self.files = files
        self.promised = promised.copy() if promised else Promises()
        self._history = [(0, self.promised.copy())]

    def after(self, operations: int) -> Promises:
        """Return what was promised when so many operations were in the log."""
        return next(promised for length, promised in reversed(self._history) if length <= operations)

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """Open the session. What it has read counts as promised: somebody relies on it from now on."""
        with opened(self.files, PLACE) as found:
            self.promised.kept |= read(self.files.disk).records
            self._note()
            yield found

    def appended(self, sequence: int, records: Sequence[Record]) -> None:
        """Note records before they are on their way."""
        for number, record in enumerate(records, start=sequence):
            self.promised.appended.setdefault(number, set()).add(line(record))

    def committed(self, entries: Sequence[Entry]) -> None:
        """Note what the journal has acknowledged."""
        self.promised.kept |= {entry.sequence: line(entry.record) for entry in entries}
        self._note()

    def saved(self, sequence: int) -> None:
        """Note that a checkpoint of the journal up to ``sequence`` was said to be saved."""
        self.promised.checkpoint = max(self.promised.checkpoint, sequence)
        self._note()

    def _note(self) -> None:
        self._history.append((len(self.files.log), self.promised.copy()))
