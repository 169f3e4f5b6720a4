"""Money as whole units, a billionth of the currency each, so that sums never drift."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

UNITS = 1_000_000_000  # units in one of the currency
UNITS_PER_TOKEN = UNITS // 1_000_000  # of a price of 1 per million tokens

Number = int | float | str | Decimal


def units(number: Number) -> int:
    """Return an amount of the currency in units, to the nearest; undoes ``number``."""
    return int((Decimal(str(number)) * UNITS).to_integral_value())


def number(amount: int) -> float:
    """Return ``amount`` units as a plain number of the currency."""
    return amount / UNITS


def exact(amount: int) -> str:
    """Return ``amount`` units as a decimal number to the last billionth: what a spreadsheet adds up right."""
    whole, rest = divmod(abs(amount), UNITS)

    return f"{'-' * (amount < 0)}{whole}.{rest:09}"


def whole(amount: Decimal) -> int:
    """Return ``amount`` rounded up to whole units: a bill is never reckoned too low."""
    return int(amount.to_integral_value(rounding=ROUND_CEILING))
