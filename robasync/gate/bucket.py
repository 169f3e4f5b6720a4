"""A rate with continuous refill. Pure: it counts, it does not wait."""

from __future__ import annotations

import time
from collections.abc import Callable

BURST_SECONDS = 1.0  # how much of a rate may be used at once after a rest
_ROUNDING = 1e-9  # a billionth of a request missing is rounding; waiting for it might never end


class Bucket:
    """``rate`` units a second, of which ``burst`` seconds' worth may be used at once after a rest.

    ``clock`` counts seconds. Over any T seconds it lets through at most ``rate * (T + burst)`` and
    one call more; a call larger than a burst starts from a full bucket and leaves a debt.
    """

    __slots__ = ("_burst", "_clock", "_least", "_level", "_rate", "_seen")

    def __init__(
        self,
        rate: float,
        *,
        burst: float = BURST_SECONDS,
        least: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._least = least  # units that the bucket holds at least, whatever its rate
        self._level = self.most
        self._clock = clock
        self._seen = clock()

    @property
    def rate(self) -> float:
        """Units a second."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        """Fill at another rate from now on."""
        self._refill()
        self._rate = rate
        self._level = min(self._level, self.most)

    @property
    def most(self) -> float:
        """The units that a full bucket holds."""
        return max(self._rate * self._burst, self._least)

    @property
    def level(self) -> float:
        """The units that may be taken now; negative while there is a debt."""
        self._refill()

        return self._level

    def wait(self, amount: float) -> float:
        """Return the seconds until ``amount`` may be taken, 0 for now."""
        most = self.most
        missing = min(amount, most) - self.level

        return 0.0 if missing <= _ROUNDING * most else missing / self._rate

    def take(self, amount: float) -> None:
        """Take ``amount``; a negative one gives back what was not used."""
        self._refill()
        self._level = min(self.most, self._level - amount)

    def _refill(self) -> None:
        now = self._clock()
        self._level = min(self.most, self._level + (now - self._seen) * self._rate)
        self._seen = now
