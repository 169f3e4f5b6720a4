"""How fast a model may be asked: calls at once, requests and tokens a minute, as stated and as found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self, TypedDict, Unpack

import anyio

from robasync.errors import ProviderError, RateLimited
from robasync.gate.bucket import Bucket
from robasync.gate.pacer import Pacer
from robasync.gate.trail import Sent
from robasync.gate.usual import Usual
from robasync.model import Window

MINUTE = 60.0


class Stated(TypedDict, total=False):
    """What the settings allow one lane; None, and what is left out, is no limit of our own."""

    max_concurrency: int | None
    requests_per_minute: float | None
    tokens_per_minute: float | None
    input_tokens_per_minute: float | None
    output_tokens_per_minute: float | None


Rate = Literal[
    "requests_per_minute", "tokens_per_minute", "input_tokens_per_minute", "output_tokens_per_minute"
]
RATES: tuple[Rate, ...] = (
    "requests_per_minute",
    "tokens_per_minute",
    "input_tokens_per_minute",
    "output_tokens_per_minute",
)

UNITS = {"requests": 0, "tokens": 1}  # as the pacer counts them


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a lane stands at one moment.

    Rates are per minute, the lower of stated and found, None while there is neither. ``refused``
    counts the calls that were too many, ``waits`` is the seconds until the server is asked again.
    """

    in_flight: int
    width: int | None
    requests_per_minute: float | None
    tokens_per_minute: float | None
    refused: int
    waits: float


class Permit:
    """A place in the rates, taken for one call that was estimated at so many tokens."""

    __slots__ = ("_limits", "_sent", "likely", "taken")

    def __init__(self, limits: Limits, input_tokens: float, output_tokens: float) -> None:
        self._limits = limits
        self._sent: Sent | None = None
        self.taken = (1.0, input_tokens + output_tokens, input_tokens, output_tokens)  # as RATES
        self.likely = (1.0, limits.usual.tokens(input_tokens, output_tokens))

    def keep(self) -> None:
        """Use the place for good: the request is being sent."""
        self._sent = self._limits.pacer.sent(self.likely)

    def used(self, input_tokens: int, output_tokens: int = 0) -> None:
        """Correct the estimate to what the provider counted."""
        if input_tokens or output_tokens:  # else the reply did not tell
            self._limits.usual.learn(self.taken[2:], (input_tokens, output_tokens))
            self._correct(input_tokens, output_tokens)

    def failed(self, error: ProviderError) -> None:
        """Give back the tokens of a call that cost nothing; slow the lane down if it was one too many."""
        if error.certain:
            self._correct(0, 0)

        if isinstance(error, RateLimited) and self._sent is not None:
            self._limits.refused(self._sent, self.likely, error)

    def answered(self) -> None:
        """Take in that a reply came."""
        self._limits.pacer.answered()

    async def __aenter__(self) -> Self:
        await self._limits.acquire(self)

        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limits.release(self, is_sent=self._sent is not None)

    def _correct(self, input_tokens: int, output_tokens: int) -> None:
        counted = (1.0, input_tokens + output_tokens, input_tokens, output_tokens)
        self._limits.take([new - old for new, old in zip(counted, self.taken, strict=True)])
        self.taken = counted


