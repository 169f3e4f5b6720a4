"""Memory pressure: noticed before the system kills for it, said once, and said when it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import anyio
import anyio.to_thread

from robasync.service.memory import Look, Memory
from robasync.slots import Slots

log = logging.getLogger(__name__)

HALF = 0.5
LOOK_SECONDS = 2.0  # between two looks
SHORT, AMPLE = 0.90, 0.80  # of the limit in use: a warning begins, and may end
STALLED, SMOOTH = 0.20, 0.05  # of the time spent waiting for memory: likewise
STRAINED = 0.80  # of the limit in use, above which running into it is more than file caches


class Pressure:
    """Looks at memory every few seconds; ``is_short`` between a warning and its end.

    A warning marks a checkpoint with its reason and halves the slots; they are widened again
    when memory is ample. A look takes about 0.2 ms, in a thread: where memory is short even
    reading a small file may wait.
    """

    def __init__(self, looks: Sequence[Look], *, slots: Slots, mark: Callable[[str], None]) -> None:
        self._looks = looks
        self._slots = slots
        self._mark = mark
        self._strained: dict[str, int] = {}
        self.is_short = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.judge(await anyio.to_thread.run_sync(self._look))
            await anyio.sleep(LOOK_SECONDS)

    def judge(self, found: Sequence[Memory]) -> None:
        """Take one look at every limit, and do what follows from it."""
        before, self._strained = self._strained, {memory.where: memory.strained for memory in found}
        reasons = [
            reason(memory, strained=before.get(memory.where, memory.strained), warned=self.is_short)
            for memory in found
        ]
        why = next(filter(None, reasons), "")

        if why and not self.is_short:
            self._warn(why)
        elif self.is_short and not why:
            self._relieve()

    def _warn(self, why: str) -> None:
        self.is_short = True
        self._mark("memory pressure")
        self._slots.narrow(HALF)
        log.warning(
            "Memory is short: %s; %s until it is over.",
            why,
            _workers(self._slots.limit),
            extra={"event": "memory_short", "workers": self._slots.limit},
        )

    def _relieve(self) -> None:
        self.is_short = False
        self._slots.widen()
        log.info(
            "Memory is no longer short; %s.",
            _workers(self._slots.limit),
            extra={"event": "memory_enough", "workers": self._slots.limit},
        )

    def _look(self) -> list[Memory]:
        return [memory for look in self._looks if (memory := look()) is not None]


def reason(memory: Memory, *, strained: int, warned: bool) -> str:
    """Return why memory is short, "" where it is not.

    ``strained`` is the former look's. Once ``warned`` it has to become ample before the warning
    ends, so that it does not come and go with every document.
    """
    share = memory.used / memory.limit if memory.limit else 0.0

    if share >= (AMPLE if warned else SHORT):
        return f"{share:.0%} of {memory.limit / 1024**3:.1f} GiB of {memory.where} are in use"

    if memory.stalled >= (SMOOTH if warned else STALLED):
        return f"{memory.stalled:.0%} of the time goes into waiting for memory of {memory.where}"

    if memory.strained > strained and share >= STRAINED:
        return f"the limit of {memory.where} was run into"

    return ""


def _workers(count: int) -> str:
    return "1 worker goes on" if count == 1 else f"{count} workers go on"
