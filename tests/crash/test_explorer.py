"""At every operation, whatever a crash may leave: no acknowledged record is lost, none is invented."""

from __future__ import annotations

import pytest

from robasync.store.operations import Deed
from tests.crash.explorer import scenarios
from tests.crash.explorer.explore import Explorer

pytestmark = pytest.mark.long

ENOUGH = 10_000  # different disks

SCRIPTS = [
    scenarios.groups,
    scenarios.segments,
    scenarios.resumed,
    scenarios.checkpoints,
    scenarios.indexed,
    scenarios.at_once,
]
FAULTS = {
    "a sync fails and drops what it had": (1, Deed.SYNC, {"keeps": False}),
    "a sync fails, the next one works": (3, Deed.SYNC, {"keeps": True}),
    "a write fails halfway": (3, Deed.WRITE, {"part": 0.5}),
}


def test_every_disk_that_a_crash_may_leave_opens_with_what_was_promised(show):
    """Journal, segments, checkpoint, backups, lock, index and recovery itself; at least 10,000 disks."""
    courses = {script.__name__.replace("_", " "): scenarios.course(script) for script in SCRIPTS}
    courses |= {
        name: scenarios.course(scenarios.groups, faults=scenarios.failing(nth, deed, **how))
        for name, (nth, deed, how) in FAULTS.items()
    }
    explorer, lines = Explorer(), []

    for name, course in courses.items():
        before = len(explorer.seen)
        explorer.explore(course)
        lines.append(
            f"  {name:<36}{len(course.files.log):>6} operations{len(explorer.seen) - before:>7} disks"
        )

    show(f"crash states: {len(explorer.seen)} different disks", *lines)

    for deed, count in explorer.operations.most_common():
        states = explorer.states[deed]
        show(f"  after {deed:<30}{count:>6} operations{states:>7} disks{states / count:>7.1f} each")

    assert len(explorer.seen) >= ENOUGH
