"""Hidden limits are found, and what a server says is obeyed: the real limits on virtual time."""

from __future__ import annotations

from itertools import pairwise

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robasync.errors import RateLimited
from robasync.gate.bucket import Bucket
from robasync.gate.limits import Limits
from robasync.gate.pacer import FIRST_WIDTH, LONGEST_WAIT, Pacer
from robasync.model import Quota, Window
from tests.limited import STEADY, Scenario, simulate
from tests.virtual import clock, run

CALL = (1.0, 5_000.0)


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    st.floats(0.1, 500),
    st.floats(0.1, 60),
    st.lists(st.tuples(st.floats(0, 30), st.floats(0.01, 50)), min_size=1, max_size=40),
)
def test_a_bucket_never_lets_through_more_than_its_rate(rate, burst, asked):
    """Over T seconds at most rate x (T + burst), and the last amount."""
    time = Clock()
    bucket = Bucket(rate, burst=burst, clock=time)
    most, taken = bucket.most, []

    for pause, amount in asked:
        time.now += pause

        if not bucket.wait(amount):
            bucket.take(amount)
            taken.append((time.now, amount))

    for first in range(len(taken)):
        through = sum(amount for _, amount in taken[first:-1])
        assert through <= most + rate * (taken[-1][0] - taken[first][0]) + 1e-6 + taken[first][1]


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(requests=600, burst=1, tells_wait=False, seconds=300),
        Scenario(requests=600, burst=60, seconds=300),
        Scenario(requests=600, burst=0, seconds=360),
        Scenario(requests=600, burst=10, tells_room=True, seconds=240),
        Scenario(tokens=6e6, burst=10, seconds=400),
        Scenario(tokens=6e6, burst=1, seconds=400, names_unit=True),
        Scenario(requests=280, tokens=6e6, burst=10, seconds=400, names_unit=True),
    ],
    ids=["one second", "a minute's burst", "whole minutes", "told", "tokens", "few tokens saved", "both"],
)
def test_a_hidden_limit_is_found_and_used(scenario):
    """Nine tenths of it after two minutes, and one call in a hundred refused for that."""
    outcome = simulate(scenario)

    assert outcome.share(STEADY, scenario.seconds) >= 0.9
    assert outcome.refused(STEADY) <= 0.01


def test_a_limit_that_changes_is_found_again():
    """Half of it is kept to, and the whole taken back."""
    scenario = Scenario(requests=600, burst=10, seconds=600, changes=((200, 0.5, 0.5), (400, 1.0, 1.0)))
    outcome = simulate(scenario)

    assert min(outcome.share(start + STEADY, end) for start, end in outcome.phases if start) >= 0.9
    assert outcome.refused() <= 0.01


@pytest.mark.parametrize("factors", [(1.0, 4.0), (0.25, 1.0)], ids=["more tokens", "fewer requests"])
def test_what_is_limited_may_change(factors):
    """Of two limits the other one is found when it has become the nearer one, and the first one again."""
    changes = ((300, *factors), (600, 1.0, 1.0))
    outcome = simulate(Scenario(requests=600, tokens=6e6, burst=10, names_unit=True, changes=changes))

    assert min(outcome.share(start + STEADY, end) for start, end in outcome.phases) >= 0.9
    assert outcome.refused() <= 0.01


def test_a_limit_that_rises_fourfold_is_found_in_time():
    """Few calls a minute are enough to notice, within two minutes, that there is another limit."""
    changes = ((200, 0.5, 0.5), (400, 2.0, 2.0))
    outcome = simulate(Scenario(tokens=6e6, burst=10, names_unit=True, seconds=700, changes=changes))

    assert outcome.found(400, 700) <= STEADY
    assert outcome.share(400 + STEADY, 700) >= 0.9
    assert outcome.refused() <= 0.01


def test_a_neighbour_is_yielded_to_and_its_share_taken_back():
    """While two share a key both go on and little is refused; afterwards one has it all again."""
    outcome = simulate(Scenario(requests=600, burst=10, seconds=600, neighbours=((150, 400),)))
    shares = [outcome.share(250, 400, of=who) for who in (0, 1)]

    assert min(shares) > 0.1
    assert 0.9 <= sum(shares) <= 1.05
    assert outcome.refused() <= 0.01
    assert outcome.share(480, 600) >= 0.9


def test_one_cut_for_one_cause():
    """Refusals of calls that were sent before the pace was lowered do not lower it again."""
    time = Clock()
    pacer = Pacer(time)
    calls = [pacer.sent(CALL) for _ in range(20)]
    time.now = 0.1
    pacer.refused(calls[10], CALL)
    before = pacer.paces[0].rate, pacer.resumes_in

    for call in calls[11:]:
        pacer.refused(call, CALL)

    assert (pacer.paces[0].rate, pacer.resumes_in) == before


def test_the_whole_lane_rests_when_one_call_is_told_to():
    """Retry-After holds for every call of the lane, not for the refused one alone; an absurd one is cut."""
    time = Clock()
    pacer = Pacer(time)
    pacer.refused(pacer.sent(CALL), CALL, wait=30.0)

    assert pacer.wait(CALL, in_flight=0) == 30.0
    pacer.refused(pacer.sent(CALL), CALL, wait=1e9)
    assert pacer.wait(CALL, in_flight=0) == LONGEST_WAIT


