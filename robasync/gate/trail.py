"""What a server let through between two of its refusals. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from robasync.gate.windows import LEAST_RESET

LONG = 40  # calls between two refusals, from which on the later half of them is looked at
FEW = 20  # calls, below which a limit may well lie above what was let through
MOMENTS = 64  # that are kept at most between two refusals
ROUNDED = 1.0  # seconds by which a wait that was asked for may be too long: it is told in whole ones
WASTED = 1.5  # times the mean of few calls, at most, is the limit where a server saved nothing in a rest

Amounts = tuple[float, float]  # requests and tokens


class Sent(NamedTuple):
    """A moment of sending: when, and what had been sent before it, or let through where that is known."""

    at: float
    before: Amounts


@dataclass(frozen=True, slots=True)
class Measure:
    """What was let through from the end of one rest to that of the next, in units a second.

    ``means`` are exact where the server saves up for a burst whatever is not used. ``late`` is nearer the
    limit where it does not: it leaves out the first half of the calls, when the pace was below the limit.
    """

    calls: float
    seconds: float
    means: Amounts
    late: Amounts
    rested: float

    @property
    def is_sure(self) -> bool:
        """Whether there were enough calls."""
        return self.calls >= FEW

    @property
    def doubt(self) -> float:
        """By how much the limit may exceed the mean of few calls, whether the rest was saved up or not."""
        busy = max(self.calls - self.rested * self.means[0], 1.0) / self.calls

        return math.sqrt(min((1 + 1 / self.calls) / busy, WASTED))


class Trail:
    """All that was sent, and refused; measured from one refusal, the anchor, to the next.

    Between the two a few moments are kept, evenly spread over the calls: with each that is one too many
    they are thinned to every second, and twice as many calls lie between them from then on.
    """

    def __init__(self) -> None:
        self._total: Amounts = (0.0, 0.0)
        self.began: float | None = None
        self._refused: Amounts = (0.0, 0.0)
        self._anchor: Sent | None = None
        self._rested = 0.0
        self._moments: list[Sent] = []
        self._stride = 1
        self._skipped = 0

    @property
    def usual(self) -> float:
        """The tokens of a call, on average."""
        calls, tokens = self._total

        return max(tokens / max(calls, 1.0), 1.0)

    def sent(self, now: float, amounts: Amounts) -> Sent:
        """Take in that a call is being sent."""
        self.began = now if self.began is None else self.began
        sent = Sent(now, self._total)
        self._skipped += 1

        if self._skipped >= self._stride:
            self._keep(Sent(now, _minus(self._total, self._refused)))

        self._total = _plus(self._total, amounts)

        return sent

    def refused(self, sent: Sent, amounts: Amounts) -> Sent:
        """Take in that a call was refused; return its moment, with what was let through before."""
        here = Sent(sent.at, _minus(sent.before, self._refused))  # refusals come in the order of sending
        self._refused = _plus(self._refused, amounts)

        return here

    def rest(self, seconds: float) -> None:
        """Take in that nothing is sent for so long."""
        self._rested += seconds

    def measure(self, here: Sent, rest: float) -> Measure | None:
        """Return what was let through from the anchor to a refusal and its rest; None at first."""
        anchor = self._anchor

        if anchor is None:
            return None

        means = _rates(anchor, Sent(here.at + rest, here.before))
        calls = here.before[0] - anchor.before[0]
        late = means

        if calls > LONG:
            late = _rates(self._halfway(anchor, here), Sent(here.at + max(rest - ROUNDED, 0.0), here.before))

        return Measure(calls, here.at + rest - anchor.at, means, late, self._rested + rest)

    def restart(self, here: Sent, rest: float) -> float:
        """Measure from the end of this rest on; return the seconds that were rested since the last one."""
        rested, self._rested = self._rested, 0.0
        self._anchor = Sent(here.at + rest, here.before)
        self._moments.clear()
        self._stride, self._skipped = 1, 0

        return rested

    def prolong(self, end: float) -> None:
        """Measure from ``end`` on: nothing was let through since the rest before."""
        if self._anchor is not None:
            self._anchor = Sent(end, self._anchor.before)

    def _keep(self, moment: Sent) -> None:
        self._skipped = 0
        self._moments.append(moment)

        if len(self._moments) > MOMENTS:
            del self._moments[::2]
            self._stride *= 2

    def _halfway(self, start: Sent, end: Sent) -> Sent:
        """Return the first moment at which half of the calls had been let through."""
        calls = (start.before[0] + end.before[0]) / 2
        later = (one for one in self._moments if one.before[0] >= calls and start.at < one.at < end.at)

        return next(later, start)


def _rates(start: Sent, end: Sent) -> Amounts:
    seconds = max(end.at - start.at, LEAST_RESET)
    requests, tokens = _minus(end.before, start.before)

    return requests / seconds, tokens / seconds


def _plus(one: Amounts, other: Amounts) -> Amounts:
    return one[0] + other[0], one[1] + other[1]


def _minus(one: Amounts, other: Amounts) -> Amounts:
    return one[0] - other[0], one[1] - other[1]
