"""The price file of ``paths.llm_pricing_config``, in the format of version 2.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from robasync.errors import SettingsError
from robasync.settings import places
from robasync.settings.base import Amount, Runs, Section, Text
from robasync.settings.models import Price

if TYPE_CHECKING:
    from pathlib import Path

THOUSANDS_PER_MILLION = 1000


class _Entry(Section):
    """Cost per thousand tokens of one model."""

    input_cost_per_1k_tokens: Runs[Amount]
    output_cost_per_1k_tokens: Runs[Amount]
    cached_cost_per_1k_tokens: Runs[Amount | None] = None
    currency: Runs[Text] = "USD"


class _File(Section):
    """The file as a whole."""

    models: dict[str, _Entry] = Field(default_factory=dict)


def read_prices(path: Path) -> dict[str, Price]:
    """Return the price per million tokens of each model that the file names.

    Keys that begin with ``_`` are comments. Raises SettingsError with file and key.
    """
    content = places.uncommented(dict(places.from_file(path).values))
    try:
        entries = _File.model_validate(content).models
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in detail["loc"])
        raise SettingsError(
            f"{path}: {key}: {detail['msg']}; each entry of models has input_cost_per_1k_tokens, "
            "output_cost_per_1k_tokens and currency"
        ) from None

    return {name: _per_million(entry) for name, entry in entries.items()}


def _per_million(entry: _Entry) -> Price:
    cached = entry.cached_cost_per_1k_tokens

    return Price(
        input=entry.input_cost_per_1k_tokens * THOUSANDS_PER_MILLION,
        output=entry.output_cost_per_1k_tokens * THOUSANDS_PER_MILLION,
        cached=None if cached is None else cached * THOUSANDS_PER_MILLION,
        currency=entry.currency,
    )
