"""A pace stays below its limit for long enough, and leaves it behind soon enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.gate.pace import KEPT, LEG_CALLS, LEG_SECONDS, Pace

#: Calls a second from two a minute to a hundred a second.
LIMITS = st.floats(2 / 60, 100.0)


def settled(limit):
    pace = Pace(lambda: 0.0)
    pace.met_again(limit, is_doubtful=False)

    return pace


@given(LIMITS)
def test_a_pace_below_its_limit_is_raised_slowly(limit):
    """It takes at least the calls and the seconds of a leg until the limit is reached."""
    pace, calls, seconds = settled(limit), 0, 0.0

    assert pace.rate == pytest.approx(KEPT * limit)

    while pace.rate < limit * (1 - 1e-9):
        seconds += 1 / pace.rate
        calls += 1
        pace.grow(1 / pace.rate)

    assert calls >= 0.95 * LEG_CALLS
    assert seconds >= 0.95 * LEG_SECONDS


@given(st.floats(2.0, 100.0))
def test_a_limit_that_is_gone_is_left_behind(limit):
    """A hundred and twenty calls a minute, or more, are four times as many within 160 s without a refusal."""
    pace, seconds = settled(limit), 0.0

    while pace.rate < 4 * limit:
        seconds += 1 / pace.rate
        pace.grow(1 / pace.rate)

    assert seconds <= 160.0


@given(LIMITS, st.floats(0.1, 10.0))
def test_a_limit_is_resumed(limit, factor):
    """After another quantity was in the way a pace goes on below its own limit; without one it stays."""
    pace = settled(limit)
    pace.ease(min(factor, 1.0))
    kept = pace.limit
    pace.resume()

    assert pace.limit == kept
    assert pace.rate == pytest.approx(KEPT * kept)

    fresh = Pace(lambda: 0.0)
    fresh.guess(limit)
    fresh.resume()

    assert (fresh.limit, fresh.rate) == (None, limit)
