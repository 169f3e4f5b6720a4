"""Memory is read from the control groups of version 2 and from the machine; what is missing says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from robasync.service import memory
from robasync.service.memory import Memory

GIB = 1024**3


def make_group(folder: Path, **files: object) -> Path:
    """Write a control group's files; ``__`` in a name stands for its dot."""
    folder.mkdir(parents=True, exist_ok=True)

    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(f"{content}\n")

    return folder


FULL = {
    "memory__current": 3 * GIB,
    "memory__high": 4 * GIB,
    "memory__max": 8 * GIB,
    "memory__stat": f"anon {2 * GIB}\nfile {GIB}\ninactive_file {GIB}",
    "memory__events": "low 0\nhigh 7\nmax 2\noom 1\noom_kill 0",
    "memory__pressure": "some avg10=12.50 avg60=0 avg300=0 total=9\nfull avg10=3.00 avg60=0 avg300=0 total=1",
}


def test_a_group_is_read_against_its_lowest_limit_without_file_caches(tmp_path):
    """memory.high counts before memory.max, and caches that can be dropped are not in use."""
    found = memory.group(make_group(tmp_path / "job", **FULL))

    assert found == Memory("the control group job", 2 * GIB, 4 * GIB, stalled=0.125, strained=10)


@pytest.mark.parametrize("limits", [{"memory__high": "max", "memory__max": "max"}, {}])
def test_a_group_without_a_limit_says_nothing(tmp_path, limits):
    """The word "max" is no limit, and neither is a missing file."""
    assert memory.group(make_group(tmp_path, memory__current=GIB, **limits)) is None


@pytest.mark.parametrize("missing", ["memory__stat", "memory__events", "memory__pressure", "memory__high"])
def test_a_missing_file_costs_only_what_it_says(tmp_path, missing):
    """Older kernels and containers leave some of them out."""
    files = {name: content for name, content in FULL.items() if name != missing}

    assert memory.group(make_group(tmp_path, **files)) is not None


@pytest.mark.parametrize("content", ["", "some", "some avg10=x", "some total=4", "\0\xff", "some avg10"])
def test_a_pressure_file_of_another_form_says_nothing(tmp_path, content):
    """No form of it ends the run."""
    path = tmp_path / "memory.pressure"
    path.write_bytes(content.encode("latin-1"))

    assert memory.stalled(path) == 0.0


def test_the_group_and_those_above_it_are_looked_at(tmp_path):
    """A limit may stand anywhere between this process and the root."""
    groups = tmp_path / "groups"
    make_group(groups / "slice" / "job", memory__current=1, memory__max="max")
    make_group(groups / "slice", memory__current=GIB, memory__max=2 * GIB)
    membership = tmp_path / "membership"
    membership.write_text("4:memory:/old\n0::/slice/job\n")
    found = [look() for look in memory.looks(membership, groups)]

    assert [one.where for one in found if one] == ["the control group slice", "this machine"]


def test_without_version_2_the_machine_is_looked_at(tmp_path):
    """The older control groups, and systems that have none, leave the machine's memory."""
    membership = tmp_path / "membership"
    membership.write_text("4:memory:/job\n")

    assert [look().where for look in memory.looks(membership, tmp_path)] == ["this machine"]
    assert [look().where for look in memory.looks(tmp_path / "none", tmp_path)] == ["this machine"]


def test_this_machine_can_be_read():
    """The real files of the system on which the tests run."""
    found = [one for look in memory.looks() if (one := look()) is not None]

    assert found[-1].where == "this machine"
    assert all(one.used >= 0 and one.limit > 0 and 0 <= one.stalled <= 1 for one in found)
