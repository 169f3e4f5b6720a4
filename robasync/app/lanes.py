"""The lanes to a model: one for each address and key that it is configured with."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from robasync.app import assembly
from robasync.app.assembly import Plan
from robasync.errors import RobasyncError
from robasync.gate.breaker import Breaker
from robasync.gate.limits import RATES, Limits, Stated
from robasync.gate.sending import Lane, Provider
from robasync.model import Window
from robasync.settings import Settings
from robasync.settings.environment import Environment
from robasync.settings.models import ModelSettings
from robasync.settings.providers import wire

log = logging.getLogger(__name__)

UNBOUNDED = 0  # connections, to the client

End = Callable[[RobasyncError], None]


@asynccontextmanager
async def lanes(plan: Plan, settings: Settings, *, workers: int, end: End) -> AsyncIterator[list[Lane]]:
    """Open the lanes to the plan's model; their connections close at the end.

    ``end`` is called once, where it turns out that none of them leads anywhere.
    """
    found: list[Lane] = []

    def end_of_one(reason: RobasyncError) -> None:
        """End the run where no entry is left to ask; else say that this one is lost."""
        if all(lane.breaker.is_open for lane in found):
            end(reason)
        else:
            log.warning(
                "%s The run goes on with the model's other entries.",
                str(reason).splitlines()[0],
                extra={"event": "entry_lost"},
            )

    async with AsyncExitStack() as stack:
        for model in plan.model.entries if plan.model else (None,):
            limits = Limits(is_trusting=is_stated(model), **stated(plan, model, workers=workers))
            provider = await stack.enter_async_context(way_to(model, told=limits.told))
            breaker = Breaker(
                patience_seconds=settings.parallel.patience_seconds, end=end_of_one, say=log.warning
            )
            found.append(Lane(provider, limits=limits, breaker=breaker))

        yield found


@asynccontextmanager
async def way_to(
    model: ModelSettings | None, told: Callable[[Window], None] = lambda window: None
) -> AsyncIterator[Provider]:
    """Open the way to the model, None being the offline baseline; nothing is sent by that.

    ``told`` is called with what each answer says of the room that is left.
    """
    if model is None:
        from robasync.providers.rules import Rules

        yield Rules()
        return

    from robasync.providers.client import open_client
    from robasync.providers.wires import remote

    assert model.base_url is not None
    key = assembly.key(model)
    proxy = Environment.read().proxy_for(model.base_url)

    # How many calls are under way is the workers' and the limits' to decide, also when they change.
    async with open_client(connections=UNBOUNDED, proxy=proxy, ca_file=model.ca_file, told=told) as client:
        yield remote(wire(model.provider))(
            client,
            base_url=model.base_url,
            model=model.model_name,
            api_key=key,
            streaming=model.use_streaming,
        )


def is_stated(model: ModelSettings | None) -> bool:
    """Return whether the settings say how fast the model may be asked; else a slow start finds it."""
    if model is None:
        return True

    return model.max_concurrency is not None or any(getattr(model, name) is not None for name in RATES)


def stated(plan: Plan, model: ModelSettings | None, *, workers: int) -> Stated:
    """Return what the settings allow the lane of ``model``; also what ``Limits.change`` takes."""
    if model is None:
        return Stated()

    # The workers are a limit of their own where each makes one call at a time.
    several = plan.calls_per != "instrument"

    return Stated(
        max_concurrency=model.max_concurrency or (workers if several else None),
        requests_per_minute=model.requests_per_minute,
        tokens_per_minute=model.tokens_per_minute,
        input_tokens_per_minute=model.input_tokens_per_minute,
        output_tokens_per_minute=model.output_tokens_per_minute,
    )
