"""How a lane finds its limits by itself, from what is refused and from what the server says. Pure.

At first few calls are sent at once, and twice as many after each round trip, or each second without a
refusal. The first refusal ends that; the lane rests for a moment and then measures (see ``pace``).
Either requests or tokens are held back at a time (see ``unit``), unless the server names both in turn.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from robasync.gate.pace import Pace
from robasync.gate.unit import Unit
from robasync.gate.windows import LEAST_RESET, ceiling, is_telling, until_next
from robasync.model import Window

FIRST_WIDTH = 2.0  # calls at once before anything is known
SILENCE = 1.0  # seconds without a refusal that let twice as many be tried
ENOUGH = 4  # calls between two refusals that make a measurement
EASED, EASED_BLINDLY = 0.8, 0.5  # of the pace is kept after fewer, by whether the limit was met before
FALLEN = 0.8  # of every limit: what was measured is another limit, or a neighbour's share
FIRST_PAUSE, MOST_PAUSE = 1.0, 12.0  # seconds, where the server does not say how long
LONGEST_WAIT = 120.0  # seconds that a server may ask for at a time
RECENT = 10  # calls by which the pace of late is told
LONG, CLIMBED = 30, 1.07  # calls, and times the mean, from which on a pace has climbed
SURE = 20  # calls between two refusals, from which on what was measured stands
RESTED, RESTED_SHARE = (
    6,
    0.04,
)  # calls missed in rests, or of all; more is a server that gives all at once, and its mean is the limit
WASTED = 1.5  # times the mean of few calls, at most, is the limit where a server saved nothing in a rest
CAUTION, HOPE = 0.95, 1.2  # times the pace of late, and at most times the mean: the limit after a climb
ECHOES = 2.0  # times what a refusal takes to arrive: after so long without one a call was let through
ECHOES_MEASURED = 10.0  # times the same that a measurement lasts
LONGEST_ECHO = 2.0  # seconds
CALLS_MISSED = 1.5  # by a pause after a refusal, once the pace is known

Amounts = tuple[float, float]  # requests and tokens


class Sent(NamedTuple):
    """A moment of sending: when, and what had been sent before it, or let through where that is known."""

    at: float
    before: Amounts


class Pacer:
    """What one lane has learned; ``clock`` counts seconds. ``is_trusting`` leaves out the slow start."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, is_trusting: bool = False) -> None:
        self.width = math.inf if is_trusting else FIRST_WIDTH
        self.refusing_since: float | None = None
        self.paces = (Pace(clock), Pace(clock))
        self._clock = clock
        self._resumes = 0.0
        self._sent: Amounts = (0.0, 0.0)
        self._refused: Amounts = (0.0, 0.0)
        self._anchor: Sent | None = None  # the refusal from which is measured
        self._began: float | None = None
        self._cut_at = -math.inf
        self._stalls = 0
        self._rested = 0.0  # seconds since the anchor
        self._drought = 0.0  # the same between the two refusals before
        self._usual = 1.0  # of that, in a call
        self._unit = Unit()
        self._last: deque[Sent] = deque(maxlen=RECENT)
        self._is_resting = False
        self._echo = 0.0  # seconds from sending to a refusal
        self._grown_at = clock()
        self._admitted_at = clock()
        self._bound: Pace | None = None  # what the call that is next had to wait for

    @property
    def resumes_in(self) -> float:
        """The seconds until the server wants to be asked again, 0 for now."""
        return max(0.0, self._resumes - self._clock())

    def wait(self, amounts: Amounts, *, in_flight: int) -> float:
        """Return the seconds after which a call may be sent, or is to be asked for again; 0 for now."""
        if seconds := self.resumes_in:
            return seconds

        if in_flight >= self.width and (seconds := self._silence()):
            return seconds

        waits = [pace.wait(amount) for pace, amount in zip(self.paces, amounts, strict=True)]
        longest = max(waits)

        if longest:
            self._bound = self.paces[waits.index(longest)]

        return longest

    def admitted(self, amounts: Sequence[float]) -> None:
        """Take in that a call is let through to be sent; negative amounts take that back."""
        now = self._clock()

        if self._bound is not None:
            self._bound.grow(now - self._admitted_at)
            self._bound = None

        for pace, amount in zip(self.paces, amounts, strict=True):
            pace.take(amount)

        if self._is_resting:  # one call shows whether the rest was long enough
            self._resumes = now + ECHOES * self._echo
            self._is_resting = False

        self._admitted_at = now

    def sent(self, amounts: Amounts) -> Sent:
        """Take in that a call is being sent."""
        now = self._clock()
        self._began = now if self._began is None else self._began
        sent = Sent(now, self._sent)
        self._last.append(Sent(now, _minus(self._sent, self._refused)))
        self._sent = _plus(self._sent, amounts)

        return sent

    def answered(self) -> None:
        """Take in that a call was answered."""
        self.width += 1
        self.refusing_since = None

    def refused(
        self, sent: Sent, amounts: Amounts, *, wait: float | None = None, unit: int | None = None
    ) -> None:
        """Take in that a call was refused, with the server's wish to be left alone so long.

        ``unit`` is the place of what was too many among the amounts, None where the server did not say.
        """
        now = self._clock()
        passed = _minus(sent.before, self._refused)  # refusals come in the order of sending
        self._refused = _plus(self._refused, amounts)
        self.width = math.inf
        self.refusing_since = now if self.refusing_since is None else self.refusing_since

        if sent.at < self._cut_at:
            self._rest_for(wait or 0.0)
            return  # for the reason that the pace was lowered for already

        self._cut_at = now
        self._echo = min(now - sent.at, LONGEST_ECHO)
        self._unit.place = place = self._unit.place if unit is None else unit
        self._usual = self._sent[place] / max(self._sent[0], 1.0)
        rest = self._pause() if wait is None else min(wait, LONGEST_WAIT)
        self._cut(Sent(sent.at, passed), amounts[place], rest=rest, is_certain=unit is not None)
        self._rest_for(rest)

    def told(self, window: Window) -> None:
        """Take in what the server says it has left."""
        tokens = [window.tokens, window.input_tokens, window.output_tokens]

        for pace, quotas in zip(self.paces, ([window.requests], tokens), strict=True):
            telling = [quota for quota in quotas if quota is not None and is_telling(quota)]

            if telling:
                pace.told(min(map(ceiling, telling)))
                self.width = math.inf
                self._rest_for(max(map(until_next, telling)) - window.age)

    def _silence(self) -> float:
        left = max(self._grown_at, self._admitted_at) + SILENCE - self._clock()

        if left > 0:
            return left

        self.width *= 2
        self._grown_at = self._clock()

        return 0.0

    def _rest_for(self, seconds: float) -> None:
        if seconds > 0:
            self._rest(min(seconds, LONGEST_WAIT))

    def _rest(self, seconds: float) -> None:
        self._rested += seconds
        self._is_resting = True
        self._resumes = max(self._resumes, self._clock() + seconds)

    def _cut(self, here: Sent, amount: float, *, rest: float, is_certain: bool) -> None:
        """Measure from the end of one rest to that of the next, and lower the pace."""
        anchor = self._anchor
        end = Sent(here.at + rest, here.before)

        if anchor is None or not self._pace.is_learned:
            seconds = max(here.at - (here.at if self._began is None else self._began), FIRST_PAUSE)
            self._pace.guess(max(here.before[self._unit.place], amount) / seconds)
        else:
            seconds, calls = end.at - anchor.at, here.before[0] - anchor.before[0]

            if calls < 1:  # nothing was let through: the rest goes on
                self._stalls += 1
                self._anchor = Sent(end.at, anchor.before)
                return

            if calls < ENOUGH or seconds < ECHOES_MEASURED * self._echo:
                self._pace.ease(EASED_BLINDLY if self._pace.limit is None else EASED)
            else:
                self._measured(here, anchor, rest=rest, is_certain=is_certain)

        self._drought = self._rested
        self._stalls = 0
        self._rested = 0.0
        self._anchor = end

    @property
    def _pace(self) -> Pace:
        return self.paces[self._unit.place]

    def _pause(self) -> float:
        limit = self._pace.limit
        first = FIRST_PAUSE if limit is None else max(CALLS_MISSED * self._usual / limit, self._drought / 2)

        return min(first * 2.0**self._stalls, MOST_PAUSE)

    def _measured(self, here: Sent, anchor: Sent, *, rest: float, is_certain: bool) -> None:
        """Take what was let through since the anchor for the limit, or find the limit near it."""
        end = Sent(here.at + rest, here.before)
        means, late = _rates(anchor, end), _rates(self._late(here, anchor), here)

        if not is_certain:
            self._choose(means)

        place, pace = self._unit.place, self._pace
        calls, missed = here.before[0] - anchor.before[0], (self._rested + rest) * means[0]
        is_climb = (
            calls > LONG
            and missed < max(RESTED, RESTED_SHARE * calls)
            and late[place] > CLIMBED * means[place]
        )

        if is_climb:  # a server that saves nothing refuses at its limit, which lies above the mean
            limit = min(CAUTION * late[place], HOPE * means[place])
        else:
            limit = means[place] * (_doubt(calls, missed) if calls < SURE and pace.is_doubtful else 1.0)

        if pace.limit is None or limit < FALLEN * pace.limit:
            upper = max(limit, means[place] * (1 + 1 / calls))
            pace.met(means[place], upper=upper, is_doubtful=calls < SURE)
        else:
            pace.met_again(limit, is_doubtful=is_climb)

    def _choose(self, means: Amounts) -> None:
        before = self._pace
        self._unit.compare(means)

        if self._pace is not before:
            before.forget()

    def _late(self, here: Sent, anchor: Sent) -> Sent:
        """Return the oldest of the last calls after the anchor."""
        return next((sent for sent in self._last if anchor.at < sent.at < here.at), anchor)


def _rates(start: Sent, end: Sent) -> Amounts:
    seconds = max(end.at - start.at, LEAST_RESET)
    requests, tokens = _minus(end.before, start.before)

    return requests / seconds, tokens / seconds


def _doubt(calls: float, missed: float) -> float:
    """Return by how much the limit may exceed the mean of few calls; ``missed`` were saved for, or not."""
    busy = max(calls - missed, 1.0) / calls

    return math.sqrt(min((1 + 1 / calls) / busy, WASTED))


def _plus(one: Amounts, other: Amounts) -> Amounts:
    return one[0] + other[0], one[1] + other[1]


def _minus(one: Amounts, other: Amounts) -> Amounts:
    return one[0] - other[0], one[1] - other[1]
