"""Calls given up and the account kept anew: what the fold makes of them, and what the check sees."""

from __future__ import annotations

import pytest

from robasync import image
from robasync.findings import Level, Subject
from robasync.records import Kind, Record
from robasync.session import Session
from robasync.store.fsck.check import check
from tests.stores import (
    QuickFiles,
    call_failed,
    call_released,
    entries,
    intent,
    key,
    place_in,
    reply,
    session_of,
    started,
    write_checkpoint,
    write_groups,
)


def capped(cap: float) -> Record:
    """Return the start of a session with a cap."""
    return started(3, config={"cost_tracking": {"max_cost_threshold": cap}})


def costs(folder, *records) -> list[tuple[Level, str]]:
    """Return what the check finds in the costs of a session of these records."""
    place = place_in(folder)
    write_groups(place, [[record] for record in records])
    write_checkpoint(place)
    found = check(QuickFiles(), place, backup_folder=folder / "backups", derived=lambda session: ())

    return [(one.level, one.message) for one in found.findings if one.subject is Subject.COSTS]


def test_a_released_call_is_no_longer_reserved_and_not_forgotten():
    """Its money is free; what it may have cost stays known."""
    session = session_of(started(), intent(1), intent(2), call_released(1))

    assert (session.reserved, session.given_up) == (0.5, 0.5)
    assert list(session.uncertain) == [key(2)]


@pytest.mark.parametrize("order", [(call_released(1), reply(1)), (reply(1), call_released(1))])
def test_a_released_call_that_turns_out_answered_is_spent(order):
    """Whichever comes first in the journal, it counts once, as what it cost."""
    session = session_of(started(), intent(1), *order)

    assert (session.spent, session.reserved, session.given_up) == (0.1, 0, 0)


def test_releasing_twice_or_after_a_refund_frees_nothing_more():
    """A call that has an end keeps it."""
    records = (
        intent(1),
        call_released(1),
        call_released(1),
        intent(2),
        call_failed(2, certain=True),
        call_released(2),
    )
    session = session_of(started(), *records)

    assert (session.reserved, session.given_up) == (0, 0.5)


def test_the_cache_of_a_session_holds_what_was_released_and_told():
    """A resume that reads the image knows the same as one that reads every record."""
    alert = Record(Kind.COST_ALERT, {"percent": 80, "spent": 8.1, "cap": 10.0, "currency": "USD"})
    session = session_of(started(), intent(1), intent(2), call_released(1), alert)
    taken = image.take(session)
    parts = {name: b"".join(pieces) for name, pieces in image.parts(taken)}
    facts = taken.facts | {
        name: [vars_of(call) for call in taken.facts[name]] for name in ("uncertain", "released")
    }
    again = image.restore(facts, parts.__getitem__)

    assert again.released == session.released
    assert (again.alert_cap, again.alert_percent) == (10.0, 80)


def vars_of(call) -> dict:
    """Return the fields of a call."""
    return {name: getattr(call, name) for name in call.__slots__}


def test_a_sum_of_a_million_small_costs_does_not_drift():
    """Each is a number of whole billionths, and so is the sum."""
    session = Session()
    cheap = [started(), *(reply(number, cost=0.000000007) for number in range(20_000))]

    for entry in entries(cheap):
        session.apply(entry)

    assert session.spent == 0.00014


def test_books_that_agree_are_no_finding(tmp_path):
    """Answered, refunded, uncertain and released, within the cap."""
    calls = (
        intent(1),
        reply(1),
        intent(2),
        call_failed(2, certain=True),
        intent(3),
        intent(4),
        call_released(4),
    )

    assert costs(tmp_path, capped(1.5), *calls) == []


def test_a_call_beyond_the_cap_is_found(tmp_path):
    """Its reservation did not fit with what was spent and reserved before it."""
    ((level, message),) = costs(tmp_path, capped(1.0), intent(1), intent(2), intent(3))

    assert level is Level.DAMAGE
    assert "pass the cap of 1" in message


def test_a_release_makes_room_under_the_cap(tmp_path):
    """What was given up counts no longer."""
    assert costs(tmp_path, capped(1.0), intent(1), intent(2), call_released(1), intent(3)) == []


def test_a_reply_that_cost_more_than_was_reserved_is_a_note(tmp_path):
    """It is no fault of ours, and everything is counted."""
    ((level, message),) = costs(tmp_path, capped(9.0), intent(1), reply(1, cost=0.75))

    assert level is Level.NOTE
    assert "more than the 0.5" in message


def test_a_release_of_another_amount_is_found(tmp_path):
    """Nobody frees more than was reserved."""
    ((level, message),) = costs(tmp_path, capped(9.0), intent(1), call_released(1, reserved=5.0))

    assert level is Level.DAMAGE
    assert "5 released" in message
