"""Why one document stays as it is, or is judged again, or asked: what is recorded, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from robasync import detection, documents
from robasync.app.live import Job
from robasync.app.planning import foresee
from robasync.app.run import Show
from robasync.detection import CONCERNS, Reason, Work
from robasync.errors import SettingsError
from robasync.forecast import Forecast
from robasync.model import Outcome, Status
from robasync.reports import rows
from robasync.service.signals import Signals
from robasync.settings import Change, Layer, changes, load
from robasync.store import codec
from robasync.store.looking import LookingFiles
from robasync.store.reading import read_line
from robasync.store.restoring import configuration


class Fate(StrEnum):
    """What a resume does with a document, in words that follow its name."""

    STAYS = "stays as it is"
    KEPT = "failed, and is not tried again"
    REJUDGED = "is judged again, free: its answer is recorded, or none is needed"
    ASKED = "is to be asked"
    FAILING = "cannot be assessed as it is; nothing is asked of it"
    VANISHED = "is not there any more; what is recorded of it stays"


class Cause(StrEnum):
    """Why a document is done that was concluded, beside the reasons of ``detection``."""

    NEW = "is not known to this session"
    MOVED = "has the bytes of a document that vanished, under another name"
    REASSESSED = "is assessed anew, as was asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The newest outcome of a document, when it was recorded, and by which version of robasync."""

    outcome: Outcome
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is recorded of a document, what becomes of it, and why.

    ``changed`` are the settings that decide what is asked, how it is judged, or about its
    failure, and that differ from those it was concluded under. ``digest`` is that of the file
    now, "" where it was not read. ``instrument`` is the hash of the instrument now. ``same``
    tells that neither bytes nor settings explain why something is asked: robasync itself, or
    a file that the settings name, is another one.
    """

    document: str
    session: str
    fate: Fate
    cause: Reason | Cause | None
    recorded: Recorded | None
    digest: str
    instrument: str
    changed: tuple[Change, ...]
    forecast: Forecast | None
    moved_from: str = ""

    @property
    def is_other_instrument(self) -> bool:
        """Whether the instrument is not the one that it was assessed with."""
        assessment = self.recorded.outcome.assessment if self.recorded else None

        return assessment is not None and assessment.instrument_hash != self.instrument

    @property
    def has_other_bytes(self) -> bool:
        """Whether the file holds other bytes than those that were assessed."""
        return bool(self.digest and self.recorded and self.recorded.outcome.digest not in ("", self.digest))

    @property
    def is_unexplained(self) -> bool:
        """Whether it is asked anew although bytes, settings and instrument are what they were.

        Then this version of robasync reads or asks otherwise than the one that assessed it.
        """
        is_again = self.fate is Fate.ASKED and self.cause is Cause.REASSESSED
        is_other = self.has_other_bytes or self.is_other_instrument
        asks = any(change.layer is Layer.CALLS for change in self.changed)

        return is_again and not is_other and not asks


def explain(name: str, job: Job, work: Work, *, signals: Signals, show: Show) -> Explanation:
    """Return why the document ``name`` is in ``work``, or is not; changes not one byte.

    Raises UsageError for a name that neither the folder nor the session knows, StorageError.
    """
    states = job.opened.session.documents

    if name not in states:
        documents.only(job.folder, [name])

    recorded = _recorded(job, name)
    done = name in work.left or name in work.new or name not in states
    forecast = _alone(job, name, work, signals=signals, show=show) if done else None

    return Explanation(
        document=name,
        session=job.opened.session.id,
        fate=_fate(states.status(name), forecast, is_gone=name in work.vanished),
        cause=_cause(job, name, work, recorded=recorded) if done else None,
        recorded=recorded,
        digest="" if name in work.vanished else detection.digest_of(job.folder.location(name)),
        instrument=job.plan.instrument.hash,
        changed=tuple(_changed(job, name, recorded)),
        forecast=forecast,
        moved_from=next((old for old, new in work.moved if new == name), ""),
    )


def _alone(job: Job, name: str, work: Work, *, signals: Signals, show: Show) -> Forecast:
    """Return what a run would do with that one document."""
    one = replace(job, folder=job.folder.selected([name]))
    left = frozenset({name}) & work.left
    narrow = Work(left=left, changed=work.changed & left, new=() if left else (name,), vanished=())

    return foresee(one, narrow, signals=signals, show=show)


def _fate(status: Status | None, forecast: Forecast | None, *, is_gone: bool) -> Fate:
    if is_gone:
        return Fate.VANISHED

    if forecast is None:
        return Fate.KEPT if status is Status.FAILED else Fate.STAYS

    if forecast.asked:
        return Fate.ASKED

    return Fate.FAILING if forecast.failing else Fate.REJUDGED


def _cause(job: Job, name: str, work: Work, *, recorded: Recorded | None) -> Reason | Cause:
    states = job.opened.session.documents

    if name not in states:
        return Cause.MOVED if any(new == name for _, new in work.moved) else Cause.NEW

    # It is to be done: what could be a reason is one.
    reason = detection.reason(
        name,
        states,
        is_changed=name in work.changed,
        failure=recorded.outcome.failure if recorded else None,
        calls_changed=True,
        altered=frozenset().union(*CONCERNS.values()),
        accepted=job.settings.rob_framework.accept,
    )

    return reason or Cause.REASSESSED


def _recorded(job: Job, name: str) -> Recorded | None:
    """Return the newest outcome in the journal. Raises StorageError where it cannot be read."""
    place, position = job.opened.place, job.opened.session.documents.position(name)

    if position is None:
        return None

    line, head = read_line(LookingFiles(), place, position)

    return Recorded(outcome=rows.outcome(codec.read_record(line, head, place.seal).body), time=head.time)


def _changed(job: Job, name: str, recorded: Recorded | None) -> Iterator[Change]:
    """Yield the settings that concern the document and are not those it was concluded under."""
    position = job.opened.session.documents.position(name)

    if recorded is None or position is None:
        return

    failure = recorded.outcome.failure
    concerns = CONCERNS.get(failure.error, frozenset()) if failure else frozenset()

    try:
        then = load(base=configuration(LookingFiles(), job.opened.place, until=position), environment=False)
    except SettingsError:
        return  # of another version: nothing can be compared

    for change in changes(then, job.settings):
        if change.layer is not Layer.RUNS or change.name in concerns:
            yield change
