"""What a load likely costs and takes, and what it costs at most."""

from __future__ import annotations

from dataclasses import dataclass

from robasync import cost
from robasync.cost import Price
from robasync.model import Usage
from robasync.plan import duration, tokens
from robasync.plan.duration import Duration, Pace
from robasync.plan.load import Load, Measured
from robasync.plan.tokens import Tokens

REQUEST_BYTES = 4_096  # of the turn that says what is wrong with an answer, and of all that frames it


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is known of the way to a model. ``price`` is None where it is unknown.

    ``attempts`` is how often a call is made that brings no reply, ``replies`` how many are paid for
    that say nothing.
    """

    price: Price | None
    currency: str
    wire: str
    max_tokens: int
    attempts: int
    replies: int
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What calls cost; both sums are None where the price is unknown.

    ``likely`` counts each call once. ``most`` counts every attempt at every call and at its
    correction, each byte as a token and each answer as long as it may be, ``max_tokens``: at most
    ``attempts`` of a call and of its correction together, ``corrections`` of the latter. ``replies`` is
    how many replies ``tokens`` and ``duration`` are reckoned from; 0 means that they are assumed.
    """

    likely: float | None
    most: float | None
    currency: str
    tokens: Tokens
    duration: Duration
    attempts: int
    corrections: int
    max_tokens: int
    replies: int


def estimate(load: Load, measured: Measured, terms: Terms, *, reading_seconds: float = 0.0) -> Estimate:
    """Return what the load costs and takes, where reading the files takes ``reading_seconds``."""
    taken = tokens.likely(load, measured, wire=terms.wire, max_tokens=terms.max_tokens)
    most, price = highest(load, terms), terms.price
    likely = None

    if price is not None and most is not None:
        likely = cost.number(min(_each(price, taken, load.calls), most))

    return Estimate(
        likely=likely,
        most=None if most is None else cost.number(most),
        currency=terms.currency,
        tokens=taken,
        duration=duration.likely(load, taken, measured, pace=terms.pace, reading_seconds=reading_seconds),
        attempts=_asked(terms) + _corrected(terms),
        corrections=_corrected(terms),
        max_tokens=terms.max_tokens,
        replies=measured.replies,
    )


def highest(load: Load, terms: Terms) -> int | None:
    """Return the most that the load can cost, in units; None where the price is unknown."""
    price = terms.price

    if price is None or load.reserved is None:
        return None

    # A correction shows the rejected answer, which is as long as an answer may be.
    shown = load.calls * price.worst(input_tokens=terms.max_tokens + REQUEST_BYTES, output_tokens=0)

    return (_asked(terms) + _corrected(terms)) * load.reserved + _corrected(terms) * shown


def _asked(terms: Terms) -> int:
    """Return how often a call can be billed: failures and replies that say nothing end it together."""
    return terms.attempts + terms.replies - 1


def _corrected(terms: Terms) -> int:
    return terms.attempts


def _each(price: Price, taken: Tokens, calls: int) -> int:
    """Return what so many calls cost that take as much each: a price may depend on a call's length."""
    if not calls:
        return 0

    parts = taken.input, taken.cached, taken.written, taken.output
    one, rest = zip(*(divmod(part, calls) for part in parts), strict=True)

    return calls * price.cost(_usage(one)) + price.cost(_usage(rest))


def _usage(counts: tuple[int, ...]) -> Usage:
    taken, cached, kept, written = counts

    return Usage(input_tokens=taken, cached_tokens=cached, written_tokens=kept, output_tokens=written)
