"""What calls cost: the price of a model, the cost of a call, and the tables that name prices.

Money is counted in whole units of a billionth of the currency, so that sums never drift;
journal and reports show plain numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import orjson

from robasync.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from robasync.model import Usage

UNITS = 1_000_000_000  # units in one of the currency
UNITS_PER_TOKEN = UNITS // 1_000_000  # of a price of 1 per million tokens

WRITING = Decimal("1.25")  # of the price of input: what Anthropic takes for writing it to its cache

Number = int | float | str | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model takes per million tokens; ``cached`` None means as much as ``input``.

    Input that was written to a cache at a price of its own costs WRITING times ``input``.
    """

    input: Decimal
    output: Decimal
    cached: Decimal | None = None
    currency: str = "USD"

    def cost(self, usage: Usage) -> int:
        """Return what ``usage`` costs in units, rounded up."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        cached_price = self.input if self.cached is None else self.cached
        written = min(usage.written_tokens, usage.input_tokens - cached)
        total = self.input * (usage.input_tokens - cached) + cached_price * cached
        total += self.input * (WRITING - 1) * written
        total += self.output * usage.output_tokens

        return _whole(total * UNITS_PER_TOKEN)

    def worst(self, *, input_tokens: int, output_tokens: int) -> int:
        """Return the most that a call of at most so many tokens can cost, in units."""
        # A bound by bytes, as the gate takes it, leaves room for WRITING: tokens are longer than one.
        input_price = self.input if self.cached is None else max(self.input, self.cached)

        return _whole((input_price * input_tokens + self.output * output_tokens) * UNITS_PER_TOKEN)


def price(values: Mapping[str, Any], *, source: str) -> Price:
    """Return the price that ``values`` state: input, output, cached per million tokens, currency.

    ``source`` names the place of the values for the message. Raises SettingsError.
    """
    cached = values.get("cached")

    return Price(
        input=_amount(values, "input", source=source),
        output=_amount(values, "output", source=source),
        cached=None if cached is None else _amount(values, "cached", source=source),
        currency=_currency(values, source=source),
    )


def read_prices(content: bytes, *, source: str) -> dict[str, Price]:
    """Return the prices by model name that a ``llm_pricing_config`` file holds.

    The file states costs per 1,000 tokens: ``{"models": {"NAME": {"input_cost_per_1k_tokens":
    0.03, "output_cost_per_1k_tokens": 0.06, "currency": "USD"}}}``. Keys that begin with "_"
    are comments. Raises SettingsError, which names file, model and key.
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
    """Return the prices in the file at ``path``; raises SettingsError where it cannot be used."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: the price file cannot be read ({error.strerror})") from None

    return read_prices(content, source=str(path))


def units(number: Number) -> int:
    """Return an amount of the currency in units, to the nearest; undoes ``number``."""
    return int((Decimal(str(number)) * UNITS).to_integral_value())


def number(amount: int) -> float:
    """Return ``amount`` units as a plain number of the currency."""
    return amount / UNITS


def _row(name: str, row: Any, *, source: str) -> Price:
    place = f"{source}: models.{name}"
    if not isinstance(row, dict):
        raise SettingsError(
            f"{place} must be an object with input_cost_per_1k_tokens and output_cost_per_1k_tokens"
        )

    cached = "cached_input_cost_per_1k_tokens"

    return Price(
        input=_amount(row, "input_cost_per_1k_tokens", source=place) * 1000,
        output=_amount(row, "output_cost_per_1k_tokens", source=place) * 1000,
        cached=_amount(row, cached, source=place) * 1000 if row.get(cached) is not None else None,
        currency=_currency(row, source=place),
    )


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


def _whole(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_CEILING))
