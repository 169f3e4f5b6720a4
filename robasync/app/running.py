"""A run while it goes on: what may be seen of it, and what may be asked of it. In the event loop only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from robasync import cost
from robasync.app.live import Job, Live
from robasync.gate.calls import Gate
from robasync.gate.sending import Lane
from robasync.pipeline import Pipeline
from robasync.records import Kind, Record
from robasync.service.monitor import used
from robasync.service.narrator import ON_DEMAND
from robasync.service.progress import Progress, Stopwatch, measure
from robasync.service.status import Model, Money, State, Status
from robasync.session import WORKERS
from robasync.stop import Stop
from robasync.store.clock import local_time

NEWEST_ERRORS = 20  # that a status names


class Running:
    """The objects of a run that views and controls need; each call is cheap and awaits nothing."""

    def __init__(self, job: Job, live: Live, *, pipeline: Pipeline, gate: Gate, stop: Stop) -> None:
        self.job = job
        self.live = live
        self.pipeline = pipeline
        self.gate = gate
        self.stop = stop
        self._slots = pipeline.slots
        self._stopwatch = Stopwatch()
        self._at_start = live.session.completed + live.session.failed

    @property
    def is_watching(self) -> bool:
        """Whether the run goes on with files that come into its folder."""
        return self.job.settings.service.watch and not self.job.is_mute

    @property
    def is_idle(self) -> bool:
        """Whether it does nothing until a file comes."""
        return self.is_watching and self.live.is_done and not self._slots.taken

    def progress(self) -> Progress:
        """Return how far the run is."""
        session = self.live.session

        return measure(
            total=session.total,
            done=session.completed,
            failed=session.failed,
            at_start=self._at_start,
            elapsed=self._stopwatch.seconds(is_resting=self._is_resting),
            cost=self.job.plan.cost(session),
            currency=self.job.plan.currency or "",
            trouble=self.live.journal.trouble,
            is_waiting=self.is_idle,
        )

    def status(self) -> Status:
        """Return the session at this moment."""
        session = self.live.session

        return Status(
            session=session.id,
            name=self.job.opened.place.named(session.id),
            state=self._state(),
            time=local_time(),
            started=session.started,
            progress=self.progress(),
            assessed=session.assessed,
            refused=session.refused,
            money=self._money(),
            batch=session.current_batch,
            batches=session.total_batches,
            uncertain=max(len(session.uncertain) - self.gate.in_flight, 0),
            errors=tuple(session.errors)[-NEWEST_ERRORS:],
            errors_total=session.errors_total,
            records=session.last_sequence,
            in_work=self._slots.taken,
            workers=self._slots.limit,
            calls_in_flight=self.gate.in_flight,
            models=tuple(map(_model, self.gate.lanes)),
            used=tuple(used(name, spend) for name, spend in session.spend.items()),
        )

    def checkpoint(self) -> None:
        """Have a checkpoint written now."""
        self.live.checkpointer.demand(ON_DEMAND)

    def pause(self) -> None:
        """Let no further document begin; what is in work goes on to its end."""
        self._change(self._slots.pause)

    def go_on(self) -> None:
        """End a pause."""
        self._change(self._slots.go_on)

    def set_workers(self, workers: int) -> None:
        """Let so many documents be in work at a time from now on."""
        self._change(partial(self._slots.resize, workers))

    def _change(self, change: Callable[[], None]) -> None:
        """Journal how many documents may be in work, none while paused, where that is another number then."""
        before = self._slots.admitted
        change()

        if (now := self._slots.admitted) != before:
            body = {"name": WORKERS, "old": before, "new": now}
            self.live.journal.append(Record(Kind.SETTING_CHANGED, body))

    @property
    def _is_resting(self) -> bool:
        return self.is_idle or (self._slots.is_paused and not self._slots.taken)

    def _state(self) -> State:
        if self.stop.requested.is_set():
            return State.DRAINING

        if self._slots.is_paused:
            return State.PAUSED

        is_waiting = self.is_idle or self.live.journal.trouble is not None

        return State.WAITING if is_waiting else State.WORKING

    def _money(self) -> Money:
        budget, plan, session = self.gate.budget, self.job.plan, self.live.session

        return Money(
            spent=plan.cost(session),
            reserved=cost.number(budget.reserved),
            cap=None if budget.cap is None else cost.number(budget.cap),
            currency=plan.currency or self.job.settings.cost_tracking.currency,
        )


def _model(lane: Lane) -> Model:
    standing = lane.limits.standing

    return Model(
        name=lane.provider.model,
        address=urlsplit(lane.provider.endpoint.split(" ")[-1]).netloc,
        in_flight=lane.calls,
        requests_per_minute=standing.requests_per_minute,
        tokens_per_minute=standing.tokens_per_minute,
        is_down=lane.breaker.is_down,
        width=standing.width,
        refused=standing.refused,
        waits=standing.waits,
    )
