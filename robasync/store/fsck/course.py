"""Whether the records tell a course that a run can take: a start, batches, one outcome each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from robasync.findings import LISTED, Finding, Level, Subject
from robasync.records import Entry, Kind, Position
from robasync.session import Session


class Course:
    """Takes well-formed records in journal order, each with the fold of what came before it."""

    def __init__(self) -> None:
        self._begun: Position | None = None  # where the newest run of the session began

    def see(self, entry: Entry, session: Session) -> Iterator[Finding]:
        """Yield what cannot be."""
        kind, body = entry.record.kind, entry.record.body

        if kind is Kind.SESSION_STARTED and self._begun is not None:
            yield _lost(Subject.JOURNAL, f"another session begins at record {entry.sequence}")
        elif kind is not Kind.SESSION_STARTED and self._begun is None:
            yield _lost(Subject.JOURNAL, "the start of the session, with its settings, is not readable")

        if self._begun is None or kind in (Kind.SESSION_STARTED, Kind.SESSION_RESUMED):
            self._begun = entry.position

        if kind is Kind.OUTCOME:
            yield from self._conclude(body["document"], session)
        elif kind is Kind.BATCH_COMPLETED:
            yield from _complete(body["batch"], session)
        elif kind is Kind.SESSION_ENDED and body["reason"] == "finished" and session.left:
            yield _lost(
                Subject.OUTCOMES, f"the work is recorded as finished, but {session.left} have no outcome"
            )

    def _conclude(self, document: str, session: Session) -> Iterator[Finding]:
        before = session.documents.position(document)

        if before is not None and self._begun is not None and before > self._begun:
            yield Finding(
                subject=Subject.OUTCOMES,
                level=Level.DAMAGE,
                message="has two outcomes in one run; the newer one counts",
                document=document,
            )


def _complete(number: int, session: Session) -> Iterator[Finding]:
    batch = next((batch for batch in reversed(session.batch_list) if batch.number == number), None)

    if batch is None:
        yield _lost(Subject.OUTCOMES, f"batch {number} is completed, but its start is not readable")
        return

    names = (session.documents.names[slot] for slot in batch.slots)
    missing = (name for name in names if session.status(name) is None)

    for name in islice(missing, LISTED):
        yield Finding(
            subject=Subject.OUTCOMES,
            level=Level.LOSS,
            message=f"has no outcome, but its batch {number} is completed",
            document=name,
        )


def _lost(subject: Subject, message: str) -> Finding:
    return Finding(subject=subject, level=Level.LOSS, message=message)
