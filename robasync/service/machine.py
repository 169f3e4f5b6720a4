"""What the machine gives this process."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from robasync.service import memory

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]


class FileSystem(NamedTuple):
    """Where a folder lies: the kind of file system, as "ext4", and the options it is mounted with."""

    kind: str
    options: tuple[str, ...] = ()


class Mount(NamedTuple):
    """A line of the table of mounts."""

    point: Path
    system: FileSystem


def cores() -> int:
    """Return the cores that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))

    return os.cpu_count() or 1


def quota(membership: Path = memory.MEMBERSHIP, groups: Path = memory.GROUPS) -> float | None:
    """Return the fewest cores that a control group above this process allows; None without a limit."""
    found = []

    for folder in memory.folders(membership, groups):
        with suppress(OSError, ValueError):
            allowed, period = (folder / "cpu.max").read_text(encoding="ascii").split()
            found.append(int(allowed) / int(period))  # "max" is no number, and no limit

    return min(found, default=None)


def descriptors() -> int | None:
    """Return how many files this process may have open; None without a limit."""
    if resource is None:
        return None

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)

    return None if soft == resource.RLIM_INFINITY else soft


def filesystem(folder: Path) -> FileSystem | None:
    """Return the file system of an existing folder; None where the system does not say."""
    mounts = (
        Mount(Path(one.mountpoint), FileSystem(one.fstype, tuple(one.opts.split(","))))
        for one in psutil.disk_partitions(all=True)
    )

    return holding(folder.resolve(), mounts)


def holding(folder: Path, mounts: Iterable[Mount]) -> FileSystem | None:
    """Return the file system of the deepest mount above ``folder``; of two at one point the later."""
    above = [mount for mount in mounts if folder.is_relative_to(mount.point)]
    deepest = max((len(mount.point.parts) for mount in above), default=0)

    return next((one.system for one in reversed(above) if len(one.point.parts) == deepest), None)


def lives(pid: int) -> bool:
    """Return whether a process with that number is there on this machine."""
    return psutil.pid_exists(pid)
