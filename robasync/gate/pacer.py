"""How a lane finds its limits by itself, from what is refused and from what the server says. Pure.

At first few calls are sent at once, and twice as many after each round trip, or each second without a
refusal. The first refusal ends that; the lane rests for a moment and then measures (see ``trail``).
Either requests or tokens are held back at a time (see ``unit``), unless the server names both in turn.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from robasync.gate.pace import Pace
from robasync.gate.trail import Amounts, Measure, Sent, Trail
from robasync.gate.unit import Unit
from robasync.gate.windows import ceiling, is_telling, until_next
from robasync.model import Window

FIRST_WIDTH = 2.0  # calls at once before anything is known
SILENCE = 1.0  # seconds without a refusal that let twice as many be tried
ENOUGH = 4  # calls between two refusals that make a measurement
EASED, EASED_BLINDLY = 0.8, 0.5  # of the pace is kept after fewer, by whether the limit was met before
FALLEN = 0.8  # of every limit: what was measured is another limit, or a neighbour's share
FIRST_PAUSE, MOST_PAUSE = 1.0, 12.0  # seconds, where the server does not say how long
LONGEST_WAIT = 120.0  # seconds that a server may ask for at a time
RISEN = 1.2  # times the limit that was: another one, which is not yet known well
ECHOES = 2.0  # times what a refusal takes to arrive: after so long without one a call was let through
ECHOES_MEASURED = 10.0  # times the same that a measurement lasts
LONGEST_ECHO = 2.0  # seconds
CALLS_MISSED = 1.5  # by a pause after a refusal, once the pace is known


class Pacer:
    """What one lane has learned; ``clock`` counts seconds. ``is_trusting`` leaves out the slow start."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, is_trusting: bool = False) -> None:
        self.width = math.inf if is_trusting else FIRST_WIDTH
        self.refusing_since: float | None = None
        self.paces = (Pace(clock), Pace(clock))
        self._clock = clock
        self._resumes = 0.0
        self._cut_at = -math.inf
        self._stalls = 0
        self._drought = 0.0  # seconds rested between the last two refusals
        self._unit = Unit()
        self._refused: Pace | None = None  # what there was too much of last
        self._trail = Trail()
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
        return self._trail.sent(self._clock(), amounts)

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
        here = self._trail.refused(sent, amounts)
        self.width = math.inf
        self.refusing_since = now if self.refusing_since is None else self.refusing_since

        if sent.at < self._cut_at:
            self._rest_for(wait or 0.0)
            return  # for the reason that the pace was lowered for already

        self._cut_at = now
        self._echo = min(now - sent.at, LONGEST_ECHO)
        self._unit.place = self._unit.place if unit is None else unit
        rest = self._pause() if wait is None else min(wait, LONGEST_WAIT)
        self._cut(here, amounts, rest=rest, is_certain=unit is not None)
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
        self._trail.rest(seconds)
        self._is_resting = True
        self._resumes = max(self._resumes, self._clock() + seconds)

    def _cut(self, here: Sent, amounts: Amounts, *, rest: float, is_certain: bool) -> None:
        """Lower the pace to what was let through since the refusal before."""
        measure = self._trail.measure(here, rest)

        if measure is None or not self._pace.is_learned:
            self._guess(here, amounts)
        elif measure.calls < 1:  # nothing was let through: the rest goes on
            self._stalls += 1
            self._trail.prolong(here.at + rest)
            return
        elif is_certain and self._pace is not self._refused:
            self._pace.resume()
        elif measure.calls < ENOUGH or measure.seconds < ECHOES_MEASURED * self._echo:
            self._pace.ease(EASED_BLINDLY if self._pace.limit is None else EASED)
        else:
            self._settle(measure, None if is_certain else amounts[1])

        self._refused = self._pace
        self._stalls = 0
        self._drought = self._trail.restart(here, rest)

    def _guess(self, here: Sent, amounts: Amounts) -> None:
        place, began = self._unit.place, self._trail.began
        seconds = max(here.at - (here.at if began is None else began), FIRST_PAUSE)
        self._pace.guess(max(here.before[place], amounts[place]) / seconds)

    def _settle(self, measure: Measure, unnamed: float | None) -> None:
        """Go on below what was measured; ``unnamed`` are the tokens of a refusal that named no quantity."""
        if unnamed is not None:
            self._choose(measure.means, unnamed)

        place, pace = self._unit.place, self._pace
        mean, limit = measure.means[place], measure.late[place]

        if pace.is_doubtful and not measure.is_sure:
            limit *= measure.doubt

        if pace.limit is None or limit < FALLEN * pace.limit:
            pace.met(mean, upper=max(limit, mean * (1 + 1 / measure.calls)), is_doubtful=not measure.is_sure)
        else:
            pace.met_again(limit, is_doubtful=limit > RISEN * pace.limit)

    def _choose(self, means: Amounts, tokens: float) -> None:
        before = self._pace
        self._unit.compare(means, tokens / self._trail.usual)

        if self._pace is not before:
            before.forget()

    @property
    def _pace(self) -> Pace:
        return self.paces[self._unit.place]

    def _pause(self) -> float:
        limit, usual = self._pace.limit, (1.0, self._trail.usual)[self._unit.place]
        first = FIRST_PAUSE if limit is None else max(CALLS_MISSED * usual / limit, self._drought / 2)

        return min(first * 2.0**self._stalls, MOST_PAUSE)
