"""The examination before trouble: settings, models, folders, machine, each judged by itself.

Changes nothing but for files that are written to try a folder and removed at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from robasync.app import assembly, equipment, premises, pricing, reach
from robasync.app.assembly import Plan
from robasync.app.reach import Way
from robasync.app.vault import Vault
from robasync.errors import ExtraMissing, RobasyncError
from robasync.service.doctor import Check, State, clock
from robasync.service.machine import cores
from robasync.settings import Settings, load, sizes
from robasync.settings.models import ModelSettings
from robasync.settings.providers import RULES


class Moment(NamedTuple):
    """A time by the clock that can be set, and by the one that cannot."""

    wall: float
    even: float


def examine(config: Path | None, overrides: Mapping[str, Any], *, call: bool) -> Iterator[Check]:
    """Yield every check; ``call`` makes one call to each model, which is paid for.

    With settings that cannot be read it goes on with what needs none.
    """
    began = _now()
    settings, said = _settings(config, overrides)
    yield said

    if settings is not None:
        yield from _asked(settings, config, call=call)

    workers = sizes.workers(settings, cores=cores()) if settings else sizes.WORKERS_PER_MODEL
    yield from equipment.machine(workers)
    yield from equipment.programs(settings)
    yield _clock(settings, began)


def _settings(config: Path | None, overrides: Mapping[str, Any]) -> tuple[Settings | None, Check]:
    where = str(config) if config else "no file named (-c FILE); defaults and environment"

    try:
        settings = load(file=config, overrides=overrides)
    except RobasyncError as error:
        return None, refused("Settings", error)

    return settings, Check(name="Settings", state=State.OK, fact=where)


def _asked(settings: Settings, config: Path | None, *, call: bool) -> Iterator[Check]:
    """Yield what the settings ask for: the plan, the models and the folders."""
    plan = None

    try:
        plan = assembly.plan(settings, model=None)
    except RobasyncError as error:
        yield refused("Instrument", error)
    else:
        made = plan.instrument
        fact = f"{made.id}@{made.version}, {len(plan.items)} items"
        yield Check(name="Instrument", state=State.OK, fact=fact)

    yield from _models(settings, config, call=call)
    yield from _seal(settings)
    yield from _folders(settings, plan)


def _models(settings: Settings, config: Path | None, *, call: bool) -> Iterator[Check]:
    models = [model for model in settings.llm_models if model.provider != RULES]

    if not models:
        fact = "none: the offline baseline 'rules' assesses, nothing is sent anywhere"
        yield Check(name="Models", state=State.OK, fact=fact)
        return

    for way in reach.check(settings, model=None, call=call):
        yield reached(way, config)

    for model in models:
        yield _price(settings, model)


def reached(way: Way, config: Path | None) -> Check:
    """Return what came of asking a model's server."""
    name = f"Model {way.name}"

    if way.problem:
        again = f"robasync providers check -c {config}" if config else "robasync providers check"
        advice = f"Mend its key or its address in the settings, then: {again} --call"
        return Check(name=name, state=State.WRONG, fact=way.problem, advice=advice)

    answered = ", one call answered" if way.answers else ""
    fact = f"{way.model} at {way.address} reached{answered}; key {way.key or 'none'}"

    if way.is_listed is False:
        advice = (
            f"Its server does not list {way.model}: check the name, then make a call: robasync doctor --call"
        )
        return Check(name=name, state=State.LOOK, fact=fact, advice=advice)

    return Check(name=name, state=State.OK, fact=fact)


def _price(settings: Settings, model: ModelSettings) -> Check:
    name = f"Price of {model.name}"

    try:
        price = pricing.price(settings, model)
        pricing.check(settings, model, price)
    except RobasyncError as error:
        return refused(name, error)

    if price is None:
        return Check(
            name=name,
            state=State.LOOK,
            fact="unknown, and asked all the same",
            advice="Costs cannot be told.",
        )

    return Check(name=name, state=State.OK, fact=f"{price} ({price.source})")


def _seal(settings: Settings) -> Iterator[Check]:
    """Yield whether a new session could be encrypted, where it is to be."""
    if not settings.checkpoint_system.encryption:
        return

    try:
        seal = Vault(settings).new()
    except ExtraMissing:
        return  # told among the extras
    except RobasyncError as error:
        yield refused("Encryption", error)
    else:
        yield Check(name="Encryption", state=State.OK, fact=f"on, with key {seal.name}")


def _folders(settings: Settings, plan: Plan | None) -> Iterator[Check]:
    documents, said = premises.inputs(settings)
    yield said
    yield from premises.writable(settings)
    yield from premises.disk(settings, plan, documents=documents)


def refused(name: str, error: RobasyncError) -> Check:
    """Return what an error means: its first line is the fact, the others are the advice."""
    fact, _, advice = str(error).partition("\n")

    return Check(name=name, state=State.WRONG, fact=fact, advice=advice, is_storage=error.exit_code == 5)


def _clock(settings: Settings | None, began: Moment) -> Check:
    now = _now()

    return clock(
        now.wall,
        built=Path(__file__).stat().st_mtime,
        newest=premises.newest(settings) if settings else 0.0,
        drift=(now.wall - began.wall) - (now.even - began.even),
    )


def _now() -> Moment:
    return Moment(time.time(), time.monotonic())
