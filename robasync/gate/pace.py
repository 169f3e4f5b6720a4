"""The rate of one quantity, requests or tokens, that a server grants without saying so. Pure.

What the server let through between two refusals, divided by the time between them, is its limit (see
``trail``). So a refusal gives the limit, and the pace goes on just below it. From there it is raised so
slowly that about one call in two hundred is refused; beyond the limit faster and faster, since by then
a refusal was due: there may be another limit now, and twice as many calls would be too late to find it.
"""

from __future__ import annotations

from collections.abc import Callable

from robasync.gate.bucket import Bucket

KEPT = 0.96  # of the limit, after a refusal
LEG = 0.04  # by which the pace is raised ...
LEG_SECONDS, LEG_CALLS = 20.0, 160.0  # ... in no less time and in no fewer calls than these
SEEK_CALL, SEEK_SECOND = 0.05, 0.5  # by how much a call, or a second, raises a pace that is surely too low
DOUBT_CALL, DOUBT_SECOND = 0.01, 0.1  # the same for one whose limit has been met once only
DOUBTED = 1.2  # times that limit
HASTE = 150.0  # times the leg, for each limit's worth beyond the limit, but no more than ...
HASTE_CALL, HASTE_SECOND = 0.05, 0.05
BURST = 0.2  # seconds


class Pace:
    """What has been learned of one quantity; all rates are units a second.

    ``limit`` is where it was refused last, None before. ``ceiling`` is what the server says.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limit: float | None = None
        self._learned: float | None = None
        self._ceiling: float | None = None
        self.is_doubtful = True  # its limit was met once at most
        self._clock = clock
        self._bucket: Bucket | None = None

    @property
    def rate(self) -> float | None:
        """The pace that is kept, None while nothing is held back."""
        known = [rate for rate in (self._learned, self._ceiling) if rate is not None]

        return min(known, default=None)

    @property
    def is_learned(self) -> bool:
        """Whether a refusal has told anything of it."""
        return self._learned is not None

    def wait(self, amount: float) -> float:
        """Return the seconds until so much may be sent."""
        return 0.0 if self._bucket is None else self._bucket.wait(amount)

    def take(self, amount: float) -> None:
        """Take in that so much is being sent; a negative amount gives back."""
        if self._bucket is not None:
            self._bucket.take(amount)

    def guess(self, rate: float) -> None:
        """Begin with a rate that is rather too high, the first refusal's."""
        self._learned = rate
        self._apply()

    def forget(self) -> None:
        """Hold nothing back any more: it was another quantity that was refused."""
        self.limit = self._learned = None
        self.is_doubtful = True
        self._apply()

    def met(self, measured: float, *, upper: float, is_doubtful: bool) -> None:
        """Go on below a limit met for the first time: at least ``measured``, less than ``upper``."""
        self._settle(upper, KEPT * measured, is_doubtful=is_doubtful)

    def met_again(self, limit: float, *, is_doubtful: bool) -> None:
        """Go on below the limit that was found."""
        self._settle(limit, KEPT * limit, is_doubtful=is_doubtful)

    def resume(self) -> None:
        """Go on below the limit that was found before: another quantity has been in the way since."""
        if self.limit is not None:
            self.met_again(self.limit, is_doubtful=True)

    def ease(self, share: float) -> None:
        """Go on at a share of the pace: less was let through than can be measured."""
        if self._learned is None:
            return

        self._learned *= share
        self.limit = None if self.limit is None else min(self.limit, self._learned)
        self.is_doubtful = True
        self._apply()

    def told(self, ceiling: float | None) -> None:
        """Take in the rate that the server says is left, None for no word."""
        if ceiling != self._ceiling:
            self._ceiling = ceiling
            self._apply()

    def grow(self, seconds: float) -> None:
        """Raise the pace: a call waited for it, ``seconds`` after the one before."""
        if self._learned is not None:
            self._learned *= 1 + self._step(self._learned, seconds)
            self._apply()

    def _step(self, rate: float, seconds: float) -> float:
        if self.limit is None or rate < KEPT * self.limit:
            return min(SEEK_CALL, SEEK_SECOND * seconds)

        if self.is_doubtful and rate < DOUBTED * self.limit:
            return min(DOUBT_CALL, DOUBT_SECOND * seconds)

        leg = LEG * min(seconds / LEG_SECONDS, 1 / LEG_CALLS)
        beyond = max(0.0, rate / self.limit - 1)

        return min(leg * (1 + HASTE * beyond), HASTE_CALL, HASTE_SECOND * seconds)

    def _settle(self, limit: float, learned: float, *, is_doubtful: bool) -> None:
        self.limit = limit
        self._learned = learned
        self.is_doubtful = is_doubtful
        self._apply()

    def _apply(self) -> None:
        rate = self.rate

        if rate is None:
            self._bucket = None
        elif self._bucket is None:
            self._bucket = Bucket(rate, burst=BURST, clock=self._clock)
        else:
            self._bucket.rate = rate
