"""The limits of a server that hides them: buckets and windows, counted as vendors count. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

MINUTE = 60.0


@dataclass(frozen=True)
class Refusal:
    """What is refused: ``wait`` is the seconds after which it would have been let through."""

    wait: float


class Meter:
    """``per_minute`` units; ``burst`` seconds' worth at once, or that in each whole minute for 0."""

    def __init__(self, per_minute: float, burst: float, *, now: float = 0.0) -> None:
        self.per_minute = per_minute
        self.burst = burst
        self._level = self.capacity
        self._seen = now

    @property
    def capacity(self) -> float:
        return max(self.per_minute / MINUTE * self.burst, 1.0) if self.burst else self.per_minute

    def change(self, per_minute: float, now: float) -> None:
        """Grant another rate from now on."""
        self._refill(now)
        self.per_minute = per_minute
        self._level = min(self._level, self.capacity)

    def missing(self, amount: float, now: float) -> float:
        """Return the seconds until ``amount`` would be let through, 0 for now.

        What exceeds the capacity is let through by a full bucket, and leaves a debt.
        """
        self._refill(now)
        lacks = min(amount, self.capacity) - self._level

        if lacks <= 1e-9 * self.capacity:
            return 0.0

        return lacks / self.per_minute * MINUTE if self.burst else MINUTE - now % MINUTE

    def take(self, amount: float) -> None:
        self._level -= amount

    def left(self, now: float) -> tuple[float, float]:
        """Return what is left, and the seconds until all is."""
        self._refill(now)
        lacks = self.capacity - self._level
        reset = lacks / self.per_minute * MINUTE if self.burst else MINUTE - now % MINUTE

        return max(self._level, 0.0), reset

    def _refill(self, now: float) -> None:
        if self.burst:
            self._level = min(self.capacity, self._level + (now - self._seen) * self.per_minute / MINUTE)
        elif now // MINUTE > self._seen // MINUTE:
            self._level = self.capacity

        self._seen = now


class Meters:
    """The limits of one key: requests and tokens a minute, None for none."""

    def __init__(
        self,
        requests: float | None = None,
        tokens: float | None = None,
        *,
        burst: float = 1.0,
        now: float = 0.0,
    ) -> None:
        self.requests = None if requests is None else Meter(requests, burst, now=now)
        self.tokens = None if tokens is None else Meter(tokens, burst, now=now)

    def admit(self, tokens: float, now: float) -> float:
        """Take one request of so many tokens and return 0, or the seconds to wait if it is refused."""
        asked = [(meter, amount) for meter, amount in ((self.requests, 1.0), (self.tokens, tokens)) if meter]
        wait = max((meter.missing(amount, now) for meter, amount in asked), default=0.0)

        if not wait:
            for meter, amount in asked:
                meter.take(amount)

        return wait


def whole(seconds: float) -> str:
    """Return a Retry-After: whole seconds, rounded up."""
    return str(math.ceil(seconds))


def duration(seconds: float) -> str:
    """Return a duration as OpenAI writes it: 17ms, 1.5s, 6m0s."""
    milliseconds = math.ceil(seconds * 1000)

    if milliseconds < 1000:
        return f"{milliseconds}ms"

    minutes, rest = divmod(milliseconds / 1000, 60)

    return f"{minutes:.0f}m{rest:g}s" if minutes else f"{rest:g}s"
