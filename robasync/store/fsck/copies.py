"""Checkpoint and backups against the journal: each must say what the records before it add up to."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from robasync.errors import CheckpointError
from robasync.findings import Finding, Level, Subject
from robasync.session import Session
from robasync.store import checkpoint
from robasync.store.codec import dump
from robasync.store.files import Files
from robasync.store.packing import unpack
from robasync.store.restoring import whole
from robasync.store.sealing import Seal

# By which version it was written, and where the line lay then, is no sum of records.
_APART = frozenset({"checksum", "format_version", "journal", "robasync"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What a checkpoint or a backup says: each value, or its digest where it is a large one."""

    subject: Subject
    file: str
    session_id: str
    sequence: int
    time: str
    segments: tuple[str, ...]
    checksum: str
    said: dict[str, Any]


def read(files: Files, path: Path, *, subject: Subject, seal: Seal) -> Copy | Finding | None:
    """Return what the file says, or what is wrong with it; None where it is not there any more."""
    try:
        data = whole(files, path)
        found = checkpoint.parse(unpack(data, kind="checkpoint", seal=seal, name=path.name), name=path.name)
    except FileNotFoundError:
        return None
    except CheckpointError as error:
        return _damage(subject, path.name, str(error).splitlines()[0])
    except OSError as error:
        return _damage(subject, path.name, f"cannot be read: {error.strerror}")

    return Copy(
        subject=subject,
        file=path.name,
        session_id=found.session_id,
        sequence=found.sequence,
        time=found.content["checkpoint_time"],
        segments=found.segments,
        checksum=found.content["checksum"],
        said=_small(found.content),
    )


class Copies:
    """Compares each copy with the fold when the journal has been read up to its place."""

    def __init__(self, copies: Sequence[Copy]) -> None:
        self._waiting = deque(sorted(copies, key=lambda copy: copy.sequence))
        self._has_begun = False

    def see(self, session: Session) -> Iterator[Finding]:
        """Yield what the copies at the session's place in the journal say differently."""
        if not self._has_begun and session.id:
            yield from self._older(session.last_sequence)

        self._has_begun = True

        while self._waiting and self._waiting[0].sequence <= session.last_sequence:
            yield from _compare(self._waiting.popleft(), session)

    def _older(self, first: int) -> Iterator[Finding]:
        """Pass over the copies from before the ``first`` record of a journal that was begun anew."""
        while self._waiting and self._waiting[0].sequence < first:
            copy = self._waiting.popleft()
            message = f"is older than the journal, which was begun anew at record {first}"
            yield Finding(subject=copy.subject, level=Level.NOTE, message=message, file=copy.file)


def _compare(copy: Copy, session: Session) -> Iterator[Finding]:
    if copy.sequence != session.last_sequence:
        yield _damage(
            copy.subject, copy.file, f"record {copy.sequence}, up to which it goes, is not readable"
        )
        return

    view = checkpoint.view(session, time=copy.time, segments=copy.segments)

    # Most often every byte agrees, and nothing has to be held in memory.
    if deque(checkpoint.encode(view), maxlen=1)[0].find(copy.checksum.encode()) >= 0:
        return

    due = _small(orjson.loads(b"".join(checkpoint.encode(view))))

    for key in due.keys() & copy.said.keys():
        if due[key] != copy.said[key]:
            yield _damage(copy.subject, copy.file, _difference(key, said=copy.said[key], due=due[key]))


def _difference(key: str, *, said: Any, due: Any) -> str:
    if isinstance(said, bytes) or isinstance(due, bytes):
        return f'"{key}" is not what the journal says'

    return f'"{key}" is {str(said)[:80]}, by the journal {str(due)[:80]}'


def _small(content: dict[str, Any]) -> dict[str, Any]:
    """Return the values to compare, with digests in place of arrays and objects."""
    return {
        key: hashlib.sha256(dump(value, orjson.OPT_SORT_KEYS)).digest()
        if isinstance(value, dict | list)
        else value
        for key, value in sorted(content.items())
        if key not in _APART
    }


def _damage(subject: Subject, file: str, message: str) -> Finding:
    return Finding(subject=subject, level=Level.DAMAGE, message=message, file=file)