def test_what_the_server_names_is_held_back():
    """A refusal for tokens leaves requests alone."""
    pacer = Pacer(Clock())
    pacer.refused(pacer.sent(CALL), CALL, unit=1)

    assert pacer.paces[0].rate is None
    assert pacer.paces[1].rate is not None


def test_another_quantity_may_be_named_later():
    """A refusal for tokens right after one for requests begins a pace of its own, not one of nothing."""
    time = Clock()
    pacer = Pacer(time)

    for unit in (0, 1):
        time.now += 5.0
        pacer.refused(pacer.sent(CALL), CALL, unit=unit)

    assert min(pace.rate or 0.0 for pace in pacer.paces) > 0
    time.now += 60.0
    assert pacer.wait(CALL, in_flight=0) < 60.0


def ask(pacer, time, *, calls, seconds, unit):
    """Send so many calls evenly, and one more, which is refused."""
    for _ in range(calls):
        time.now += seconds / calls
        pacer.sent(CALL)

    pacer.refused(pacer.sent(CALL), CALL, wait=0.5, unit=unit)


def test_what_another_limit_let_through_is_no_measure():
    """A quantity that is refused after another goes on at its own limit, whatever was let through since."""
    time = Clock()
    pacer = Pacer(time)

    for _ in range(2):
        ask(pacer, time, calls=40, seconds=10.0, unit=1)

    tokens = pacer.paces[1].limit

    for unit in (0, 1):
        ask(pacer, time, calls=40, seconds=100.0, unit=unit)

    assert pacer.paces[1].limit == tokens


def test_a_rest_that_was_too_short_is_part_of_no_measure():
    """A server that refuses again after a rest, and wants a longer one, is not taken for a slower one."""
    time = Clock()
    pacer = Pacer(time)

    for _ in range(2):
        ask(pacer, time, calls=40, seconds=10.0, unit=0)

    time.now += 0.5
    pacer.refused(pacer.sent(CALL), CALL, wait=30.0, unit=0)
    time.now += 30.0
    ask(pacer, time, calls=40, seconds=10.0, unit=0)

    assert pacer.paces[0].limit == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize(("refills", "rate"), [(True, 2.0), (False, 4.0)])
def test_a_server_that_tells_is_believed(refills, rate):
    """What refills does so at the rate it was used; what comes back at once is spread over the time."""
    pacer = Pacer(Clock())
    pacer.told(Window(requests=Quota(left=80, limit=120, reset=20.0, refills=refills)))

    assert pacer.paces[0].rate == rate


def test_nothing_left_is_waited_for():
    """With nothing left the lane rests until the reset, less the time that the reply was under way."""
    pacer = Pacer(Clock())
    pacer.told(Window(requests=Quota(left=0, limit=60, reset=20.0, refills=False), age=2.0))

    assert pacer.wait(CALL, in_flight=0) == 18.0


def test_a_slow_start_doubles():
    """A few calls at first, and twice as many once they are answered or a second has passed."""
    time = Clock()
    pacer = Pacer(time)

    assert pacer.wait(CALL, in_flight=int(FIRST_WIDTH)) > 0

    for _ in range(int(FIRST_WIDTH)):
        pacer.answered()

    assert pacer.wait(CALL, in_flight=2 * int(FIRST_WIDTH) - 1) == 0
    time.now = 1.0
    assert pacer.wait(CALL, in_flight=3 * int(FIRST_WIDTH)) == 0


def test_other_limits_keep_who_waits_in_place():
    """A change at run time loses nobody and no order."""
    order = []

    async def one(limits, number):
        async with limits.admit(1) as permit:
            permit.keep()
            order.append((number, clock()))

    async def act():
        limits = Limits(requests_per_minute=1, max_concurrency=4, clock=clock)
        async with anyio.create_task_group() as tasks:
            for number in range(6):
                tasks.start_soon(one, limits, number)
            await anyio.sleep(1)
            limits.change(requests_per_minute=60)

        return limits.standing

    standing = run(act)

    assert [number for number, _ in order] == list(range(6))
    assert all(later - earlier <= 1.01 for (_, earlier), (_, later) in pairwise(order[2:]))
    assert (standing.in_flight, standing.width, standing.requests_per_minute) == (0, None, 60)


@settings(max_examples=30)
@given(st.sets(st.integers(0, 11)), st.integers(1, 3))
def test_who_gives_up_takes_nothing(gone, width):
    """The others come in the order of asking, as soon as if those had never asked."""
    order = []

    async def one(limits, number):
        with anyio.move_on_after(0.5 if number in gone else 1e6):
            async with limits.admit(1) as permit:
                permit.keep()
                order.append(number)
                await anyio.sleep(1.0)

    async def act():
        limits = Limits(max_concurrency=width, clock=clock)
        async with anyio.create_task_group() as tasks:
            for number in range(12):
                tasks.start_soon(one, limits, number)

        assert limits.standing.in_flight == 0

    run(act)
    assert order == [number for number in range(12) if number not in gone or number < width]


def test_a_refusal_is_seen_in_the_standing():
    """What is found, and that the lane rests, can be shown."""

    async def act():
        limits = Limits(clock=clock)
        async with limits.admit(100, 100) as permit:
            permit.keep()
            permit.failed(RateLimited("slow", retry_after=7.0, unit="requests"))

        return limits.standing

    standing = run(act)

    assert (standing.refused, standing.waits) == (1, 7.0)
    assert standing.requests_per_minute is not None
