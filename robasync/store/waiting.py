"""Waiting for a disk that refuses for now: when it is tried again, and who is told."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

# A full disk is cleaned up, a quota raised, a read-only or broken one mounted again.
MAY_PASS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})

FIRST_PAUSE = 0.1  # seconds before the disk is tried again; doubled each time
LONGEST_PAUSE = 5.0


class Waiting:
    """A state in the event loop: ``problem`` is what the disk says, "" while it takes records.

    While it is set, ``again`` is called after pauses that grow.
    """

    def __init__(
        self,
        again: Callable[[], None],
        *,
        on_trouble: Callable[[], None],
        on_relief: Callable[[], None],
    ) -> None:
        self.problem = ""
        self._again = again
        self._on_trouble = on_trouble
        self._on_relief = on_relief
        self._pause = FIRST_PAUSE
        self._timer: asyncio.TimerHandle | None = None

    def go_on(self, problem: str) -> None:
        """Note that the disk refused, or refused again; ``again`` is called after the next pause."""
        was_told, self.problem = bool(self.problem), problem

        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._fire)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

        if not was_told:
            self._on_trouble()

    def relieve(self) -> None:
        """Note that the disk takes records again."""
        if self.problem:
            self.problem = ""
            self._pause = FIRST_PAUSE
            self.cancel()
            self._on_relief()

    def end(self) -> None:
        """Wait no longer, without relief."""
        self.problem = ""
        self.cancel()

    def cancel(self) -> None:
        """Do not call ``again`` after the pause that is under way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        self._again()


def passing_problem(error: BaseException) -> str:
    """Return what the disk says, where it may take later what it refused; else ""."""
    cause = error.__cause__

    return cause.strerror or str(cause) if isinstance(cause, OSError) and cause.errno in MAY_PASS else ""
