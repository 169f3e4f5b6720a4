"""A session watched through its files: its journal is followed, and its lock tells who works on it.

Works over a shared folder, on a session of another machine and after the end; changes nothing.
"""

from __future__ import annotations

import heapq
import socket
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from robasync.app import accounts, choosing
from robasync.errors import SettingsError, StorageError
from robasync.plan.consent import limit
from robasync.records import Entry, Kind, Position
from robasync.service import monitor
from robasync.service.machine import lives
from robasync.service.monitor import Finished, Pace, Sight
from robasync.service.status import Money, State, Status
from robasync.session import Session
from robasync.settings import load
from robasync.store.clock import local_time
from robasync.store.files import DiskFiles
from robasync.store.following import Following
from robasync.store.found import Found
from robasync.store.lock import Holder, holder_of, is_held
from robasync.store.looking import LookingFiles
from robasync.store.reading import read_line, read_record

FIRST_READ = 200  # outcomes that the rate is told from at the first look
SHOWN = 8  # of the newest outcomes
_STARTS = (Kind.SESSION_STARTED, Kind.SESSION_RESUMED)


def watched(name: str | None, *, config: Path | None, overrides: Mapping[str, Any]) -> Monitor:
    """Return what watches the session that ``name`` means; None is the newest.

    Raises SessionNotFound, CheckpointError where its journal is missing, SealError, StorageError.
    """
    _, found = choosing.find(LookingFiles(), name, config=config, overrides=overrides)

    return Monitor(found)


class Monitor:
    """Watches one session. A look costs what was recorded since the last one, whatever the session's size."""

    def __init__(self, found: Found) -> None:
        self._place = found.place
        self._files = LookingFiles()
        self._following = Following(self._files, found.place, watch=self._see)
        self._pace = Pace()
        self._places: deque[Position] = deque(maxlen=SHOWN)
        self._read: dict[Position, Finished] = {}
        self._newest = found.newest.astimezone().isoformat()
        self._seen_at = time.monotonic()
        self._is_draining = False
        self._sight: Sight | None = None

    def look(self) -> Sight:
        """Return the session as it is now; where the disk does not give it, as it was, and why.

        Raises StorageError where that is so at the first look.
        """
        before = self._following.session.last_sequence

        try:
            self._following.look()

            if self._sight is None:
                self._learn()
        except StorageError as error:
            if self._sight is None:
                raise

            return self._sighted(self._sight.status, self._sight.worker, str(error))

        worker = self._worker(has_news=0 < before < self._following.session.last_sequence)
        self._sight = self._sighted(self._status(worker), str(worker or ""))

        return self._sight

    def _see(self, session: Session, entry: Entry) -> None:
        del session
        self._newest, self._seen_at = entry.time, time.monotonic()
        kind = entry.record.kind

        if kind is Kind.OUTCOME:
            self._pace.add(monitor.seconds(entry.time))
            self._places.append(entry.position)
        elif kind in _STARTS:
            self._is_draining = False
            self._pace.begin(monitor.seconds(entry.time))
        elif kind is Kind.SIGNAL:
            self._is_draining = True

    def _learn(self) -> None:
        """Read the newest outcomes back: an index may have told of them, without their times."""
        newest = sorted(heapq.nlargest(FIRST_READ, self._following.session.positions()))
        seen = set(self._places)

        if seen.issuperset(newest[-SHOWN:]):
            return

        self._pace = Pace()
        self._places.clear()

        for position in newest:
            _, head = read_line(self._files, self._place, position)
            self._pace.add(monitor.seconds(head.time))
            self._places.append(position)

    def _worker(self, *, has_news: bool) -> Holder | None:
        lock = self._place.lock
        holder = holder_of(self._files, lock)

        if holder is None or has_news:
            return holder

        if holder.host == socket.gethostname() and not lives(holder.pid):
            return None

        return holder if is_held(DiskFiles(), lock) else None

    def _status(self, worker: Holder | None) -> Status:
        session = self._following.session
        now = monitor.seconds(self._newest) + time.monotonic() - self._seen_at

        return monitor.status(
            session,
            name=self._place.named(session.id),
            state=self._state(worker),
            time=local_time(),
            rate=self._pace.rate(now) if worker else 0.0,
            since=worker.since if worker else "",
            money=_money(session),
        )

    def _state(self, worker: Holder | None) -> State:
        session = self._following.session

        if worker is None:
            return State.STOPPED if session.left else State.FINISHED

        if self._is_draining:
            return State.DRAINING

        if not session.workers:
            return State.PAUSED

        return State.WAITING if _waits(session, worker) else State.WORKING

    def _sighted(self, status: Status, worker: str, problem: str = "") -> Sight:
        shown = tuple(reversed(self._places))
        self._read = {place: self._read.get(place) or self._finished(place) for place in shown}

        return Sight(
            status=status,
            worker=worker,
            newest_record=self._newest,
            finished=tuple(self._read.values()),
            problem=problem,
        )

    def _finished(self, position: Position) -> Finished:
        try:
            _, head = read_line(self._files, self._place, position)
            body = read_record(self._files, self._place, position).body
            told = body.get("assessment") or body.get("refusal") or body.get("failure")
            document, status, words = body["document"], body["status"], _words(told)
        except (StorageError, LookupError, TypeError, AttributeError):
            return Finished(time="", document="", status="", words="not readable: robasync fsck")

        return Finished(time=head.time, document=str(document), status=str(status), words=words)


def _words(told: Mapping[str, Any]) -> str:
    """Return what came of a document, from the part of its outcome that says it."""
    if "judgements" not in told:
        return str(told["message"])

    judged = sum(one["state"] == "judged" for one in told["judgements"])

    return f"{told['study']}: {judged} of {len(told['judgements'])} items judged"


def _waits(session: Session, worker: Holder) -> bool:
    """Return whether a run that watches its folder has done all that is there, by the records."""
    service = session.config.get("service")
    is_calling = any(not monitor.is_before(call.time, worker.since) for call in session.uncertain.values())

    return isinstance(service, dict) and service.get("watch") is True and not (session.left or is_calling)


def _money(session: Session) -> Money:
    unpriced = any(spend.unpriced for spend in session.spend.values())

    try:
        saved = load(base=session.config, environment=False)
        cap = limit(saved.cost_tracking.max_cost_threshold, session.consent)
        currency = accounts.currency(session)
    except SettingsError:
        cap, currency = None, ""

    return Money(
        spent=None if unpriced else session.spent, reserved=session.reserved, cap=cap, currency=currency
    )
