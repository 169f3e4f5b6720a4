"""Numbers, names and money in the words of people who read them."""

from __future__ import annotations

from collections.abc import Sequence

from robasync.service.progress import price

MOST_NAMES = 5  # in one line


def count(number: int, one: str, many: str = "") -> str:
    """Return ``1 call``, ``1,200 calls``, or ``2 studies`` where ``many`` is given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def studies(number: int) -> str:
    """Return ``1 study``, ``12 studies``."""
    return count(number, "study", "studies")


def listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - MOST_NAMES

    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def money(amount: float | None, currency: str) -> str:
    """Return ``1.20 USD``, or ``price unknown``."""
    return price(amount, currency).removeprefix("cost ")


def about(name: str, message: str) -> str:
    """Return the message with the document's name before it, unless it begins with that."""
    return message if message.startswith(name) else f"{name}: {message}"
