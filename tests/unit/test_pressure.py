"""Short memory: one warning, one checkpoint, half the slots, until it is ample again."""

from __future__ import annotations

import anyio
import pytest

from robasync.service import memory
from robasync.service.memory import Memory
from robasync.service.pressure import Pressure, reason
from robasync.slots import Slots
from tests.unit.test_memory import make_group

GIB = 1024**3


def used(percent: float, *, stalled: float = 0.0, strained: int = 0) -> Memory:
    return Memory("the control group job", int(percent * GIB), 100 * GIB, stalled, strained)


def watch(*looks):
    """Return a watcher of eight slots, the slots, and the reasons of its checkpoints."""
    slots, marked = Slots(8), []

    return Pressure(looks, slots=slots, mark=marked.append), slots, marked


def test_a_warning_marks_a_checkpoint_and_halves_the_slots_until_memory_is_ample(caplog):
    """Once, however long it lasts; between short and ample nothing changes."""
    pressure, slots, marked = watch()
    widths = []

    with caplog.at_level("INFO", "robasync"):
        for percent in (50, 89, 90, 95, 85, 80, 79, 89, 91):
            pressure.judge([used(percent)])
            widths.append(slots.limit)

    assert widths == [8, 8, 4, 4, 4, 4, 8, 8, 4]
    assert marked == ["memory pressure"] * 2
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == (
        "Memory is short: 90% of 100.0 GiB of the control group job are in use; "
        "4 workers go on until it is over."
    )
    assert said[1] == "Memory is no longer short; 8 workers go on."


@pytest.mark.parametrize(
    ("now", "before", "warned", "is_short"),
    [
        (used(10, stalled=0.2), 0, False, True),
        (used(10, stalled=0.1), 0, False, False),
        (used(10, stalled=0.1), 0, True, True),
        (used(10, stalled=0.04), 0, True, False),
        (used(85, strained=5), 4, False, True),
        (used(85, strained=5), 5, False, False),
        (used(50, strained=5), 4, False, False),  # file caches fill a group to its limit all the time
        (Memory("nothing", 1, 0), 0, False, False),
    ],
)
def test_waiting_for_memory_and_running_into_the_limit_warn_too(now, before, warned, is_short):
    """Two more signs than the bytes in use."""
    assert bool(reason(now, strained=before, warned=warned)) is is_short


def test_the_first_look_at_a_group_counts_nothing_that_was_before():
    """Running into the limit before this run began is no warning."""
    pressure, slots, _ = watch()
    pressure.judge([used(85, strained=1_000)])

    assert slots.limit == 8


def test_one_short_limit_among_several_is_enough():
    """And the warning ends when none is short any more."""
    pressure, slots, _ = watch()
    ample = Memory("this machine", 1, 100)
    pressure.judge([ample, used(95)])
    assert slots.limit == 4
    pressure.judge([ample])
    assert slots.limit == 8


async def test_files_of_a_group_are_watched(tmp_path, monkeypatch):
    """The way from a control group's files to the slots, in the event loop."""
    monkeypatch.setattr("robasync.service.pressure.LOOK_SECONDS", 0.001)
    folder = make_group(tmp_path / "job", memory__current=95, memory__max=100)
    pressure, slots, marked = watch(lambda: memory.group(folder))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pressure.run)

        with anyio.fail_after(10):
            while slots.limit != 4:
                await anyio.sleep(0)

            make_group(folder, memory__current=10)

            while slots.limit != 8:
                await anyio.sleep(0)

        tasks.cancel_scope.cancel()

    assert marked == ["memory pressure"]