class Limits:
    """The limits of one model at one endpoint under one key; see ``Stated``.

    A hidden limit is found (see ``pacer``), from a slow start, unless ``is_trusting`` or, where that is
    None, something is stated. Who waits longest is next. ``clock`` counts seconds as the event loop does.
    """

    def __init__(
        self,
        *,
        is_trusting: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
        **stated: Unpack[Stated],
    ) -> None:
        self.width: int | None = None  # calls at once
        self.usual = Usual()
        says = any(limit is not None for limit in stated.values())
        self.pacer = Pacer(clock, is_trusting=says if is_trusting is None else is_trusting)
        self._clock = clock
        self._in_flight = 0
        self._refused = 0
        self._buckets: dict[Rate, Bucket] = {}
        self._turn = anyio.Lock(fast_acquire=True)
        self._news = anyio.Event()
        self.change(**stated)

    @property
    def standing(self) -> Standing:
        """How the lane stands now."""
        requests, tokens = (
            _per_minute(self._buckets.get(name), pace.rate)
            for name, pace in zip(RATES, self.pacer.paces, strict=False)
        )

        return Standing(
            in_flight=self._in_flight,
            width=self.width,
            requests_per_minute=requests,
            tokens_per_minute=tokens,
            refused=self._refused,
            waits=self.pacer.resumes_in,
        )

    @property
    def is_resting(self) -> bool:
        """Whether the server wants to be left alone for now."""
        return self.pacer.resumes_in > 0

    @property
    def refusing_for(self) -> float:
        """The seconds since the first of the refusals after which nothing was answered, 0 for none."""
        since = self.pacer.refusing_since

        return 0.0 if since is None else self._clock() - since

    def change(self, **stated: Unpack[Stated]) -> None:
        """Take other limits from now on; who waits keeps the place, who is inside goes on."""
        self.width = stated.get("max_concurrency")

        for name in RATES:
            rate = stated.get(name)

            if rate is None:
                self._buckets.pop(name, None)
            elif name in self._buckets:
                self._buckets[name].rate = rate / MINUTE
            else:
                self._buckets[name] = Bucket(rate / MINUTE, clock=self._clock)

        self._news.set()

    def told(self, window: Window) -> None:
        """Take in what the provider says it has left."""
        self.pacer.told(window)
        self._news.set()

    def admit(self, input_tokens: float, output_tokens: float = 0) -> Permit:
        """Return a context inside of which one call of about so many tokens may be sent.

        Entering it waits in turn for a slot and the rates; the slot is held inside. A cancelled
        wait takes nothing; a permit that was not kept goes back into the rates.
        """
        return Permit(self, input_tokens, output_tokens)

    async def acquire(self, permit: Permit) -> None:
        """Wait for a slot and the rates; only ``Permit`` calls this."""
        if not self._turn.locked() and not self._wait(permit):
            self._enter(permit)
            return

        async with self._turn:
            while seconds := self._wait(permit):
                self._news = anyio.Event()

                with anyio.move_on_after(seconds):
                    await self._news.wait()

            self._enter(permit)

    def release(self, permit: Permit, *, is_sent: bool) -> None:
        """Give a slot back, and the place in the rates of what was not sent; only ``Permit`` calls this."""
        self._in_flight -= 1

        if not is_sent:
            self.take([-amount for amount in permit.taken])
            self.pacer.admitted([-amount for amount in permit.likely])

        self._news.set()

    def refused(self, sent: Sent, likely: tuple[float, float], error: RateLimited) -> None:
        """Take in that a call was one too many; only ``Permit`` calls this."""
        self._refused += 1
        self.pacer.refused(sent, likely, wait=error.retry_after, unit=UNITS.get(error.unit))

    def take(self, amounts: list[float] | tuple[float, ...]) -> None:
        """Take from the stated rates without waiting; negative numbers give back."""
        if self._buckets:
            for name, amount in zip(RATES, amounts, strict=True):
                if name in self._buckets:
                    self._buckets[name].take(amount)

    def _enter(self, permit: Permit) -> None:
        self._in_flight += 1
        self.take(permit.taken)
        self.pacer.admitted(permit.likely)

    def _wait(self, permit: Permit) -> float:
        """Return the seconds until the call may be sent, or is to be looked at again; 0 for now."""
        if self.width is not None and self._in_flight >= self.width:
            return math.inf

        waits = [self._buckets[name].wait(permit.taken[RATES.index(name)]) for name in self._buckets]

        return max(waits, default=0.0) or self.pacer.wait(permit.likely, in_flight=self._in_flight)


def _per_minute(stated: Bucket | None, found: float | None) -> float | None:
    known = [rate for rate in (stated.rate if stated else None, found) if rate is not None]

    return MINUTE * min(known) if known else None
