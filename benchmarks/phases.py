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

from robasync import documents
from robasync.app import choosing, resuming
from robasync.app.run import Job, Live
from robasync.store.index import recall_keys

PHASES = ("imports", "open", "walk", "detect", "keys", "batches")


class Steps:
    """Seconds, seconds of processor time, and bytes in memory at the end, by phase."""

    def __init__(self, began: float) -> None:
        self.seconds = {"imports": time.time() - began}
        self.cpu = {"imports": time.process_time()}
        self.bytes = {"imports": probe.settled_rss()}
        self._start()

    def take(self, phase: str) -> None:
        """Count what has passed since the last one as ``phase``."""
        seconds, cpu = time.perf_counter() - self._last[0], time.process_time() - self._last[1]
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
        self.cpu[phase] = self.cpu.get(phase, 0.0) + cpu
        self.bytes[phase] = probe.settled_rss()
        self._start()

    def _start(self) -> None:
        self._last = time.perf_counter(), time.process_time()

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
            (choosing.Catalogue, "find", "open"),
            (resuming, "changes", "open"),
            (documents, "walk", "walk"),
            (resuming, "_detect", "detect"),
        ):
            stack.enter_context(patch.object(owner, name, steps.after(phase, getattr(owner, name))))

        keys = engine.resume(lambda job: _begin(job, steps))

    return {"seconds": steps.seconds, "cpu": steps.cpu, "bytes": steps.bytes, "keys": keys}


async def _begin(job: Job, steps: Steps) -> int:
    """Do what a run does before its first call, and end there. Return the bytes of its call keys."""
    live = Live(job)
    steps.take("detect")

    async with live.journal:
        await live.journal.append(job.first)
        await live.replies.load()
        steps.take("keys")
        next(iter(job.batches), None)
        steps.take("batches")

    return _keys(job)


def _keys(job: Job) -> int:
    """Return what the call keys take in memory: they come with the session, so they are read once more."""
    before = probe.settled_rss()
    keys = recall_keys(job.files, job.opened.place)
    taken = probe.settled_rss() - before
    del keys

    return taken
