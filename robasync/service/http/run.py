"""What is served: a run as these views and controls see it."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from robasync.service.newest import Newest
from robasync.service.status import State, Status

Beside = Callable[[], Coroutine[Any, Any, None]]  # runs until cancelled

FRESH_SECONDS = 0.5  # that one status serves every view: to count batches takes milliseconds


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all is well, in a word or two that name no file."""

    is_good: bool
    words: str


class Run(Protocol):
    """A run while it goes on. Nothing here waits."""

    def status(self) -> Status:
        """Return the session at this moment."""

    def checkpoint(self) -> None:
        """Have a checkpoint written now."""

    def pause(self) -> None:
        """Let no further document begin."""

    def go_on(self) -> None:
        """End a pause."""

    def set_workers(self, workers: int) -> None:
        """Let so many documents be in work at a time."""


class View:
    """A run as it was at most ``FRESH_SECONDS`` ago, and the newest of its documents."""

    def __init__(self, run: Run, newest: Newest, clock: Callable[[], float] = time.monotonic) -> None:
        self.run = run
        self.newest = newest
        self._clock = clock
        self._seen: tuple[float, Status] | None = None

    def status(self) -> Status:
        """Return the session as it is, or was a moment ago."""
        now = self._clock()

        if self._seen is None or now - self._seen[0] >= FRESH_SECONDS:
            self._seen = (now, self.run.status())

        return self._seen[1]

    def stale(self) -> None:
        """Look anew next time: somebody has changed something."""
        self._seen = None

    def health(self) -> Health:
        """Say whether the loop turns, as the answer shows, and the journal takes what it is given."""
        if self.status().progress.trouble is not None:
            return Health(is_good=False, words="waiting for the disk: no answer can be recorded")

        return Health(is_good=True, words="alive; answers are recorded")

    def readiness(self) -> Health:
        """Say whether a further document would begin."""
        state, health = self.status().state, self.health()

        if health.is_good and state in (State.PAUSED, State.DRAINING):
            return Health(is_good=False, words=state.value)

        return Health(is_good=True, words="ready") if health.is_good else health
