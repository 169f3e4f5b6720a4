"""Who assesses: the way to the model, the gate before it, its limits and its budget."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from robasync import assembly, cost, prompt
from robasync.assembly import Plan
from robasync.assess import Assessor, Screen
from robasync.breaker import Breaker
from robasync.budget import Budget
from robasync.calls import Gate, Journal, Provider, Replies
from robasync.errors import RobasyncError
from robasync.limits import Limits
from robasync.retry import Policy
from robasync.session import Session
from robasync.settings import Settings, sizes
from robasync.settings.environment import Environment
from robasync.settings.models import ModelSettings
from robasync.settings.providers import wire

log = logging.getLogger(__name__)


@asynccontextmanager
async def assessor(
    plan: Plan,
    settings: Settings,
    *,
    journal: Journal,
    replies: Replies,
    session: Session,
    workers: int,
    end: Callable[[RobasyncError], None],
) -> AsyncIterator[Assessor]:
    """Open the way to the model and yield the assessor; its connections close at the end.

    ``end`` is called, once, where it turns out that the model cannot be asked.
    """
    async with way_to(plan.model, workers=workers) as provider:
        gate = Gate(
            provider,
            journal,
            replies=replies,
            session=session.id,
            budget=_budget(settings, session),
            limits=_limits(plan.model),
            breaker=Breaker(patience_seconds=settings.parallel.patience_seconds, end=end, say=log.warning),
            price=plan.price,
            policy=policy(settings, plan.model),
            timeout_seconds=plan.model.timeout if plan.model else settings.parallel.timeout_seconds,
        )

        yield asking(plan, settings, gate)


def asking(plan: Plan, settings: Settings, gate: Gate) -> Assessor:
    """Return who assesses as the plan says, and asks at ``gate``."""
    model = plan.model

    return Assessor(
        name=plan.assessor,
        kind=plan.kind,
        gate=gate,
        instrument=plan.instrument,
        questionnaire=prompt.questionnaire(plan.instrument, plan.items, outcome=plan.result),
        thresholds=plan.thresholds,
        result=plan.result,
        max_tokens=plan.max_tokens,
        temperature=model.temperature if model else 0.0,
        context_window=model.context_window if model else None,
        accepted=frozenset(settings.rob_framework.accept),
        screens=_screens(model),
    )


def _budget(settings: Settings, session: Session) -> Budget:
    cap = settings.cost_tracking.max_cost_threshold

    if cap is None:
        return Budget(None)

    return Budget(cost.units(cap), spent=cost.units(session.spent), uncertain=cost.units(session.reserved))


def _limits(model: ModelSettings | None) -> Limits:
    if model is None:
        return Limits()

    return Limits(
        max_concurrency=model.max_concurrency,
        requests_per_minute=model.requests_per_minute,
        tokens_per_minute=model.tokens_per_minute,
    )


def policy(settings: Settings, model: ModelSettings | None) -> Policy:
    """Return how often a call is tried again."""
    return Policy(attempts=1 + sizes.retries(settings, model)) if model else Policy(attempts=1)


def _screens(model: ModelSettings | None) -> tuple[Screen, ...]:
    if model is not None:
        return ()

    from robasync.providers.rules import refusal

    return (refusal,)


@asynccontextmanager
async def way_to(model: ModelSettings | None, *, workers: int) -> AsyncIterator[Provider]:
    """Open the way to the model, None being the offline baseline; nothing is sent by that."""
    if model is None:
        from robasync.providers.rules import Rules

        yield Rules()
        return

    from robasync.providers.client import open_client
    from robasync.providers.wires import remote

    assert model.base_url is not None
    key = assembly.key(model)
    proxy = Environment.read().proxy_for(model.base_url)
    connections = model.max_concurrency or workers

    async with open_client(connections=connections, proxy=proxy, ca_file=model.ca_file) as client:
        yield remote(wire(model.provider))(
            client,
            base_url=model.base_url,
            model=model.model_name,
            api_key=key,
            streaming=model.use_streaming,
        )
