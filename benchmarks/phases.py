"""A resume up to its first call, with the time and the memory that each of its steps takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import Any
from unittest.mock import patch

import engine
import probe

from robasync import app, documents
from robasync.run import Job, Live

PHASES = ("imports", "open", "walk", "detect", "keys", "batches")


class Steps:
    """Seconds and bytes by phase; what is measured inside another phase is not counted twice."""

    def __init__(self, began: float) -> None:
        self.seconds = {"imports": time.time() - began}
        self.bytes = {"imports": probe.settled_rss()}
        self._last = time.perf_counter()

    def take(self, phase: str) -> None:
        """Count what has passed since the last one as ``phase``."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + time.perf_counter() - self._last
        self.bytes[phase] = probe.settled_rss()
        self._last = time.perf_counter()

    def after(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function``, at whose end a phase ends."""

        @wraps(function)
        def _timed(*arguments: Any, **named: Any) -> Any:
            value = function(*arguments, **named)
            self.take(phase)

            return value

        return _timed


def measure(began: float) -> dict:
    """Resume the session of the working folder to its first batch; ``began`` is when the process did."""
    steps = Steps(began)

    with ExitStack() as stack:
        for owner, name, phase in (
            (app.Catalogue, "find", "open"),
            (app.dialogue, "state", "open"),
            (documents, "walk", "walk"),
            (app, "_detect", "detect"),
        ):
            stack.enter_context(patch.object(owner, name, steps.after(phase, getattr(owner, name))))

        keys = engine.resume(lambda job: _begin(job, steps))

    return {"seconds": steps.seconds, "bytes": steps.bytes, "keys": keys}


async def _begin(job: Job, steps: Steps) -> int:
    """Do what a run does before its first call, and end there."""
    live = Live(job)
    steps.take("detect")

    async with live.journal:
        await live.journal.append(job.first)
        await live.replies.load()
        steps.take("keys")
        next(iter(job.batches), None)
        steps.take("batches")

    return sum(1 for _ in live.session.positions())
