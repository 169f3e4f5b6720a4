"""New files of a folder, each handed over once it is complete: a file that still grows is waited for."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

import anyio
from anyio.to_thread import run_sync

SETTLE_SECONDS = 2.0  # that size and time of change stay the same in a file that is complete
DISTANCE = 20  # looks at the whole folder are this many times the last one's duration apart

Look = Callable[[], Mapping[str, str]]
"""Returns the new files of the folder: name and path, in folder order. It is called in a thread."""


class Facts(NamedTuple):
    """What a file that is written to changes."""

    size: int
    mtime_ns: int
    inode: int


class Settling:
    """Files that are not known to be complete yet."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[str, tuple[Facts, float]] = {}

    def __bool__(self) -> bool:
        return bool(self._since)

    def complete(self, found: Mapping[str, Facts], *, now: float) -> list[str]:
        """Return the files that have stayed as they are, and forget these and all that are not ``found``.

        An empty file is one whose content is still to come.
        """
        before = self._since
        self._since = {
            name: before[name] if name in before and before[name][0] == facts else (facts, now)
            for name, facts in found.items()
        }
        ready = [
            name
            for name, (facts, since) in self._since.items()
            if facts.size and now - since >= self._seconds
        ]

        for name in ready:
            del self._since[name]

        return ready


class Inbox:
    """Waits for new files. ``look`` finds them all; whoever notices a change rings (``ring``).

    The folder is looked at when it was rung for, at most a twentieth of the time. Between such looks
    only files that may still grow are looked at, every ``settle`` seconds. With none of them, and no
    ring, nothing is done at all. ``pause`` and ``clock`` are those of the event loop.
    """

    def __init__(
        self,
        look: Look,
        *,
        settle: float = SETTLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[object]] = anyio.sleep,
    ) -> None:
        self._look = look
        self._settle = settle
        self._clock = clock
        self._pause = pause
        self._settling = Settling(settle)
        self._bell = anyio.Event()
        self._bell.set()  # files may have come before anybody listened
        self._earliest = 0.0
        self._paths: dict[str, str] = {}

    def ring(self) -> None:
        """Have the folder looked at soon; cheap, whatever the number of rings."""
        self._bell.set()

    async def complete(self) -> Sequence[str]:
        """Return new files, in folder order, once there are any that are complete.

        What is returned is not new any more: ``look`` has to know it before this is called again. Raises
        what ``look`` raises; the next call looks again when it is rung for.
        """
        while True:
            if self._bell.is_set() and self._clock() >= self._earliest:
                await self._look_around()

            if ready := await self._look_again():
                return ready

            if self._settling or self._bell.is_set():
                await self._pause(self._settle)
            else:
                await self._bell.wait()

    async def _look_around(self) -> None:
        self._bell = anyio.Event()
        began = self._clock()
        self._paths = {**await run_sync(self._look, abandon_on_cancel=True)}
        now = self._clock()
        self._earliest = now + DISTANCE * (now - began)

    async def _look_again(self) -> Sequence[str]:
        if not self._paths:
            return ()

        found = await run_sync(_facts, self._paths, abandon_on_cancel=True)
        ready = self._settling.complete(found, now=self._clock())
        self._paths = {name: self._paths[name] for name in found}

        for name in ready:
            del self._paths[name]

        return ready


def _facts(paths: Mapping[str, str]) -> dict[str, Facts]:
    """Return the facts of the files that are still there."""
    found: dict[str, Facts] = {}

    for name, path in paths.items():
        try:
            facts = os.stat(path)  # noqa: PTH116 - there may be a million
        except OSError:
            continue

        found[name] = Facts(facts.st_size, facts.st_mtime_ns, facts.st_ino)

    return found
