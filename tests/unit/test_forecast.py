"""The forecast: what is counted of a rehearsal, and what it costs. Pure."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robasync import cost, forecast
from robasync.books import Spend
from robasync.detection import Work
from robasync.forecast import MOST_NAMED, Basis, Standing, Tally
from robasync.model import Status
from tests.stores import entries, intent, outcome, session_of, started

NONE = Work(left=frozenset(), changed=frozenset(), new=(), vanished=())
STILL = Standing(reused=0, kept=0, kept_why=(), missing=0, work=NONE)
PRICE = cost.Price(input=Decimal(1), output=Decimal(2))


def tally_of(*records) -> Tally:
    tally = Tally()
    tally.observe(entries(records))

    return tally


def estimated(tally, *, price=PRICE, max_tokens=100, spend=None):
    return forecast.estimate(tally, price=price, currency="USD", max_tokens=max_tokens, spend=spend)


def foreseen(tally, standing=STILL, *, cap=None):
    return tally.forecast("s", standing, estimate=estimated(tally), left_of_cap=cap)


@given(st.lists(st.sampled_from(["assessed", "refused", "failed"]) | st.lists(st.integers(1, 6), min_size=1)))
def test_every_document_is_counted_once(documents):
    """Asked, free or failing: together they are all that went through; equal calls are one.

    A document is an outcome, or the numbers of the calls that it needs.
    """
    tally, made, asked = Tally(), set(), 0

    for number, document in enumerate(documents):
        name = f"{number}.txt"

        if isinstance(document, str):
            tally.observe(entries([outcome(name, Status(document))]))
        else:
            tally.observe(entries(intent(call, name) for call in document))
            tally.left(name)
            asked += not made.issuperset(document)
            made.update(document)

    found = foreseen(tally)

    assert tally.looked_at == len(documents) == found.rejudged + found.asked + found.failing == found.total
    assert (found.asked, found.calls, found.failing) == (asked, len(made), documents.count("failed"))


@given(st.lists(st.floats(0, 10).map(lambda number: round(number, 9)), max_size=20), st.integers(0, 50))
def test_the_likely_cost_is_never_above_the_most(reserved, replies):
    """Whatever answers have cost so far, and whatever is reserved: 0 <= likely <= most = all reserved."""
    tally = tally_of(*(intent(number, reserved=amount) for number, amount in enumerate(reserved)))
    found = estimated(tally, spend=Spend(cost=float(replies), replies=replies))

    assert found.most == cost.number(sum(map(cost.units, reserved)))
    assert 0 <= found.likely <= found.most
    assert found.basis is (Basis.ANSWERS if replies else Basis.PROMPTS)


def test_likely_is_reckoned_from_the_answers_there_are():
    """Two answers cost 0.3 together: two more likely do as well."""
    found = estimated(tally_of(intent(1), intent(2)), spend=Spend(cost=0.3, replies=2))

    assert (found.likely, found.most, found.basis) == (0.3, 1.0, Basis.ANSWERS)


def test_without_answers_likely_is_the_part_of_the_input():
    """What a call reserves is its input and all of the output it may have; the input is likely."""
    reserved = cost.number(PRICE.worst(input_tokens=1_000, output_tokens=100))
    found = estimated(tally_of(intent(1, reserved=reserved)))

    assert found.likely == cost.number(PRICE.worst(input_tokens=1_000, output_tokens=0))
    assert (found.most, found.basis) == (reserved, Basis.PROMPTS)


def test_an_unknown_price_is_not_made_up():
    """No price, or replies whose cost nobody knows, give no average; a call without price no sum."""
    unpriced = estimated(tally_of(intent(1)), spend=Spend(cost=0.3, replies=2, unpriced=1))
    unknown = estimated(tally_of(intent(1), intent(2, reserved=None)))
    without = estimated(tally_of(intent(1)), price=None)

    assert unpriced.basis is Basis.PROMPTS
    assert (unknown.likely, unknown.most) == (without.likely, without.most) == (None, None)


def test_the_cap_is_held_against_the_most():
    """A run that might stop at the cap is told so, one that cannot is not, and without a cap none is."""
    tally = tally_of(intent(1, reserved=0.5))

    assert foreseen(tally, cap=0.4).may_reach_cap
    assert not foreseen(tally, cap=0.5).may_reach_cap
    assert not foreseen(tally).may_reach_cap


def test_what_stands_is_what_is_not_done_again():
    """Of all that was recorded, the work takes away; what vanished before it was assessed is missing."""
    session = session_of(
        started(total=6),
        outcome("a.txt"),
        outcome("b.txt", Status.REFUSED),
        outcome("c.txt", Status.FAILED),
        outcome("d.txt", Status.FAILED),
        outcome("e.txt"),
    )
    session.documents.slot("f.txt")
    work = Work(left=frozenset({"a.txt", "c.txt"}), changed=frozenset(), new=(), vanished=("e.txt", "f.txt"))
    found = forecast.standing(session, work, kept_why=())

    assert (found.reused, found.kept, found.missing) == (2, 1, 1)


def test_failures_are_all_counted_and_the_first_named():
    """A folder of a million scans does not fill the memory with their messages."""
    names = [f"{number}.txt" for number in range(MOST_NAMED + 5)]
    found = foreseen(tally_of(*(outcome(name, Status.FAILED) for name in names)))

    assert found.failing == len(names)
    assert [name for name, _ in found.failing_why] == names[:MOST_NAMED]
