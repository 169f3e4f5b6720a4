"""Consent to what a run costs: when somebody is asked, and what the answer limits the session to.

A session costs at most what was agreed to: its cap, else what was shown when somebody was asked and
said yes; with ``yes``, beforehand, whatever it takes. The consent lies in the journal. A resume on the
same terms asks nobody again, one that may come to more does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import orjson

from robasync import cost
from robasync.app.assembly import Plan
from robasync.app.live import Job
from robasync.errors import UsageError
from robasync.forecast import Forecast
from robasync.plan.consent import Consent, How
from robasync.service import dialogue
from robasync.session import Session
from robasync.settings import Settings

MILLION = 1_000_000  # tokens, of which a model that is paid for makes no call for nothing


class Payer(Protocol):
    """Whoever pays. ``yes`` says that they agreed beforehand to whatever it costs."""

    yes: bool

    def be_there(self) -> None:
        """Return if they can be asked; raise UsageError if nobody is there."""

    def agrees(self, forecast: Forecast) -> bool:
        """Show the forecast and return the answer. Raises Stopped where a signal is the answer."""


class Answered:
    """A payer who has seen the forecast, and has said yes to it."""

    def __init__(self, *, yes: bool) -> None:
        self.yes = yes

    def be_there(self) -> None:
        """Return: they were."""

    def agrees(self, forecast: Forecast) -> bool:
        """Return the answer that was given."""
        return True


def consent(
    payer: Payer,
    *,
    plan: Plan,
    settings: Settings,
    session: Session,
    documents: int,
    foresee: Callable[[], Forecast],
) -> Consent | None:
    """Return what ``payer`` agrees to for a session of so many documents; None where nothing is paid.

    Nobody is asked, and ``foresee`` is not called, where a cap is set or the consent that the session
    has covers the rest. Raises UsageError where the answer is no, or nobody can be asked.
    """
    if not is_paid(plan):
        return None

    known = Consent.from_body(session.consent)
    made = Consent(
        how=How.YES,
        amount=None,
        currency=plan.currency or settings.cost_tracking.currency,
        terms=terms(plan),
        documents=documents,
    )

    if (cap := settings.cost_tracking.max_cost_threshold) is not None:
        return replace(made, how=How.CAP, amount=cap)

    if payer.yes:
        return made

    if settings.service.watch:
        raise UsageError(
            "Nobody knows beforehand what a run costs that goes on with new files.\n"
            "Say what it may cost in all: --max-cost AMOUNT, or agree to whatever it takes: --yes"
        )

    if known is not None and known.is_for(made.terms, documents):
        return known

    return _asked(payer, made, known=known, session=session, foresee=foresee)


def given(job: Job, consent: Consent | None) -> Job:
    """Return the job whose first record holds the consent."""
    if consent is None:
        return job

    first = job.first

    return replace(job, first=first._replace(body={**first.body, "consent": consent.body}))


def tell(known: Consent | None) -> None:
    """Say what the session may cost, where it costs anything."""
    if known is not None:
        dialogue.may_cost(known.amount, known.currency)


def is_paid(plan: Plan) -> bool:
    """Return whether the plan's model takes money, as far as its price is known."""
    price = plan.price

    return (
        plan.model is not None
        and price is not None
        and price.worst(input_tokens=MILLION, output_tokens=MILLION) > 0
    )


def terms(plan: Plan) -> str:
    """Return a digest of whom the plan asks, where, and at what price."""
    model = plan.model
    whom = [(one.model_name, one.base_url) for one in model.entries] if model else []

    return hashlib.sha256(orjson.dumps([whom, plan.max_tokens, str(plan.price)])).hexdigest()[:16]


def _asked(
    payer: Payer,
    made: Consent,
    *,
    known: Consent | None,
    session: Session,
    foresee: Callable[[], Forecast],
) -> Consent | None:
    if known is None:
        payer.be_there()  # before every file is read in vain

    forecast = foresee()

    if not forecast.calls:
        return known

    total = _total(session, forecast)

    if known is not None and known.leaves(total, made.currency):
        return replace(made, how=How.ASKED, amount=known.amount)

    payer.be_there()

    if not payer.agrees(forecast):
        raise UsageError("Nothing was sent, nothing is paid.")

    return replace(made, how=How.ASKED, amount=total)


def _total(session: Session, forecast: Forecast) -> float:
    """Return what the session costs at most, all that it has cost and may have cost included."""
    units = map(cost.units, (session.spent, session.reserved, forecast.estimate.most or 0.0))

    return cost.number(sum(units))
