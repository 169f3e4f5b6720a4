"""The forecast: what is counted of a rehearsal, of all documents or of some. Pure."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robasync import cost, forecast
from robasync.detection import Work
from robasync.forecast import MOST_NAMED, Part, Recipient, Standing, Tally
from robasync.model import Status
from robasync.plan.duration import Pace
from robasync.plan.estimate import Terms, estimate
from robasync.plan.load import Load, Measured
from tests.stores import entries, intent, outcome, session_of, started

NONE = Work(left=frozenset(), changed=frozenset(), new=(), vanished=())
STILL = Standing(reused=0, kept=0, kept_why=(), missing=0, work=NONE)
TERMS = Terms(
    price=cost.Price(input=Decimal(1), output=Decimal(2)),
    currency="USD",
    wire="openai",
    max_tokens=100,
    attempts=1,
    replies=1,
    pace=Pace(workers=1),
)


def intended(number, document="a.txt", **changes):
    """Return the intent of a call, with the length of its prompt and what it asks."""
    record = intent(number, document)

    return record._replace(body=record.body | {"size": 400, "asks": 3} | changes)


def tally_of(*records) -> Tally:
    tally = Tally()
    tally.observe(entries(records))

    return tally


def foreseen(tally, standing=STILL, *, cap=None, part=None):
    return tally.forecast(
        "s",
        standing,
        part=part or Part(looked_at=tally.looked_at, whole=tally.looked_at),
        estimate=estimate(tally.load, Measured(), TERMS),
        recipient=Recipient(name="local"),
        left_of_cap=cap,
    )


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
            tally.observe(entries(intended(call, name) for call in document))
            tally.left(name)
            asked += not made.issuperset(document)
            made.update(document)

    found = foreseen(tally)

    assert tally.looked_at == len(documents) == found.rejudged + found.asked + found.failing == found.total
    assert (found.asked, found.calls, found.failing) == (asked, len(made), documents.count("failed"))


def test_a_load_is_what_its_calls_add_up_to():
    """Bytes, questions and reservations of each different call once; one without a price leaves no sum."""
    tally = tally_of(intended(1), intended(1, "twin.txt"), intended(2, size=100, asks=1, reserved=0.25))
    unpriced = tally_of(intended(1), intended(2, reserved=None))

    assert tally.load == Load(calls=2, size=500, questions=4, reserved=cost.units(0.75))
    assert tally.endpoint == "e"
    assert unpriced.load.reserved is None


def test_the_first_call_on_a_document_is_told_from_those_that_repeat_it():
    """Calls that are answered, and equal ones under another name, send nothing again."""
    tally = Tally()
    tally.shares("a.txt", 300)
    tally.observe(entries(intended(number) for number in range(3)))
    tally.left("a.txt")
    tally.shares("twin.txt", 300)
    tally.observe(entries(intended(number, "twin.txt") for number in range(3)))
    tally.left("twin.txt")
    tally.shares("answered.txt", 700)
    tally.observe(entries([outcome("answered.txt", Status.ASSESSED)]))
    tally.observe(entries([intended(7, "a.txt")]))
    tally.left("a.txt")

    assert (tally.load.shared, tally.load.repeated) == (300, 600)


@given(st.lists(st.integers(0, 40), min_size=5, max_size=5), st.integers(0, 5_000))
def test_a_part_grows_to_the_whole(counts, more):
    """Whatever was found in a sample, its shares add up to all documents, each to within one."""
    part = Part(looked_at=sum(counts), whole=sum(counts) + more)
    found = forecast.grown(counts, part)

    if not part.looked_at:
        assert found == counts
        return

    assert sum(found) == part.whole
    assert all(
        abs(one - many * part.whole / part.looked_at) <= 1 for one, many in zip(found, counts, strict=True)
    )


def test_of_a_sample_the_whole_is_foreseen():
    """Of 4 looked at, 3 are asked and 1 is no report: of 400 it is a hundred times as many."""
    tally = tally_of(
        *(intended(number, f"{number}.txt") for number in range(3)), outcome("d", Status.REFUSED)
    )

    for number in range(3):
        tally.left(f"{number}.txt")

    found = foreseen(tally, part=Part(looked_at=4, whole=400))

    assert (found.asked, found.calls, found.free.refused, found.total) == (300, 300, 100, 400)


def test_the_cap_is_held_against_the_most():
    """A run that might stop at the cap is told so, one that cannot is not, and without a cap none is."""
    tally = tally_of(intended(1))
    most = foreseen(tally).estimate.most

    assert foreseen(tally, cap=most - 0.1).may_reach_cap
    assert foreseen(tally, cap=most - 0.1).most == most - 0.1
    assert not foreseen(tally, cap=most).may_reach_cap
    assert not foreseen(tally).may_reach_cap
    assert foreseen(tally, cap=-1.0).most == 0.0


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
