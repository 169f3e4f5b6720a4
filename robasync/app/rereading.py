"""A session's recorded replies read again: what failed on its reply is judged by today's reader, free.

First all of it is rehearsed, which changes nothing. Then those whose outcome is another one now are
judged in a run whose gate is closed from the start, so that nothing can be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import anyio

from robasync.app import announcing, resuming
from robasync.app.rehearsal import go_through
from robasync.app.resuming import Prepared, Request, prepared
from robasync.app.run import Show, execute
from robasync.detection import Work
from robasync.ending import Ending, Reread
from robasync.errors import ReplyError
from robasync.inquiry import Inquiry
from robasync.model import Outcome, Status
from robasync.records import Entry, Kind
from robasync.reports import rows
from robasync.service.signals import Signals
from robasync.store.files import DiskFiles, Files
from robasync.store.looking import LookingFiles
from robasync.store.outcomes import bodies


class Verdicts:
    """Keeps the names of the documents that get an outcome, by what it is."""

    def __init__(self) -> None:
        self.names: dict[Status, list[str]] = {status: [] for status in Status}

    @property
    def looked_at(self) -> int:
        """How many documents have got one."""
        return sum(map(len, self.names.values()))

    def observe(self, entries: Sequence[Entry]) -> None:
        """Take in what would have been recorded."""
        for entry in entries:
            if entry.record.kind is Kind.OUTCOME:
                outcome: Outcome = entry.record.body
                self.names[outcome.status].append(outcome.document)


def foresee(request: Request, *, signals: Signals, show: Show) -> Reread:
    """Return what reading again would come to; changes not one byte. Raises as ``preview.resume``."""
    files = LookingFiles()

    with prepared(files, request, write=False) as one:
        announcing.tell(one)
        work = _work(one, frozenset(_failed_on_replies(files, one)))
        job, verdicts = resuming.job(files, replace(one, work=work)), Verdicts()
        go_through(job, work, verdicts, kind=Inquiry, signals=signals, show=show)

        return Reread(
            session=one.opened.session.id,
            failed=len(work.left),
            failing=len(verdicts.names[Status.FAILED]),
            assessed=tuple(verdicts.names[Status.ASSESSED]),
            refused=tuple(verdicts.names[Status.REFUSED]),
        )


def resume(request: Request, *, signals: Signals, show: Show) -> Ending:
    """Judge anew what can be from recorded replies, and write the reports; nothing is sent.

    Documents that fail again, or of which a reply is not recorded, stay as they are. Raises as
    ``sessions.resume``, and Stopped where a signal ends it before anything was changed.
    """
    found = foresee(request, signals=signals, show=show)
    files = DiskFiles()

    with prepared(files, request, write=True) as one:
        work = _work(one, frozenset([*found.assessed, *found.refused]))
        job = replace(
            resuming.job(files, replace(one, work=work)), is_mute=True, due=0
        )  # what cannot be read again stays as it is

        return replace(anyio.run(execute, job, signals, show), reread=found)


def _work(one: Prepared, names: frozenset[str]) -> Work:
    """Return these of the documents that are still there, and no others, as what is to be done."""
    vanished = one.work.vanished

    return Work(left=names.difference(vanished), changed=frozenset(), new=(), vanished=vanished)


def _failed_on_replies(files: Files, one: Prepared) -> Iterator[str]:
    states = one.opened.session.documents
    positions = filter(None, map(states.position, states.having(Status.FAILED)))

    for body in bodies(files, one.opened.place, positions):
        outcome = rows.outcome(body)

        if outcome.failure is not None and outcome.failure.stage == ReplyError.stage:
            yield outcome.document
