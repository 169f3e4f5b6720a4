"""Slots: never more holders than allowed, none lost, first come first served, at any width."""

from __future__ import annotations

import asyncio

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st

from robasync.slots import Slots


class Crowd:
    """Tasks that want slots; each acts when told to. ``inside`` holds them in the order of entry."""

    def __init__(self, slots: Slots, tasks: anyio.abc.TaskGroup) -> None:
        self.slots = slots
        self.tasks = tasks
        self.inside: list[int] = []
        self.scopes: dict[int, anyio.CancelScope] = {}
        self.came = 0

    async def come(self) -> None:
        self.tasks.start_soon(self._enter, self.came)
        self.came += 1
        await settled()

    async def leave(self) -> None:
        if self.inside:
            self.inside.pop(0)
            self.slots.release()

        await settled()

    async def give_up(self, number: int) -> None:
        if self.waiting:
            self.scopes[self.waiting[number % len(self.waiting)]].cancel()

        await settled()

    @property
    def waiting(self) -> list[int]:
        return sorted(self.scopes)

    async def _enter(self, number: int) -> None:
        with anyio.CancelScope() as self.scopes[number]:
            await self.slots.acquire()
            self.inside.append(number)

        del self.scopes[number]


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await checkpoint()


STEPS = st.one_of(
    st.just(("come", 0)),
    st.just(("leave", 0)),
    st.tuples(st.just("give_up"), st.integers(0, 5)),
    st.tuples(st.just("narrow"), st.sampled_from([0.0, 0.1, 0.5, 1.0])),
    st.just(("widen", 0)),
    st.just(("pause", 0)),
    st.just(("go_on", 0)),
    st.tuples(st.just("resize"), st.integers(1, 7)),
)


@given(width=st.integers(1, 5), steps=st.lists(STEPS, max_size=40))
def test_slots_hold_in_any_order_of_events(width, steps):
    """Nobody enters a full house, nobody waits before a free slot, and the line is kept."""

    async def play() -> None:
        slots = Slots(width)

        async with anyio.create_task_group() as tasks:
            crowd = Crowd(slots, tasks)

            for step, value in steps:
                held, first = len(crowd.inside), crowd.waiting[:1]
                await _step(crowd, step, value)
                entered = crowd.inside[held:] if step != "leave" else crowd.inside[held - 1 :]

                assert slots.is_paused == (slots.limit == 0)
                assert slots.limit <= slots.width
                assert slots.taken == len(crowd.inside)
                assert not entered or len(crowd.inside) <= slots.limit
                assert not crowd.waiting or len(crowd.inside) >= slots.limit
                assert not entered or not first or entered[0] == first[0]

            tasks.cancel_scope.cancel()

    anyio.run(play)


async def _step(crowd: Crowd, step: str, value: float) -> None:
    if step == "narrow":
        crowd.slots.narrow(value)
        await settled()
    elif step == "resize":
        crowd.slots.resize(int(value))
        await settled()
    elif step in {"widen", "pause", "go_on"}:
        getattr(crowd.slots, step)()
        await settled()
    elif step == "give_up":
        await crowd.give_up(int(value))
    else:
        await getattr(crowd, step)()


async def test_a_free_slot_is_had_without_a_turn_of_the_loop():
    """The common case costs no switch to another task."""
    slots, turns = Slots(2), []

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_note, turns)
        await slots.acquire()
        await slots.acquire()

        assert turns == []


async def test_a_slot_is_not_lost_with_a_task_that_is_cancelled_as_it_is_let_in():
    """Let in and cancelled in the same turn of the loop, it passes the slot on."""
    slots = Slots(1)
    await slots.acquire()
    task = asyncio.create_task(slots.acquire())
    await settled()
    slots.release()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task

    with anyio.fail_after(5):
        await slots.acquire()


async def test_a_cancelled_task_takes_no_free_slot():
    """What is to end does not begin."""
    slots = Slots(1)

    with anyio.CancelScope() as scope:
        scope.cancel()
        await slots.acquire()

    with anyio.fail_after(5):
        await slots.acquire()


@pytest.mark.parametrize(("width", "share", "limit"), [(8, 0.5, 4), (5, 0.5, 2), (1, 0.5, 1), (3, 0.0, 1)])
def test_narrow_leaves_at_least_one(width, share, limit):
    """Narrowing again does not narrow further, and widening restores the whole width."""
    slots = Slots(width)
    slots.narrow(share)
    slots.narrow(share)
    assert slots.limit == limit
    slots.widen()
    assert slots.limit == width


async def _note(turns: list[int]) -> None:
    turns.append(1)
