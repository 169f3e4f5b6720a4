"""What a model takes for tokens, and what a call costs by that. Pure, in exact decimals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from robasync.cost.amounts import UNITS_PER_TOKEN, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from robasync.model import Usage

WRITING = Decimal("1.25")  # of the price of input: what Anthropic takes for writing it to its cache

_LAST_PLACE = Decimal("1e-12")  # of a converted price

R = TypeVar("R", bound="Rates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What is taken per million tokens; ``cached`` and ``written`` None mean as much as ``input``.

    Input that is read from a cache costs ``cached``, input that is written to one ``written``.
    """

    input: Decimal
    output: Decimal
    cached: Decimal | None = None
    written: Decimal | None = None

    @property
    def dearest_input(self) -> Decimal:
        """The most that a token of input can cost, per million."""
        return max(rate for rate in (self.input, self.cached, self.written) if rate is not None)

    @property
    def named(self) -> Iterator[tuple[str, Decimal]]:
        """The rates that are known, by name."""
        for name in ("input", "output", "cached", "written"):
            rate = getattr(self, name)

            if rate is not None:
                yield name, rate

    def taken(self, usage: Usage) -> Decimal:
        """Return what ``usage`` costs, in millionths of the currency; nonsense never lowers it."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        written = min(usage.written_tokens, usage.input_tokens - cached)
        total = self.input * (usage.input_tokens - cached - written) + self.output * usage.output_tokens
        total += (self.input if self.cached is None else self.cached) * cached

        return total + (self.input if self.written is None else self.written) * written


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier(Rates):
    """The rates of all tokens of a call with more than ``above`` tokens of input."""

    above: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(Rates):
    """What a model costs: its rates, those of calls with long inputs, and those of batches.

    ``tiers`` rise by ``above``. ``batch`` is the price of calls that are made as a batch, None
    where nobody offers one. ``source`` tells people where the numbers come from, with version or
    date; prices with the same numbers are equal.
    """

    currency: str = "USD"
    tiers: tuple[Tier, ...] = ()
    batch: Price | None = None
    source: str = field(default="", compare=False)

    def cost(self, usage: Usage) -> int:
        """Return what ``usage`` costs in units, rounded up."""
        reached = [tier for tier in self.tiers if usage.input_tokens > tier.above]

        return whole((reached[-1] if reached else self).taken(usage) * UNITS_PER_TOKEN)

    def worst(self, *, input_tokens: int, output_tokens: int) -> int:
        """Return the most that a call of at most so many tokens can cost, in units."""
        reached = (self, *(tier for tier in self.tiers if input_tokens > tier.above))
        most = max(rates.dearest_input * input_tokens + rates.output * output_tokens for rates in reached)

        return whole(most * UNITS_PER_TOKEN)

    def writing(self) -> Price:
        """Return the price with WRITING times ``input`` for what is written, where nothing tells that."""
        batch = self.batch and self.batch.writing()

        return replace(_writing(self), tiers=tuple(map(_writing, self.tiers)), batch=batch)

    def converted(self, factor: Decimal, *, currency: str, note: str) -> Price:
        """Return the price in ``currency``, of which one of its own is ``factor``; ``note`` says by what."""
        batch = self.batch and self.batch.converted(factor, currency=currency, note=note)
        tiers = tuple(_times(tier, factor) for tier in self.tiers)
        source = f"{self.source}; {note}"

        return replace(_times(self, factor), currency=currency, tiers=tiers, batch=batch, source=source)

    def __str__(self) -> str:
        """Say the numbers: "2.5 in, 10 out, 1.25 cached, USD per million tokens"."""
        words = {"input": "in", "output": "out", "written": "written to a cache"}
        rates = ", ".join(f"{rate} {words.get(name, name)}" for name, rate in _numbers(self).items())
        tiers = "".join(f", {tier.input.normalize():f} in above {tier.above:,}" for tier in self.tiers)

        return f"{rates}{tiers}, {self.currency} per million tokens"

    @property
    def body(self) -> dict[str, Any]:
        """The numbers as a record holds them: decimals as text, nothing rounded. ``recorded`` reads it."""
        tiers = [{"above": tier.above, **_numbers(tier)} for tier in self.tiers]

        return {
            "source": self.source,
            "currency": self.currency,
            **_numbers(self),
            **({"tiers": tiers} if tiers else {}),
            **({"batch": self.batch.body} if self.batch else {}),
        }


def _writing(rates: R) -> R:
    return rates if rates.written is not None else replace(rates, written=rates.input * WRITING)


def _times(rates: R, factor: Decimal) -> R:
    """Return the rates in another currency, rounded up at the twelfth place."""
    changed = {
        name: (rate * factor).quantize(_LAST_PLACE, rounding=ROUND_CEILING).normalize()
        for name, rate in rates.named
    }

    return replace(rates, **changed)


def _numbers(rates: Rates) -> dict[str, str]:
    return {name: f"{rate.normalize():f}" for name, rate in rates.named}
