"""An event loop whose clock jumps: a wait takes no time, and nothing else takes any."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    """Waits for no file, and not for long: what would be waited is added to ``now``."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Everybody waits, and for nothing that time brings.")

        self.now += max(timeout, 0.0)

        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Counts virtual seconds from 0; ``time`` is what anyio and asyncio go by."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run(act: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """Run ``act`` on virtual time and return what it does."""
    return anyio.run(act, *arguments, backend_options={"loop_factory": VirtualLoop})


def clock() -> float:
    """Return the virtual seconds of the running loop."""
    return asyncio.get_running_loop().time()
