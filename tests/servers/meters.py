"""The limits of a server that hides them: buckets and windows, counted as vendors count. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

MINUTE = 60.0


@dataclass(frozen=True)
class Refusal:
    """What is refused: ``unit`` of which there was too much, ``wait`` the seconds until it is let through."""

    wait: float
    unit: str


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

    def admit(self, tokens: float, now: float) -> Refusal | None:
        """Take one request of so many tokens, or tell what of it has to wait longest."""
        asked = [
            (name, meter, amount)
            for name, meter, amount in (("requests", self.requests, 1.0), ("tokens", self.tokens, tokens))
            if meter is not None
        ]
        waits = {name: meter.missing(amount, now) for name, meter, amount in asked}
        unit = max(waits, key=waits.__getitem__, default="")

        if unit and waits[unit]:
            return Refusal(waits[unit], unit)

        for _, meter, amount in asked:
            meter.take(amount)

        return None


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
