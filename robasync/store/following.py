"""A journal that another process writes, followed: folded once, then read on from where that ended."""

from __future__ import annotations

from robasync.errors import StorageError
from robasync.records import Position
from robasync.session import Session
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.folding import Watch, fold, taken_in
from robasync.store.places import Place
from robasync.store.scan import BEGINNING, Mark, Scan


class Following:
    """The session at ``place`` as its journal tells it; ``watch`` is shown the records read from then on.

    Nothing is changed, no lock is taken, and a line that is not whole yet is left for the next look.
    """

    def __init__(self, files: Files, place: Place, *, watch: Watch) -> None:
        self.session = Session()
        self._files = files
        self._place = place
        self._watch = watch
        self._mark = BEGINNING

    def look(self) -> None:
        """Take in what was written since the last look: the work is that of the new records alone.

        A journal that was repaired meanwhile, or begun anew, is read from its beginning. Raises
        StorageError where the disk does not give it.
        """
        try:
            if self._stands():
                self._go_on()
            else:
                self._begin()
        except OSError as error:
            path = error.filename or self._place.segment(1)
            raise StorageError(f"The journal cannot be read just now: {path}: {error.strerror}.") from error

    def _begin(self) -> None:
        found = fold(self._files, self._place, watch=self._watch)
        self.session = found.session
        self._note(found.scan)

    def _go_on(self) -> None:
        scan = Scan(self._files, self._place, after=self._mark)

        for _ in taken_in(scan, self.session, self._place, watch=self._watch, forged=[]):
            pass

        self._note(scan)

    def _note(self, scan: Scan) -> None:
        session = self.session
        head = self._head_at(session.last_position)
        self._mark = Mark(
            session.last_sequence, scan.last_group, head.crc if head else 0, session.last_position
        )

    def _stands(self) -> bool:
        """Return whether the newest record still lies where it was read."""
        head = self._head_at(self._mark.position)

        return head is not None and (head.sequence, head.crc) == (self._mark.sequence, self._mark.crc)

    def _head_at(self, at: Position) -> codec.Head | None:
        """Return the head of the line there; None where there is none, or another."""
        if not at.length:
            return None

        return codec.read_head(self._files.read(self._place.segment(at.segment), at.offset, at.length)[:-1])
