"""What the facts of a machine mean for a run: fine, worth a look, or wrong. Pure functions.

Every check says what was found and, unless it is fine, what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from robasync.service.machine import FileSystem

CONFIGURATION = 2  # exit codes of DESIGN 6
STORAGE = 5

PIPES_PER_READER = 8  # file descriptors of a process that reads documents
OTHER_FILES = 64  # libraries, journal, checkpoint, results, standard streams
READER_BYTES = 300_000_000  # of a process that reads documents, at most as a rule
OWN_BYTES = 300_000_000  # of the run itself
PROMPT = 25e-6  # seconds; no disk answers a sync sooner, persistent memory and cheats do
SLOW = 0.1  # seconds of a sync from which on answers wait for the disk
DRIFT = 1.0  # seconds that the clock may be set while it is watched
AHEAD = 60.0  # seconds that a file may be younger than now, as clocks of file servers differ

_MEMORY = frozenset({"tmpfs", "ramfs"})
_LAYERS = frozenset({"overlay", "aufs"})
_SHARED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs"})


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    LOOK = "look"  # a run works, but a person should know
    WRONG = "wrong"  # it would not begin, or not keep its promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. ``advice`` is what to do; ``is_storage``: a disk is at fault."""

    name: str
    state: State
    fact: str
    advice: str = ""
    is_storage: bool = False


def exit_code(checks: Iterable[Check]) -> int:
    """Return 0 where nothing is wrong, 2 where settings or their like are, 5 where only disks are."""
    wrong = [check for check in checks if check.state is State.WRONG]

    if not wrong:
        return 0

    return STORAGE if all(check.is_storage for check in wrong) else CONFIGURATION


def descriptors(limit: int | None, *, workers: int, readers: int) -> Check:
    """Judge how many files may be open at a time; None is no limit."""
    name = "Open files"
    needed = workers + PIPES_PER_READER * readers + OTHER_FILES
    fact = (
        f"{'no limit' if limit is None else f'{limit:,} allowed'}; {workers:,} workers need about {needed:,}"
    )

    if limit is None or limit >= 2 * needed:
        return Check(name=name, state=State.OK, fact=fact)

    state = State.WRONG if limit < needed else State.LOOK
    fewer = max(1, workers * limit // needed // 2)
    advice = f"Before the run: ulimit -n {4 * needed}\nOr fewer workers: -w {fewer}"

    return Check(name=name, state=state, fact=fact, advice=advice)


def cores(number: int, *, quota: float | None) -> Check:
    """Judge the cores; ``quota`` is what the control group lets be used of them, None for all."""
    fact = f"{number} to use"

    if quota is None or quota >= number:
        return Check(name="Cores", state=State.OK, fact=fact)

    fact = f"{fact}, of which the container or service gets {quota:g}"
    advice = "Documents are read more slowly than the cores promise. Raise the limit, or leave it so."

    return Check(name="Cores", state=State.LOOK, fact=fact, advice=advice)


def memory(free: int, *, where: str, readers: int) -> Check:
    """Judge the bytes that are free below the nearest limit, ``where``."""
    needed = OWN_BYTES + READER_BYTES * readers
    fact = f"{free / 1e9:.1f} GB free below the limit of {where}; a run takes up to {needed / 1e9:.1f} GB"

    if free >= needed:
        return Check(name="Memory", state=State.OK, fact=fact)

    advice = (
        "Give it more memory, or fewer workers: -w 2. Work is not lost: under pressure fewer documents begin."
    )

    return Check(name="Memory", state=State.LOOK, fact=fact, advice=advice)


def clock(now: float, *, built: float, newest: float, drift: float) -> Check:
    """Judge the time ``now``, in seconds since the epoch.

    ``built`` is when this program was put together, ``newest`` when the youngest journal was written
    (0 without one), ``drift`` by how many seconds the clock was set while it was watched.
    """
    name, advice = "Clock", "Set the clock; with systemd: timedatectl set-ntp true"

    if now < built:
        fact = "it stands before the day on which this program was made; servers will refuse connections"
        return Check(name=name, state=State.WRONG, fact=fact, advice=advice)

    if now + AHEAD < newest:
        fact = f"it stands {(newest - now) / 60:,.0f} minutes before the newest journal"
        return Check(name=name, state=State.LOOK, fact=fact, advice=advice)

    if abs(drift) > DRIFT:
        fact = f"it was set by {drift:+.1f} seconds while this was running"
        return Check(name=name, state=State.LOOK, fact=fact, advice=advice)

    return Check(name=name, state=State.OK, fact="plausible, and runs evenly")


def syncs(seconds: Sequence[float], system: FileSystem | None) -> Check:
    """Judge what a sync on the checkpoint folder took, and what it is worth on its file system."""
    middle = median(seconds)
    kind = system.kind if system else "an unknown file system"
    fact = f"{_time(middle)} on {kind}, median of {len(seconds)}"
    doubt = _doubt(middle, system)

    return Check(name="Sync", state=State.LOOK if doubt else State.OK, fact=fact, advice=doubt)


def room(free: int, *, needed: int, expected: int, documents: int) -> Check:
    """Judge the free bytes: ``needed`` to begin, ``expected`` for journal and results in the end."""
    fact = f"{_size(free)} free"
    advice = "Free some, or name folders on another disk: paths.checkpoint_file and -o FOLDER"

    if documents:
        fact += f"; {documents:,} documents take about {_size(expected)}"

    if free < needed:
        fact = f"{_size(free)} free; no call is made with less than {_size(needed)}"
        return Check(name="Space", state=State.WRONG, fact=fact, advice=advice, is_storage=True)

    if free < expected:
        return Check(name="Space", state=State.LOOK, fact=fact, advice=advice)

    return Check(name="Space", state=State.OK, fact=fact)


def _doubt(seconds: float, system: FileSystem | None) -> str:
    """Return why a sync may not keep its word, or is slow; "" where nothing speaks against it."""
    kind = system.kind if system else ""
    elsewhere = "Name another folder: paths.checkpoint_file"

    if kind in _MEMORY:
        return f"This folder is kept in memory: a power cut or a restart takes every answer. {elsewhere}"

    if kind in _LAYERS:
        return f"This is the container's own layer and goes with it: mount a volume there. {elsewhere}"

    if kind in _SHARED or kind.startswith("fuse."):
        return (
            f"A network file system: what a sync is worth is up to its server. {elsewhere}, on a local disk."
        )

    if system and {"nobarrier", "barrier=0"} & set(system.options):
        return "It is mounted without write barriers: a power cut may take answers. Mount it with barriers."

    if seconds < PROMPT:
        return (
            "Faster than disks are: the sync may be ignored (eatmydata, a cache). Ask who runs the machine."
        )

    if seconds > SLOW:
        return f"Slow: each group of answers waits that long for the disk. A faster disk helps. {elsewhere}"

    return ""


def _time(seconds: float) -> str:
    if seconds < 1e-6:
        return "under a microsecond"

    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} microseconds"


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
