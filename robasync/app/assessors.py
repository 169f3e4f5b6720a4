"""Who assesses: the way to the model, the gate before it, its limits and its budget."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from robasync import prompt
from robasync.app.assembly import Plan
from robasync.app.budgeting import budget
from robasync.app.lanes import End, lanes
from robasync.assess import Assessor, Screen
from robasync.gate.calls import Gate, Replies
from robasync.gate.retry import Policy
from robasync.gate.sending import Journal
from robasync.harvest import Harvest
from robasync.inquiry import Inquiry
from robasync.settings import Settings, sizes
from robasync.settings.models import ModelSettings
from robasync.store.opening import Opened


@asynccontextmanager
async def assessor(
    plan: Plan,
    settings: Settings,
    *,
    journal: Journal,
    replies: Replies,
    opened: Opened,
    workers: int,
    end: End,
) -> AsyncIterator[Assessor]:
    """Open the way to the model and yield the assessor; its connections close at the end.

    ``end`` is called, once, where it turns out that the model cannot be asked.
    """
    async with lanes(plan, settings, workers=workers, end=end) as ways:
        gate = Gate(
            ways,
            journal,
            replies=replies,
            session=opened.session.id,
            budget=budget(settings, opened, journal=journal),
            price=plan.price,
            policy=policy(settings, plan.model),
            timeout_seconds=plan.model.timeout if plan.model else settings.parallel.timeout_seconds,
        )

        harvest = Harvest(has_borne=opened.session.completed > 0, end=end)

        yield asking(plan, settings, inquiry(plan, gate), harvest=harvest)


def inquiry(plan: Plan, gate: Gate, *, kind: Callable[..., Inquiry] = Inquiry) -> Inquiry:
    """Return what the plan asks about each document, at ``gate``; ``kind`` makes it."""
    return kind(
        gate=gate,
        parts=prompt.parts(plan.instrument, plan.items, outcome=plan.result, calls_per=plan.calls_per),
        max_tokens=plan.max_tokens,
        temperature=plan.model.temperature if plan.model else 0.0,
    )


def asking(plan: Plan, settings: Settings, inquiry: Inquiry, *, harvest: Harvest | None = None) -> Assessor:
    """Return who assesses as the plan says what ``inquiry`` brings; ``harvest`` counts what that is worth."""
    model = plan.model

    return Assessor(
        name=plan.assessor,
        kind=plan.kind,
        inquiry=inquiry,
        instrument=plan.instrument,
        items=plan.items,
        thresholds=plan.thresholds,
        result=plan.result,
        context_window=model.context_window if model else None,
        accepted=frozenset(settings.rob_framework.accept),
        screens=_screens(model),
        harvest=harvest or Harvest(),
    )


def policy(settings: Settings, model: ModelSettings | None) -> Policy:
    """Return how often a call is tried again."""
    return Policy(attempts=1 + sizes.retries(settings, model)) if model else Policy(attempts=1)


def _screens(model: ModelSettings | None) -> tuple[Screen, ...]:
    if model is not None:
        return ()

    from robasync.providers.rules import refusal

    return (refusal,)
