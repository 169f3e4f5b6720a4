"""How fast a model may be asked: calls at once, requests and tokens a minute."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BURST_SECONDS = 1.0  # how much of a rate may be used at once after a rest


class Bucket:
    """A rate with continuous refill; ``clock`` counts seconds.

    Over any T seconds it lets through at most ``per_minute * (T + 1) / 60`` and one request
    more; a request larger than a burst starts from a full bucket and leaves a debt.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._most = max(self._per_second * BURST_SECONDS, 1.0)
        self._level = self._most
        self._clock = clock
        self._seen = clock()

    def wait(self, amount: float) -> float:
        """Return the seconds until ``amount`` may be taken, 0 for now."""
        self._refill()
        missing = min(amount, self._most) - self._level

        # A billionth of a request missing is rounding; waiting for it might never end.
        return 0.0 if missing <= 1e-9 * self._most else missing / self._per_second

    def take(self, amount: float) -> None:
        """Take ``amount``; a negative one gives back what was not used."""
        self._refill()
        self._level = min(self._most, self._level - amount)

    def _refill(self) -> None:
        now = self._clock()
        self._level = min(self._most, self._level + (now - self._seen) * self._per_second)
        self._seen = now


class Permit:
    """A place in the rates, taken for one request that was estimated at ``tokens``."""

    __slots__ = ("_limits", "_sent", "_tokens")

    def __init__(self, limits: Limits, tokens: int) -> None:
        self._limits = limits
        self._tokens = tokens
        self._sent = False

    def keep(self) -> None:
        """Use the place for good: the request is being sent."""
        self._sent = True

    def used(self, tokens: int) -> None:
        """Correct the estimate to what the provider counted."""
        self._limits.take(requests=0, tokens=tokens - self._tokens)
        self._tokens = tokens

    async def __aenter__(self) -> Self:
        await self._limits.acquire(self._tokens)

        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._sent:
            self._limits.take(requests=-1, tokens=-self._tokens)

        self._limits.release()


class Limits:
    """The limits of one model at one endpoint; None means no limit."""

    def __init__(
        self,
        *,
        max_concurrency: int | None = None,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.width = max_concurrency  # calls at once
        self._slots = None if max_concurrency is None else anyio.Semaphore(max_concurrency, fast_acquire=True)
        self._requests = None if requests_per_minute is None else Bucket(requests_per_minute, clock)
        self._tokens = None if tokens_per_minute is None else Bucket(tokens_per_minute, clock)
        self._turn = anyio.Lock(fast_acquire=True)
        self._sleep = sleep

    def admit(self, tokens: int) -> Permit:
        """Return a context inside of which one request of about ``tokens`` may be sent.

        Entering it waits for a slot, then in turn for the rates; the slot is held inside. A
        cancelled wait takes nothing; a permit that was not kept goes back into the rates.
        """
        return Permit(self, tokens)

    async def acquire(self, tokens: int) -> None:
        """Wait for a slot and the rates; only ``Permit`` calls this."""
        if self._slots is not None:
            await self._slots.acquire()

        is_admitted = False
        try:
            await self._take_in_turn(tokens)
            is_admitted = True
        finally:
            if not is_admitted:
                self.release()

    def release(self) -> None:
        """Give a slot back; only ``Permit`` calls this."""
        if self._slots is not None:
            self._slots.release()

    def take(self, *, requests: int, tokens: int) -> None:
        """Take from the rates without waiting; negative numbers give back."""
        if self._requests is not None:
            self._requests.take(requests)

        if self._tokens is not None:
            self._tokens.take(tokens)

    async def _take_in_turn(self, tokens: int) -> None:
        if self._requests is None and self._tokens is None:
            return

        async with self._turn:
            while seconds := self._wait(tokens):
                await self._sleep(seconds)

            self.take(requests=1, tokens=tokens)

    def _wait(self, tokens: int) -> float:
        requests = 0.0 if self._requests is None else self._requests.wait(1)

        return requests if self._tokens is None else max(requests, self._tokens.wait(tokens))
