"""What a run does to its event loop, its processor and its memory, noted from inside."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from array import array
from collections.abc import Callable
from pathlib import Path

PERIOD = 0.005  # seconds between two ticks
_WARM = 20  # ticks that come before the first is noted


class Ticker:
    """Wakes every 5 ms in the event loop and notes how late it is, in seconds.

    Create it in the loop's thread.

    ``late`` is by the clock. ``own`` leaves out how long the machine ran others although the
    thread was ready to run (Linux's schedstat): on a machine that is busy with other things,
    only this tells what the program itself did to its loop.
    """

    def __init__(self) -> None:
        self.late = array("d")
        self.own = array("d")
        self._schedule = _open_schedule()

    async def run(self) -> None:
        """Tick until cancelled."""
        clock = asyncio.get_running_loop().time

        for _ in range(_WARM):
            await asyncio.sleep(PERIOD)

        while True:
            due, kept_waiting = clock() + PERIOD, self._kept_waiting()
            await asyncio.sleep(PERIOD)
            late = clock() - due
            self.late.append(max(late, 0.0))
            self.own.append(max(late - (self._kept_waiting() - kept_waiting), 0.0))

    def _kept_waiting(self) -> float:
        if self._schedule is None:
            return 0.0

        return int(os.pread(self._schedule, 64, 0).split()[1]) / 1e9


class Collections:
    """How long the garbage collector stopped everything, in processor time of the thread that it ran in."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._began = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _: object) -> None:
        if phase == "start":
            self._began = time.thread_time()
        else:
            self.longest = max(self.longest, time.thread_time() - self._began)


def percentile(values: array[float], share: float) -> float:
    """Return the value that ``share`` of the values do not exceed; 0 where there are none."""
    ordered = sorted(values)

    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def lateness(ticker: Ticker) -> dict[str, float]:
    """Return what a ticker noted: p99.9 and the longest, by the clock and of our own doing."""
    return {
        "p999": percentile(ticker.late, 0.999),
        "longest": max(ticker.late, default=0.0),
        "own_p999": percentile(ticker.own, 0.999),
        "own_longest": max(ticker.own, default=0.0),
    }


def cpu() -> float:
    """Return the seconds of processor time that this process and its living children have used."""
    tasks = Path("/proc/self/task").glob("*/children")
    children = {child for task in tasks for child in task.read_text().split()}

    return time.process_time() + sum(map(cpu_of, children))


def cpu_of(process: str | int) -> float:
    """Return the seconds of processor time that a process has used: utime and stime of proc(5)."""
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()

    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def rss() -> int:
    """Return the bytes that this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def settled_rss() -> int:
    """Return the same after what was freed has gone back to the system, as far as it does."""
    gc.collect()
    _trim()

    return rss()


def _open_schedule() -> int | None:
    try:
        return os.open("/proc/thread-self/schedstat", os.O_RDONLY)
    except OSError:
        return None


def _trim() -> None:
    import ctypes

    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)

    if trim is not None:
        trim(0)
