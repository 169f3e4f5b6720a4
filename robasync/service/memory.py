"""How short memory is: the limits of the control groups that this process is in, and the machine's.

Control groups are read in version 2 (memory.current, memory.high, memory.max, memory.stat,
memory.events, memory.pressure: https://docs.kernel.org/admin-guide/cgroup-v2.html and
accounting/psi.html). A file that is not there says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil

MEMBERSHIP = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")
MACHINE_PRESSURE = Path("/proc/pressure/memory")


class Memory(NamedTuple):
    """One look at one limit.

    ``used`` bytes of ``limit`` cannot be had back by dropping file caches. ``stalled`` is the
    share of the last ten seconds, 0 to 1, in which a task waited for memory. ``strained``
    counts how often the limit was run into since the group exists.
    """

    where: str
    used: int
    limit: int
    stalled: float = 0.0
    strained: int = 0


Look = Callable[[], Memory | None]


def looks(membership: Path = MEMBERSHIP, groups: Path = GROUPS) -> Sequence[Look]:
    """Return what to look at: each control group above this process, and the machine."""
    return (*(partial(group, folder) for folder in folders(membership, groups)), machine)


def group(folder: Path) -> Memory | None:
    """Return what a control group uses of its own limit; None where it has none."""
    limits = [limit for name in ("memory.high", "memory.max") if (limit := _number(folder / name))]
    current = _number(folder / "memory.current")

    if current is None or not limits:
        return None

    events = _table(folder / "memory.events")

    return Memory(
        where=f"the control group {folder.name}",
        used=max(0, current - _table(folder / "memory.stat").get("inactive_file", 0)),
        limit=min(limits),
        stalled=stalled(folder / "memory.pressure"),
        strained=sum(events.get(name, 0) for name in ("high", "max", "oom")),
    )


def machine(pressure: Path = MACHINE_PRESSURE) -> Memory | None:
    """Return what is used of the machine's memory; None where no file can be opened to read that."""
    try:
        found = psutil.virtual_memory()
    except OSError:
        return None

    return Memory("this machine", found.total - found.available, found.total, stalled(pressure))


def stalled(pressure: Path) -> float:
    """Return the share of the last ten seconds in which some task waited for memory, 0 if unknown."""
    for line in _text(pressure).splitlines():
        kind, _, values = line.partition(" ")

        with suppress(ValueError, KeyError):
            if kind == "some":
                return float(dict(value.split("=") for value in values.split())["avg10"]) / 100

    return 0.0


def folders(membership: Path, groups: Path) -> Iterator[Path]:
    """Yield the folder of this process's group in version 2 and of those above it."""
    for line in _text(membership).splitlines():
        if line.startswith("0::/"):
            own = groups / line.removeprefix("0::/")
            yield from (folder for folder in (own, *own.parents) if folder.is_relative_to(groups))


def _table(path: Path) -> dict[str, int]:
    pairs = (line.split() for line in _text(path).splitlines())

    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


def _number(path: Path) -> int | None:
    text = _text(path).strip()

    return int(text) if text.isdecimal() else None  # "max" is no limit


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
