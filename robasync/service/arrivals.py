"""Notices that something came into a folder: the system tells, or time passes.

On Linux the system tells by inotify (watchfiles). What another machine writes to a network folder it
does not tell, nor anything beyond fs.inotify.max_user_watches folders: there the folder is looked at
every few seconds (inotify(7), "Limitations and caveats").
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import anyio

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0  # between two looks where nobody tells
CHECK_SECONDS = 600.0  # likewise where the system tells, should it have been too busy to tell all
STEP_MILLISECONDS = 500  # between two looks at what the system has told
BURST_MILLISECONDS = 1_000  # in which what it tells is taken together, at most

MOUNTS = Path("/proc/self/mountinfo")
REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "beegfs", "virtiofs"}
)

Ring = Callable[[], object]


async def notice(root: Path, ring: Ring, *, without: Sequence[Path] = ()) -> None:
    """Ring for whatever comes into ``root``, what comes into our own folders left out, until cancelled."""
    kind = file_system(root)

    if is_remote(kind):
        log.info(
            "New files are looked for every %g seconds: %s is on %s.",
            POLL_SECONDS,
            root,
            kind,
            extra={"event": "polling"},
        )
    elif find_spec("watchfiles") is None:
        log.info(
            "New files are looked for every %g seconds; quicker with watchfiles.",
            POLL_SECONDS,
            extra={"event": "polling"},
        )
    else:
        await _told(root, ring, without=without)

    await _every(POLL_SECONDS, ring)


def is_remote(kind: str) -> bool:
    """Return whether others may write to a file system of that kind without this machine noticing."""
    return kind in REMOTE or (kind.startswith("fuse.") and kind != "fuse.lxcfs")


def file_system(folder: Path, mounts: Path = MOUNTS) -> str:
    """Return the kind of file system that ``folder`` is on, "" where that is unknown."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""

    place, best, kind = folder.resolve(), Path(), ""

    for line in lines:
        # 36 35 98:0 / /mnt/a\040b rw shared:1 - ext4 /dev/sda rw (proc_pid_mountinfo(5))
        left, _, right = line.partition(" - ")
        fields, after = left.split(" "), right.split(" ")

        if len(fields) < 5:
            continue

        point = Path(_plain(fields[4]))

        if place.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, after[0]  # what is mounted later lies on top

    return kind


async def _told(root: Path, ring: Ring, *, without: Sequence[Path]) -> None:
    """Ring when the system tells of something new; return where it cannot."""
    from watchfiles import Change, awatch

    whole = _whole(root)
    own = tuple(os.path.join(_whole(folder), "") for folder in without)  # noqa: PTH118 - ends with a slash
    end = anyio.Event()

    def is_arrival(change: Change, path: str) -> bool:
        """Return whether a file came; told of every change, so no ``Path`` is made of it."""
        return change is Change.added and not path.startswith(own)

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_every, CHECK_SECONDS, ring)
            tasks.start_soon(_at_end, end)

            async for _ in awatch(
                whole,
                watch_filter=is_arrival,
                debounce=BURST_MILLISECONDS,
                step=STEP_MILLISECONDS,
                stop_event=end,
                force_polling=False,
                ignore_permission_denied=True,
            ):
                ring()

    except* (OSError, RuntimeError) as group:
        log.warning(
            "The system does not tell of new files (%s); they are looked for every %g seconds.",
            group.exceptions[0],
            POLL_SECONDS,
            extra={"event": "polling"},
        )


async def _every(seconds: float, ring: Ring) -> None:
    while True:
        ring()
        await anyio.sleep(seconds)


async def _at_end(end: anyio.Event) -> None:
    """Set ``end`` when cancelled: the thread that listens looks at nothing else."""
    try:
        await anyio.sleep_forever()
    finally:
        end.set()


def _whole(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - links stay, as in what the system tells


def _plain(field: str) -> str:
    """Return a path whose spaces, tabs, newlines and backslashes are written in octal."""
    for escape, plain in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(escape, plain)

    return field
