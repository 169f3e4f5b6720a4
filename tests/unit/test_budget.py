"""The budget: spent plus reserved never exceeds the cap."""

from __future__ import annotations

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import BudgetReached
from robasync.gate.budget import Budget

ENDS = st.sampled_from(["settle", "refund", "keep", "fail before sending", "cancel"])
CALLS = st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1), st.integers(0, 4), ENDS), max_size=25)


async def call(budget, seen, plan):
    """Reserve, take some steps, end as planned; note what should be booked."""
    worst, share, steps, end = plan
    with anyio.CancelScope() as scope:
        try:
            async with budget.reserve(worst) as reservation:
                seen["highest"] = max(seen["highest"], budget.spent + budget.reserved)
                if end == "cancel":
                    scope.cancel()
                for _ in range(steps + 1):
                    await checkpoint()
                if end == "fail before sending":
                    return
                reservation.keep()
                if end == "settle":
                    reservation.settle(int(worst * share))
                    seen["spent"] += int(worst * share)
                elif end == "refund":
                    reservation.refund()
                else:
                    seen["uncertain"] += worst
        except BudgetReached:
            seen["refused"] += 1


@given(st.integers(0, 100), CALLS)
def test_no_sequence_breaks_the_cap_or_loses_a_unit(cap, calls):
    """However calls interleave and end, the cap holds at every moment and the sums agree."""

    async def run():
        budget = Budget(cap)
        seen = {"highest": 0, "spent": 0, "uncertain": 0, "refused": 0}
        async with anyio.create_task_group() as tasks:
            for plan in calls:
                tasks.start_soon(call, budget, seen, plan)
                await checkpoint()

        assert seen["highest"] <= cap
        assert (budget.spent, budget.uncertain) == (seen["spent"], seen["uncertain"])
        assert budget.reserved == budget.uncertain

    anyio.run(run)


async def test_a_restart_begins_with_the_sums_of_the_journal():
    """What was spent or is uncertain before counts against the cap."""
    budget = Budget(10, spent=6, uncertain=3)
    async with budget.reserve(1):
        assert budget.spent + budget.reserved == 10

    with pytest.raises(BudgetReached):
        async with budget.reserve(2):
            pass


async def test_a_call_waits_for_those_under_way():
    """Near the cap a call is not refused while the end of others may leave enough for it."""
    budget = Budget(10)
    order = []

    async def second():
        async with budget.reserve(8):
            order.append("second")

    async with anyio.create_task_group() as tasks, budget.reserve(9) as first:
        tasks.start_soon(second)
        await checkpoint()
        order.append("first")
        first.settle(2)

    assert order == ["first", "second"]


async def test_a_call_is_refused_once_waiting_cannot_help():
    """The waiting ends in BudgetReached when what others really spent leaves too little."""
    budget = Budget(10)

    async def second():
        with pytest.raises(BudgetReached, match="resume"):
            async with budget.reserve(8):
                pass

    async with anyio.create_task_group() as tasks, budget.reserve(9) as first:
        tasks.start_soon(second)
        await checkpoint()
        first.settle(3)

    assert (budget.spent, budget.reserved) == (3, 0)


async def test_nobody_overtakes_near_the_cap():
    """Who came first is admitted first, though a cheaper one behind would fit at once."""
    budget = Budget(10)
    order = []

    async def wanting(name, worst):
        async with budget.reserve(worst) as reservation:
            order.append(name)
            reservation.settle(0)

    async with anyio.create_task_group() as tasks, budget.reserve(7) as first:
        tasks.start_soon(wanting, "dear", 8)
        await checkpoint()
        tasks.start_soon(wanting, "cheap", 2)
        await checkpoint()
        first.settle(1)

    assert order == ["dear", "cheap"]


async def test_one_who_leaves_the_line_lets_the_next_one_through():
    """A cancelled wait at the head holds nobody back, and what it was just given is free again."""
    budget = Budget(10)
    order = []
    scope = anyio.CancelScope()

    async def leaving():
        with scope:
            async with budget.reserve(8):
                order.append("left")

    async def staying():
        async with budget.reserve(3):
            order.append("stayed")

    async with anyio.create_task_group() as tasks, budget.reserve(7):
        tasks.start_soon(leaving)
        await checkpoint()
        tasks.start_soon(staying)
        await checkpoint()
        scope.cancel()
        await anyio.wait_all_tasks_blocked()

        assert order == ["stayed"]

    assert (budget.spent, budget.reserved) == (0, 0)


async def test_each_end_of_a_call_looks_at_the_head_of_the_line_only():
    """A thousand that wait near the cap are looked at about once each, not once for each end."""
    budget = Budget(10)
    looks = 0
    fits = budget._fits

    def counting(total):
        nonlocal looks
        looks += 1

        return fits(total)

    budget._fits = counting

    async def wanting():
        async with budget.reserve(10) as reservation:
            reservation.settle(0)

    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(wanting)

    assert looks < 6 * 1000


async def test_more_than_was_reserved_is_counted_said_once_and_held_back_from_then_on():
    """A server that counts what was not asked for is believed, and the next calls reserve as much more."""
    said = []
    budget = Budget(1000, say=said.append)

    async with budget.reserve(10) as first, budget.reserve(10) as second:
        first.settle(30)
        second.settle(30)

    async with budget.reserve(10) as third:
        assert third.amount >= 30

    assert budget.spent == 60
    assert len(said) == 1
    assert "more than" in said[0]


async def test_calls_that_wait_to_be_sent_are_not_when_the_cap_is_passed():
    """What was admitted and is not sent yet is refused once another cost more than it reserved."""
    budget = Budget(20)

    async with budget.reserve(10) as first, budget.reserve(10) as second:
        second.confirm()
        first.settle(11)

        with pytest.raises(BudgetReached, match="below what is gone"):
            second.confirm()


async def test_no_cap_never_waits():
    """Without a cap everything is admitted and counted."""
    budget = Budget()
    async with budget.reserve(10**18) as reservation:
        reservation.settle(5)

    assert (budget.spent, budget.reserved) == (5, 0)


async def test_settling_twice_counts_once():
    """The end of a reservation is final."""
    budget = Budget(10)
    async with budget.reserve(4) as reservation:
        reservation.settle(3)
        reservation.refund()
        reservation.settle(4)

    assert (budget.spent, budget.reserved) == (3, 0)
