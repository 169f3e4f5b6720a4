"""Rates and slots, on virtual time."""

from __future__ import annotations

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st

from robasync.gate.bucket import BURST_SECONDS
from robasync.gate.limits import Limits
from tests.virtual import clock, run


async def admitted(requests, tokens, sizes, *, cancelled=frozenset()):
    """Return (time, size) of every admission when all sizes are asked for at once."""
    limits = Limits(requests_per_minute=requests, tokens_per_minute=tokens, clock=clock)
    seen = []

    async def one(number, size):
        with anyio.CancelScope() as scope:
            if number in cancelled:
                tasks.start_soon(cancel, scope)
            async with limits.admit(size) as permit:
                permit.keep()
                seen.append((clock(), size))

    async def cancel(scope):
        await checkpoint()
        scope.cancel()

    async with anyio.create_task_group() as tasks:
        for number, size in enumerate(sizes):
            tasks.start_soon(one, number, size)

    return seen


def check(seen, per_second, amount):
    """Between any two admissions at most rate x time + burst was let through before the last."""
    burst = max(per_second * BURST_SECONDS, 1.0)
    for first, (start, _) in enumerate(seen):
        total = 0
        for end, size in seen[first:]:
            assert total <= per_second * (end - start) + burst + 1e-6 + (amount(seen[first][1]))
            total += amount(size)


@given(st.integers(6, 600), st.lists(st.integers(1, 5000), min_size=1, max_size=25))
def test_requests_never_exceed_the_rate(rate, sizes):
    """Over any window no more requests are admitted than the rate and one burst allow."""
    seen = run(lambda: admitted(rate, None, sizes))

    assert len(seen) == len(sizes)
    check(seen, rate / 60, lambda _: 1)


@given(
    st.integers(600, 60_000),
    st.lists(st.integers(1, 5000), min_size=1, max_size=25),
    st.sets(st.integers(0, 24)),
)
def test_tokens_never_exceed_the_rate(rate, sizes, cancelled):
    """The same for tokens, in the order of asking, also when some of those who wait give up."""
    seen = run(lambda: admitted(None, rate, sizes, cancelled=cancelled))
    check(seen, rate / 60, lambda size: size)
    order = iter(sizes)

    assert all(any(size == asked for asked in order) for _, size in seen)


def test_rate_is_used_fully():
    """Sixty requests at 60 a minute take 59 seconds: the limit is kept, not undercut."""
    seen = run(lambda: admitted(60, None, [1] * 60))

    assert seen[-1][0] == pytest.approx(59.0)


async def test_unused_tokens_come_back():
    """A call that used less than estimated lets the next one go earlier."""
    limits = Limits(tokens_per_minute=6000, clock=lambda: 0.0)
    async with limits.admit(1000) as permit:
        permit.keep()
        permit.used(50)

    assert limits._wait(limits.admit(50)) == 0.0


async def test_place_that_was_not_used_comes_back():
    """Whoever leaves before sending leaves the rates as they were."""
    limits = Limits(requests_per_minute=60, tokens_per_minute=600, clock=lambda: 0.0)
    async with limits.admit(10):
        assert limits._wait(limits.admit(10)) > 0

    assert limits._wait(limits.admit(10)) == 0.0


@pytest.mark.parametrize("kind", ["input", "output"])
async def test_input_and_output_are_limited_apart(kind):
    """A stated rate of one leaves the other free."""
    limits = Limits(**{f"{kind}_tokens_per_minute": 600}, clock=lambda: 0.0)
    amounts = (10, 0) if kind == "input" else (0, 10)
    async with limits.admit(*amounts) as permit:
        permit.keep()

    assert limits._wait(limits.admit(*amounts)) > 0
    assert limits._wait(limits.admit(*reversed(amounts))) == 0.0


async def test_slots_bound_the_calls_at_once():
    """No more than ``max_concurrency`` are inside; a cancelled waiter frees nothing twice."""
    limits = Limits(max_concurrency=2)
    inside = most = 0

    async def one():
        nonlocal inside, most
        async with limits.admit(1):
            inside += 1
            most = max(most, inside)
            await checkpoint()
            inside -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(one)

    assert (most, limits.standing.in_flight) == (2, 0)
