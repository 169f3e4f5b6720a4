"""Whether the configured models can be asked: what is set, and what their servers say to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import anyio
import orjson

from robasync.app import lanes, pricing
from robasync.errors import AssessmentError, RobasyncError, SettingsError
from robasync.model import Prompt
from robasync.providers.listing import holds
from robasync.providers.remote import Remote
from robasync.settings import Settings, references
from robasync.settings.models import ModelSettings
from robasync.settings.providers import RULES

REACH_SECONDS = 30.0  # for a server to answer what needs no model
TRY = Prompt(
    system="Answer with JSON.",
    document="Twelve people took part.",
    questions="How many people took part?",
    schema=orjson.dumps(
        {
            "type": "object",
            "properties": {"number": {"type": "integer"}},
            "required": ["number"],
            "additionalProperties": False,
        }
    ),
    max_tokens=1024,  # a model that thinks before it answers needs them
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A model as it is configured, by its own key and address or by an entry of its pool.

    ``key`` is the reference to it or its fingerprint, "" where there is none. ``priced`` tells whether
    costs can be told. After a check ``problem`` says what is wrong, "" if nothing is; ``models``
    counts those that the server lists, ``is_listed`` tells whether ours is among them, and
    ``answers`` how it is asked for the form of an answer, where a call was made.
    """

    name: str
    provider: str
    model: str
    address: str
    key: str
    priced: bool
    context_window: int | None
    streaming: bool
    problem: str = ""
    models: int | None = None
    is_listed: bool | None = None
    answers: str = ""
    tokens: int | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the server answered, and without a refusal."""
        return not self.problem


def ways(settings: Settings, *, model: str | None = None) -> list[tuple[ModelSettings, Way]]:
    """Return every way to the models, or to the one called ``model``. Raises SettingsError for none such."""
    models = [one for one in settings.llm_models if one.provider != RULES and model in (None, one.name)]

    if model is not None and not models:
        known = ", ".join(one.name for one in settings.llm_models) or "none"
        raise SettingsError(f"No model is called {model!r}. Configured: {known}")

    return [(entry, _way(settings, one, entry)) for one in models for entry in one.entries]


def check(settings: Settings, *, model: str | None, call: bool) -> list[Way]:
    """Return the ways after asking each server; ``call`` makes one small call that is paid for."""
    return anyio.run(partial(_check_all, ways(settings, model=model), call=call))


async def _check_all(found: list[tuple[ModelSettings, Way]], *, call: bool) -> list[Way]:
    checked = [way for _, way in found]

    async def one(number: int) -> None:
        """Put what became of asking one server in its place."""
        entry, way = found[number]
        checked[number] = await _checked(entry, way, call=call)

    async with anyio.create_task_group() as tasks:
        for number in range(len(found)):
            tasks.start_soon(one, number)

    return checked


async def _checked(entry: ModelSettings, way: Way, *, call: bool) -> Way:
    try:
        async with lanes.way_to(entry) as provider:
            assert isinstance(provider, Remote)
            with anyio.fail_after(REACH_SECONDS):
                way = await _listed(provider, way)

            if not call:
                return way

            with anyio.fail_after(entry.timeout):
                completion = provider.read(await provider.complete(TRY))

            tokens = completion.usage.input_tokens + completion.usage.output_tokens

            return replace(way, answers=provider.answer_format, tokens=tokens)

    except TimeoutError:
        return replace(way, problem=f"{entry.model_name} at {entry.base_url}: no answer in time.")

    except RobasyncError as error:
        return replace(way, problem=str(error).splitlines()[0])


async def _listed(provider: Remote, way: Way) -> Way:
    """Return what the server's list says; a server without a list was reached all the same."""
    try:
        names = await provider.models()
    except AssessmentError as error:
        if "HTTP 404" in str(error) or "HTTP 405" in str(error):
            return way

        raise

    return replace(way, models=len(names), is_listed=holds(names, provider.model) if names else None)


def _way(settings: Settings, model: ModelSettings, entry: ModelSettings) -> Way:
    return Way(
        name=model.name,
        provider=entry.provider,
        model=entry.model_name,
        address=entry.base_url or "",
        key=references.public(entry.api_key.get_secret_value()) if entry.api_key else "",
        priced=pricing.price(settings, model) is not None,
        context_window=entry.context_window,
        streaming=entry.use_streaming,
    )
