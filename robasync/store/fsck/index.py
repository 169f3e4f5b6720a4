"""The index against the journal: it must hold what a fold of the same records gives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from robasync import image
from robasync.findings import Finding, Level, Subject
from robasync.session import Session
from robasync.store.files import Files
from robasync.store.index import Recalled, examine
from robasync.store.keys import Keys
from robasync.store.places import Place


class IndexCheck:
    """Compares the index with the fold when the journal has been read up to its place."""

    def __init__(self, files: Files, place: Place) -> None:
        self._file = place.index.name
        found = examine(files, place)
        self.is_there = found is not None
        self._problem = found if isinstance(found, str) else ""
        self._sequence = 0
        self._due = b""

        if isinstance(found, Recalled):
            self._sequence = found.mark.sequence
            self._due = _digest(found.session, found.keys) or b"forged"

    def see(self, session: Session, keys: Keys) -> Iterator[Finding]:
        """Yield that the index differs, once, at its place in the journal."""
        if self._due and session.last_sequence >= self._sequence:
            due, self._due = self._due, b""

            if session.last_sequence != self._sequence or _digest(session, keys) != due:
                yield self._finding(Level.DAMAGE, "does not hold what the journal says")

    def ends(self) -> Iterator[Finding]:
        """Yield why the index is of no use: who sees that does without it, so it is not damage."""
        if self._problem:
            message = f"is of no use: {self._problem}; the next resume makes it anew from the journal"
            yield self._finding(Level.NOTE, message)

    def _finding(self, level: Level, message: str) -> Finding:
        return Finding(subject=Subject.INDEX, level=level, message=message, file=self._file)


def _digest(session: Session, keys: Keys) -> bytes:
    """Return a digest of all that an index would hold of the session and its keys; b"" for none it can."""
    try:
        return _digested(session, keys)
    except (ValueError, TypeError, OverflowError):
        return b""


def _digested(session: Session, keys: Keys) -> bytes:
    taken = image.take(session)
    digest = hashlib.sha256(repr(sorted(taken.facts.items())).encode("utf-8", "backslashreplace"))

    for _, pieces in image.parts(taken):
        for piece in pieces:
            digest.update(piece)

    keys.set_apart()

    for piece in keys.merge().pieces():
        digest.update(piece)

    return digest.digest()
