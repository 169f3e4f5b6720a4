"""Shares of the cap are told once each, however the spending jumps and however often a run begins anew."""

from __future__ import annotations

from robasync.gate.alerts import Alerts
from robasync.records import Kind


def told(percents, spent, *, cap=1000, before=0, reached=False):
    """Return the percentages that are noted while this is spent, one amount after the other."""
    noted = []
    alerts = Alerts(percents, cap=cap, currency="USD", told=before, note=noted.append)

    for amount in spent:
        alerts.see(amount)

    if reached:
        alerts.reached(spent[-1])

    assert all(record.kind is Kind.COST_ALERT for record in noted)

    return [record.body["percent"] for record in noted]


def test_each_share_is_told_once():
    """At the first amount that reaches it."""
    assert told((50, 80, 100), [499, 500, 501, 799, 800, 900, 1000, 1001]) == [50, 80, 100]


def test_a_jump_over_several_is_told_as_the_highest():
    """One line, not three."""
    assert told((50, 80, 100), [100, 850, 851]) == [80]


def test_what_the_session_was_told_before_is_not_told_again():
    """A resume begins where the last run ended."""
    assert told((50, 80, 100), [600, 850], before=50) == [80]
    assert told((50, 80, 100), [850], before=80, reached=True) == [100]
    assert told((50, 80, 100), [850], before=100, reached=True) == []


def test_the_cap_is_reached_when_a_call_is_refused():
    """The last call hardly ever costs exactly what is left."""
    assert told((50, 80, 100), [850], reached=True) == [80, 100]
    assert told((50,), [850], reached=True) == [50]
