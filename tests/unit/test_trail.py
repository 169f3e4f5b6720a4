"""What was let through between two refusals tells the limit, whatever the server saves up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.gate.trail import MOMENTS, Trail
from tests.servers.meters import Meter

CALL = (1.0, 5_000.0)
LIMIT = 600.0  # a minute


def played(burst, paces):
    """Return what is measured between two refusals of a server when calls go out at these paces in between.

    Paces are multiples of its limit, each for so many calls; the last is kept until a call is refused.
    """
    meter, trail, now = Meter(LIMIT, burst), Trail(), 0.0
    meter.take(meter.capacity)
    trail.restart(trail.refused(trail.sent(now, CALL), CALL), 0.0)
    gaps = [60.0 / LIMIT / pace for pace, calls in paces for _ in range(calls)]

    while True:
        now += gaps.pop(0) if len(gaps) > 1 else gaps[0]
        sent = trail.sent(now, CALL)

        if meter.missing(1.0, now):
            return trail.measure(trail.refused(sent, CALL), 0.0)

        meter.take(1.0)


@given(st.floats(0.5, 0.99), st.floats(1.01, 3.0), st.integers(1, 200))
def test_what_was_let_through_is_the_limit_of_who_saves(slow, quick, calls):
    """However the pace went, the mean is the limit, but for a call, if nothing that was saved was lost."""
    measure = played(3_600, [(0.99, 2), (slow, calls), (quick, 1)])

    assert measure.means[0] * measure.seconds == pytest.approx(LIMIT / 60 * measure.seconds, abs=1.5)
    assert measure.means[1] == pytest.approx(measure.means[0] * CALL[1])


def test_the_later_half_is_nearer_the_limit_of_who_saves_nothing():
    """A pace that rises to the limit slowly: its mean is too low, that of the later half less so."""
    measure = played(0.2, [(0.80 + 0.01 * step, 10) for step in range(21)] + [(1.2, 1)])
    mean, late = measure.means[0] * 60 / LIMIT, measure.late[0] * 60 / LIMIT

    assert mean < late
    assert late == pytest.approx(1.0, abs=0.06)


@given(st.integers(10, 5_000))
def test_a_trail_stays_short(calls):
    """Any number of calls leaves some moments only, and the later half is found among them."""
    trail = Trail()
    trail.restart(trail.refused(trail.sent(0.0, CALL), CALL), 0.0)

    for number in range(calls):
        trail.sent(1.0 + number, CALL)

    last = trail.sent(1.0 + calls, CALL)
    measure = trail.measure(trail.refused(last, CALL), 0.0)

    assert len(trail._moments) <= MOMENTS
    assert measure.calls == calls
    assert measure.late[0] == pytest.approx(1.0, abs=0.15)


def test_a_rest_in_which_nothing_was_let_through_counts_as_one():
    """Several refusals in a row are one rest: what is measured begins at its end."""
    trail = Trail()
    trail.restart(trail.refused(trail.sent(0.0, CALL), CALL), 1.0)
    trail.refused(trail.sent(1.0, CALL), CALL)
    trail.prolong(5.0)

    for number in range(10):
        trail.sent(5.0 + number, CALL)

    measure = trail.measure(trail.refused(trail.sent(15.0, CALL), CALL), 0.0)

    assert (measure.calls, measure.seconds, measure.means[0]) == (10, 10.0, 1.0)
