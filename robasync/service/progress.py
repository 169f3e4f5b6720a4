"""How far a run is, as numbers and as words. Pure: computed from counts and a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from robasync.trouble import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A run at one moment.

    ``done`` counts assessed and refused documents, ``failed`` those that failed. ``rate``
    is documents per second of this process while it was at work, ``seconds_left`` None where nothing
    has been finished yet. ``cost`` is None where a price is unknown, ``trouble``
    where the disk takes what it is given. ``is_waiting`` says that nothing is left until a file comes.
    """

    total: int
    done: int
    failed: int
    rate: float
    seconds_left: float | None
    cost: float | None
    currency: str
    trouble: Trouble | None = None
    is_waiting: bool = False

    @property
    def left(self) -> int:
        """The number of documents without an outcome."""
        return max(0, self.total - self.done - self.failed)


class Stopwatch:
    """Counts the seconds at work: a wait for files, or a pause, tells nothing of the pace."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked = clock()
        self._seconds = 0.0

    def seconds(self, *, is_resting: bool) -> float:
        """Return the sum; the time since the last look counts as what is done now, so look often."""
        before, self._looked = self._looked, self._clock()

        if not is_resting:
            self._seconds += self._looked - before

        return self._seconds


def measure(
    *,
    total: int,
    done: int,
    failed: int,
    at_start: int,
    elapsed: float,
    cost: float | None,
    currency: str,
    trouble: Trouble | None = None,
    is_waiting: bool = False,
) -> Progress:
    """Return the progress after ``elapsed`` seconds; ``at_start`` documents were finished before them."""
    finished = done + failed - at_start
    rate = finished / elapsed if elapsed > 0 else 0.0
    left = max(0, total - done - failed)

    return Progress(
        total=total,
        done=done,
        failed=failed,
        rate=rate,
        seconds_left=left / rate if rate > 0 else None,
        cost=cost,
        currency=currency,
        trouble=trouble,
        is_waiting=is_waiting,
    )


def words(progress: Progress) -> str:
    """Return ``148 of 200 done, 2 failed, 50 left, 12.3/min, about 4 min left, cost 1.20 USD``."""
    parts = [
        f"{progress.done} of {progress.total} done",
        f"{progress.failed} failed",
        f"{progress.left} left",
        f"{progress.rate * 60:.1f}/min",
    ]

    if progress.seconds_left is not None and progress.left and progress.trouble is None:
        parts.append(f"about {duration(progress.seconds_left)} left")

    parts.append(price(progress.cost, progress.currency))

    counts = ", ".join(parts)

    if progress.trouble is not None:
        return f"{progress.trouble}; {counts}"

    return f"waiting for files; {counts}" if progress.is_waiting else counts


def price(cost: float | None, currency: str) -> str:
    """Return ``cost 1.20 USD``, or ``price unknown``."""
    if cost is None:
        return "price unknown"

    return f"cost {cost:.2f} {currency}" if cost == 0 or cost >= 0.01 else f"cost {cost:.4f} {currency}"


def at_most(cost: float | None, currency: str) -> str:
    """Return ``at most 1.20 USD``, or ``price unknown``."""
    words = price(cost, currency)

    return words if cost is None else f"at most {words.removeprefix('cost ')}"


def duration(seconds: float) -> str:
    """Return a length of time in words: 45 s, 4 min, 3 h 20 min, 2 d 4 h."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"

    minutes = round(seconds / 60)

    if minutes < 60:
        return f"{minutes} min"

    hours, minutes = divmod(minutes, 60)

    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"

    days, hours = divmod(hours, 24)

    return f"{days} d {hours} h" if hours else f"{days} d"
