"""Whether the records tell a course that a run can take: a start, batches, one outcome each."""

from __future__ import annotations

from collections.abc import Iterator

from robasync.findings import Finding, Level, Subject
from robasync.records import Entry, Kind, Position
from robasync.session import Session


class Course:
    """Takes well-formed records in journal order, each with the fold of what came before it."""

    def __init__(self) -> None:
        self._begun: Position | None = None  # where the newest run of the session began
        self._missed: dict[str, int] = {}  # documents without an outcome, by their completed batch
        self._vanished: set[str] = set()  # before they had one
        self._is_finished = False

    def see(self, entry: Entry, session: Session) -> Iterator[Finding]:
        """Yield what cannot be."""
        kind, body = entry.record.kind, entry.record.body

        if kind is Kind.SESSION_STARTED and session.id:
            yield _lost(Subject.JOURNAL, f"another session begins at record {entry.sequence}")
        elif kind is not Kind.SESSION_STARTED and self._begun is None:
            yield _lost(Subject.JOURNAL, "the start of the session, with its settings, is not readable")

        if self._begun is None or kind in (Kind.SESSION_STARTED, Kind.SESSION_RESUMED):
            self._begun = entry.position

        if kind is Kind.SESSION_RESUMED:
            self._vanished.update(body.get("vanished", ()))

        if kind is Kind.OUTCOME:
            yield from self._conclude(body["document"], session)
        elif kind is Kind.BATCH_COMPLETED:
            yield from self._complete(body["batch"], session)
        elif kind in (Kind.SESSION_ENDED, Kind.SESSION_RESUMED):
            self._is_finished = kind is Kind.SESSION_ENDED and body["reason"] == "finished"

    def ends(self, session: Session) -> Iterator[Finding]:
        """Yield what is still missing when the journal has been read."""
        excused = self._vanished | _to_come(session) if self._missed else frozenset()

        for document, batch in self._missed.items():
            if session.status(document) is None and document not in excused:
                yield Finding(
                    subject=Subject.OUTCOMES,
                    level=Level.LOSS,
                    message=f"has no outcome, but its batch {batch} is completed",
                    document=document,
                )

        if self._is_finished and session.left:
            message = f"the work is recorded as finished, but {session.left} have no outcome"
            yield _lost(Subject.OUTCOMES, message)

    def _conclude(self, document: str, session: Session) -> Iterator[Finding]:
        before = session.documents.position(document)

        if before is not None and self._begun is not None and before > self._begun:
            yield Finding(
                subject=Subject.OUTCOMES,
                level=Level.DAMAGE,
                message="has two outcomes in one run; the newer one counts",
                document=document,
            )

    def _complete(self, number: int, session: Session) -> Iterator[Finding]:
        batch = next((batch for batch in reversed(session.batch_list) if batch.number == number), None)

        if batch is None:
            yield _lost(Subject.OUTCOMES, f"batch {number} is completed, but its start is not readable")
            return

        for name in (session.documents.names[slot] for slot in batch.slots):
            if session.status(name) is None:
                self._missed[name] = number


def _to_come(session: Session) -> frozenset[str]:
    """Return the documents of the batches that are not completed."""
    unfinished = (batch for batch in session.batches if not batch.is_completed)

    return frozenset(name for batch in unfinished for name in batch.documents)


def _lost(subject: Subject, message: str) -> Finding:
    return Finding(subject=subject, level=Level.LOSS, message=message)
