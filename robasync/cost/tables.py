"""Prices as people state them: in the settings, in a price file; and as records hold them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from robasync.cost.rates import Price, Tier
from robasync.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_RATES = ("input", "output", "cached", "written")
_COLUMNS = {
    "input": "input_cost_per_1k_tokens",
    "output": "output_cost_per_1k_tokens",
    "cached": "cached_input_cost_per_1k_tokens",
    "written": "written_input_cost_per_1k_tokens",
}
_LONGEST_SOURCE = 400  # characters; a record may be forged


def price(values: Mapping[str, Any], *, source: str) -> Price:
    """Return the price that ``values`` state: input, output, cached, written per million tokens, currency.

    ``source`` names the place of the values for messages and records. Raises SettingsError.
    """
    return Price(
        **_rates(values, {name: name for name in _RATES}, source=source),
        currency=_currency(values, source=source),
        source=source,
    )


def read_prices(content: bytes, *, source: str) -> dict[str, Price]:
    """Return the prices by model name that a ``llm_pricing_config`` file holds.

    The file states costs per 1,000 tokens: ``{"models": {"NAME": {"input_cost_per_1k_tokens":
    0.03, "output_cost_per_1k_tokens": 0.06, "currency": "USD"}}}``, and may state what is read
    from and written to a cache. Keys that begin with "_" are comments. Raises SettingsError, which
    names file, model and key.
    """
    try:
        table = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"{source}: not JSON ({error}); correct the price file") from None

    models = table.get("models") if isinstance(table, dict) else None
    if not isinstance(models, dict):
        raise SettingsError(f'{source}: "models" is missing; it maps model names to their costs')

    return {name: _row(name, row, source=source) for name, row in models.items() if not name.startswith("_")}


def load_prices(path: Path) -> dict[str, Price]:
    """Return the prices in the file at ``path``; raises SettingsError where it cannot be used.

    Their ``source`` tells the file's day and the beginning of its SHA-256.
    """
    try:
        content = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError as error:
        raise SettingsError(f"{path}: the price file cannot be read ({error.strerror})") from None

    told = f"{path} of {changed:%Y-%m-%d}, sha256 {sha256(content).hexdigest()[:12]}"

    return {name: replace(row, source=told) for name, row in read_prices(content, source=str(path)).items()}


def recorded(body: Any) -> Price:
    """Return the price that a record's body holds; see ``Price.body``. Raises SettingsError for none."""
    values = body if isinstance(body, dict) else {}
    tiers = values.get("tiers", [])

    if not (isinstance(tiers, list) and all(isinstance(tier, dict) for tier in tiers)):
        raise SettingsError("a recorded price: tiers is no list of them")

    found = price(values, source=str(values.get("source", ""))[:_LONGEST_SOURCE])
    batch = recorded(values["batch"]) if values.get("batch") else None

    return replace(found, tiers=tuple(map(_tier, tiers)), batch=batch)


def told(body: Any) -> str:
    """Return a recorded price in words, with where it comes from; None stands for one that is unknown."""
    if body is None:
        return "unknown"

    try:
        found = recorded(body)
    except SettingsError:
        return "recorded, but not readable"

    return f"{found} ({found.source})"


def _row(name: str, row: Any, *, source: str) -> Price:
    place = f"{source}: models.{name}"
    if not isinstance(row, dict):
        raise SettingsError(
            f"{place} must be an object with input_cost_per_1k_tokens and output_cost_per_1k_tokens"
        )

    per_thousand = _rates(row, _COLUMNS, source=place)

    return Price(
        **{rate: amount * 1000 for rate, amount in per_thousand.items()},
        currency=_currency(row, source=place),
        source=place,
    )


def _tier(values: Mapping[str, Any]) -> Tier:
    rates = _rates(values, {name: name for name in _RATES}, source="a recorded price")

    return Tier(**rates, above=int(_amount(values, "above", source="a recorded price")))


def _rates(values: Mapping[str, Any], keys: Mapping[str, str], *, source: str) -> dict[str, Any]:
    """Return the rates that ``values`` hold under ``keys``; those of input and output must be there."""
    return {
        rate: _amount(values, key, source=source)
        for rate, key in keys.items()
        if rate in ("input", "output") or values.get(key) is not None
    }


def _amount(values: Mapping[str, Any], key: str, *, source: str) -> Decimal:
    value = values.get(key)
    try:
        amount = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")

    if not (amount.is_finite() and amount >= 0):
        raise SettingsError(f"{source}: {key} is {value!r}; it must be a number that is not negative")

    return amount


def _currency(values: Mapping[str, Any], *, source: str) -> str:
    currency = values.get("currency", "USD")
    if not (isinstance(currency, str) and currency.isalpha() and len(currency) == 3):
        raise SettingsError(f"{source}: currency is {currency!r}; it must be a three-letter code such as USD")

    return currency.upper()
