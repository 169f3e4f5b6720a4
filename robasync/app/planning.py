"""The plan of a run: what it would do, what that costs and takes, from a rehearsal of it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

from robasync import cost, forecast
from robasync.app import assessors
from robasync.app.lanes import is_stated, stated
from robasync.app.live import Job
from robasync.app.measuring import measured
from robasync.app.rehearsal import Rehearsed, go_through
from robasync.app.run import Show
from robasync.detection import Work
from robasync.forecast import MOST_NAMED, Forecast, Part, Recipient, Tally
from robasync.gate.pacer import FIRST_WIDTH
from robasync.model import Status
from robasync.plan.consent import limit
from robasync.plan.duration import Pace
from robasync.plan.estimate import Estimate, Terms, estimate
from robasync.plan.load import Measured
from robasync.reports import rows
from robasync.service.signals import Signals
from robasync.settings.providers import wire
from robasync.store.looking import LookingFiles
from robasync.store.outcomes import bodies

MOST_READ = 500  # documents that are looked at before a question; more are reckoned from so many of them
SEED = 1  # of which: the same ones each time


def foresee(job: Job, work: Work, *, signals: Signals, show: Show, most: int | None = None) -> Forecast:
    """Return what the job would do with ``work``; changes not one byte and opens no connection.

    Where there are more than ``most`` documents, as many are drawn, looked at and taken for all. Raises
    Stopped where a signal ends it, StorageError.
    """
    some = drawn(work, most)
    part = Part(looked_at=_number(some), whole=_number(work))
    tally, began = Tally(), time.monotonic()
    go_through(job, some, tally, kind=partial(Rehearsed, tally=tally), signals=signals, show=show)
    session, model = job.opened.session, job.plan.model

    return tally.forecast(
        session.id,
        forecast.standing(session, work, kept_why=tuple(_kept(job, work))),
        part=part,
        estimate=_estimate(job, tally, part, seconds=time.monotonic() - began),
        recipient=Recipient(
            name=job.plan.assessor, model=model.model_name if model else "", address=job.plan.address
        ),
        left_of_cap=_left_of_cap(job),
    )


def drawn(work: Work, most: int | None) -> Work:
    """Return the work on ``most`` documents at random, on all of them where there are no more."""
    names = [*sorted(work.left), *work.new]

    if most is None or len(names) <= most:
        return work

    chosen = frozenset(random.Random(SEED).sample(names, most))  # noqa: S311 - a sample, not a secret

    return replace(
        work,
        left=work.left & chosen,
        changed=work.changed & chosen,
        new=tuple(filter(chosen.__contains__, work.new)),
    )


def terms(job: Job) -> Terms:
    """Return what is known of the way to the job's model."""
    plan, policy = job.plan, assessors.policy(job.settings, job.plan.model)

    return Terms(
        price=plan.price,
        currency=plan.currency or job.settings.cost_tracking.currency,
        wire=wire(plan.model.provider) if plan.model else "",
        max_tokens=plan.max_tokens,
        attempts=policy.attempts,
        replies=policy.replies,
        pace=_pace(job),
    )


def _estimate(job: Job, tally: Tally, part: Part, *, seconds: float) -> Estimate:
    model, load = job.plan.model, tally.load
    known = Measured()

    if model is not None and load.calls:
        known = measured(LookingFiles(), job, endpoint=tally.endpoint, model=model.model_name)

    return estimate(
        load.scaled(part.looked_at, part.whole),
        known,
        terms(job),
        reading_seconds=seconds * part.whole / max(part.looked_at, 1),
    )


def _pace(job: Job) -> Pace:
    """Return how much goes on at once, all ways to the model together."""
    plan = job.plan

    if plan.model is None:
        return Pace(workers=job.workers, is_instant=True)

    ways = [stated(plan, entry, workers=job.workers) for entry in plan.model.entries]
    width = _together(way.get("max_concurrency") for way in ways)
    is_known = all(map(is_stated, plan.model.entries))

    return Pace(
        workers=job.workers,
        at_once=None if width is None else int(width),
        first=None if is_known else int(FIRST_WIDTH) * len(ways),
        requests_per_minute=_together(way.get("requests_per_minute") for way in ways),
        tokens_per_minute=_together(way.get("tokens_per_minute") for way in ways),
        input_tokens_per_minute=_together(way.get("input_tokens_per_minute") for way in ways),
        output_tokens_per_minute=_together(way.get("output_tokens_per_minute") for way in ways),
    )


def _together(limits: Iterable[float | None]) -> float | None:
    """Return what all of them let through together; None where one has no limit."""
    found = [*limits]
    known = [limit for limit in found if limit is not None]

    return sum(known) if len(known) == len(found) else None


def _number(work: Work) -> int:
    return len(work.left) + len(work.new)


def _kept(job: Job, work: Work) -> Iterator[tuple[str, str]]:
    """Yield the first failures that stay, each with its message."""
    states = job.opened.session.documents
    names = (name for name in states.having(Status.FAILED) if name not in work.left)
    positions = filter(None, map(states.position, islice(names, MOST_NAMED)))

    for body in bodies(LookingFiles(), job.opened.place, positions):
        outcome = rows.outcome(body)
        yield outcome.document, outcome.failure.message if outcome.failure else ""


def _left_of_cap(job: Job) -> float | None:
    session = job.opened.session
    cap = limit(job.settings.cost_tracking.max_cost_threshold, session.consent)

    if cap is None:
        return None

    return cost.number(cost.units(cap) - cost.units(session.spent) - cost.units(session.reserved))
