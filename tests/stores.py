"""What the tests of the store share: sample records, small journals, and Files that watch or fail."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from robasync.model import Failure, Outcome, Status
from robasync.records import Entry, Kind, Position, Record
from robasync.session import Session
from robasync.store import checkpoint, codec
from robasync.store.files import DiskFiles
from robasync.store.journal import Journal
from robasync.store.opening import read_only
from robasync.store.places import Place
from robasync.store.recovery import Tail
from robasync.store.snapshots import replace_file

TIME = "2024-12-01T14:30:22.123456+01:00"


def key(number: int) -> str:
    """Return a call key that no other number has."""
    return f"{number:016x}" * 4


def place_in(folder: Path, stem: str = "rob_session_20241201_143022") -> Place:
    """Return a session's place in ``folder``."""
    return Place(folder / f"{stem}.checkpoint.json")


def started(total: int = 3, **changes: object) -> Record:
    """Return the first record of a session."""
    body = {
        "session_id": "rob_session_20241201_143022",
        "robasync": "0.1.0",
        "input_folder": "trials",
        "output_folder": "output",
        "selection": None,
        "total": total,
        "config": {"parallel": {"max_workers": 4}},
        "fingerprint": "f" * 16,
        "batch_size": 2,
    }

    return Record(Kind.SESSION_STARTED, body | changes)


def workers_changed(number: int) -> Record:
    """Return the record of how many documents may be in work from then on."""
    return Record(Kind.SETTING_CHANGED, {"name": "workers", "old": 2, "new": number})


def intent(number: int, document: str = "a.txt", reserved: float | None = 0.5) -> Record:
    """Return the intent of call ``number``."""
    body = {"document": document, "model": "m", "endpoint": "e", "reserved": reserved, "attempt": 1}

    return Record(Kind.INTENT, body, key(number))


def reply(number: int, document: str = "a.txt", raw: bytes = b'{"ok": true}', **changes: object) -> Record:
    """Return the reply to call ``number``."""
    usage = {"input_tokens": 100, "output_tokens": 20, "cached_tokens": 5}
    body = {"document": document, "model": "m", "usage": usage, "cost": 0.1, "raw": raw}

    return Record(Kind.REPLY, body | changes, key(number))


def call_failed(number: int, *, certain: bool) -> Record:
    """Return the end of call ``number`` without a reply."""
    body = {"document": "a.txt", "model": "m", "error": "CallTimeout", "message": "late", "certain": certain}

    return Record(Kind.CALL_FAILED, body, key(number))


def call_released(number: int, reserved: float = 0.5) -> Record:
    """Return the release of call ``number``, which was uncertain."""
    return Record(Kind.CALL_RELEASED, {"document": "a.txt", "model": "m", "reserved": reserved}, key(number))


def outcome(document: str, status: Status = Status.ASSESSED, digest: str = "ab" * 32) -> Record:
    """Return the outcome of a document."""
    failure = Failure(stage="call", error="CallTimeout", message="API timeout", may_pass=True)
    body = Outcome(
        document=document,
        digest=digest,
        size=10,
        mtime_ns=20,
        inode=30,
        status=status,
        failure=failure if status is Status.FAILED else None,
    )

    return Record(Kind.OUTCOME, body)


def batch_started(number: int, *documents: str) -> Record:
    """Return the start of a batch."""
    return Record(Kind.BATCH_STARTED, {"batch": number, "documents": list(documents)})


def batch_completed(number: int) -> Record:
    """Return the end of a batch."""
    return Record(Kind.BATCH_COMPLETED, {"batch": number})


def entries(records: Iterable[Record]) -> list[Entry]:
    """Return records as they would lie in a journal, a group each."""
    return [
        Entry(number, number, TIME, record, Position(1, number * 100, 100))
        for number, record in enumerate(records, start=1)
    ]


def session_of(*records: Record) -> Session:
    """Return the session that the records add up to."""
    session = Session()

    for entry in entries(records):
        session.apply(entry)

    return session


def write_groups(place: Place, groups: Sequence[Sequence[Record]]) -> list[bytes]:
    """Write a journal of commit groups; return each group's bytes."""
    place.folder.mkdir(parents=True, exist_ok=True)
    sequence, written = 1, []

    for group in groups:
        lines = [
            codec.encode(record, sequence + index, group=sequence, time=TIME)
            for index, record in enumerate(group)
        ]
        sequence += len(group)
        written.append(b"".join(lines))

    place.segment(1).write_bytes(b"".join(written))

    return written


def session_in(folder: Path, name: str, *documents: str, total: int = 2, **changes: object) -> Place:
    """Write a session with the outcomes of ``documents``, journal and checkpoint; return its place."""
    place = place_in(folder, name)
    groups = [[started(total, session_id=name, **changes)], *([outcome(one)] for one in documents)]
    write_groups(place, groups)
    write_checkpoint(place)

    return place


def write_checkpoint(place: Place, path: Path | None = None) -> Path:
    """Write what the journal adds up to as a checkpoint, in its place or at another ``path``."""
    files, target = QuickFiles(), path or place.checkpoint
    session = read_only(files, place)
    view = checkpoint.view(session, time=session.started, segments=[place.segment(1).name])
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(files, target, checkpoint.encode(view), temporary=target.with_suffix(".tmp"), validate=True)

    return target


def journal(files: DiskFiles, place: Place, committed: list[Entry] | None = None, **options) -> Journal:
    """Return a journal at ``place`` that puts what it makes durable into ``committed``."""
    place.folder.mkdir(parents=True, exist_ok=True)
    seen = [] if committed is None else committed

    return Journal(files, place, on_commit=seen.extend, **{"tail": Tail(), "headroom": 0} | options)


class QuickFiles(DiskFiles):
    """The real disk without waiting for it, for tests that open hundreds of journals."""

    def sync(self, handle: int) -> None:
        """Do not wait."""

    def sync_folder(self, folder: Path) -> None:
        """Do not wait."""


class NotingFiles(DiskFiles):
    """The real disk, with a list of what was done to it, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """See ``Files``; only what is read of a journal is noted."""
        if path.suffix == ".jsonl":
            self.done.append("read")

        return super().read(path, offset, length)

    def write(self, handle: int, data: bytes) -> None:
        """See ``Files``."""
        super().write(handle, data)
        self.done.append("write")

    def sync(self, handle: int) -> None:
        """See ``Files``."""
        super().sync(handle)
        self.done.append("sync")

    def rename(self, source: Path, target: Path) -> None:
        """See ``Files``."""
        super().rename(source, target)
        self.done.append("rename")

    def sync_folder(self, folder: Path) -> None:
        """See ``Files``."""
        super().sync_folder(folder)
        self.done.append("sync_folder")


class RefusingFiles(DiskFiles):
    """The real disk, which refuses to write or to sync the next so many times."""

    def __init__(self, *, writes: int = 0, syncs: int = 0) -> None:
        self.writes = writes
        self.syncs = syncs

    def write(self, handle: int, data: bytes) -> None:
        """Write half of the data, then find the disk full."""
        if self.writes:
            self.writes -= 1
            super().write(handle, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        super().write(handle, data)

    def sync(self, handle: int) -> None:
        """Fail as a broken disk does."""
        if self.syncs:
            self.syncs -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        super().sync(handle)
