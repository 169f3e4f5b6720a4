"""robasync's own way to a run, up to where it begins; and a model in this process.

``start`` and ``resume`` do all that the commands do in the working folder (settings, walk, lock,
opening, work detection), then hand the job to a function of the benchmark in place of
``robasync.app.run.execute``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import anyio

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from robasync.app import assembly, assessors, sessions  # noqa: E402
from robasync.app.resuming import Request  # noqa: E402
from robasync.app.run import Job  # noqa: E402
from robasync.assess import Assessor  # noqa: E402
from robasync.gate.calls import Gate  # noqa: E402
from robasync.model import Completion, Prompt  # noqa: E402
from robasync.providers import chat  # noqa: E402
from robasync.providers.openai import Dialect, encode  # noqa: E402
from robasync.selection import Selection  # noqa: E402
from robasync.service.signals import Signals  # noqa: E402
from robasync.settings import load  # noqa: E402
from tests.servers import openai_server  # noqa: E402

SETTINGS = Path("settings.json")
MODEL = "m"
NOWHERE = "http://127.0.0.1:9/v1"  # nobody listens there
WORKERS = 256

T = TypeVar("T")


class Local:
    """The local server's model without the wire: its first answer, for every prompt, after ``latency`` s."""

    def __init__(self, url: str, *, latency: float = 0.0) -> None:
        self.endpoint = f"openai {url}"
        self.model = MODEL
        self._latency = latency
        self._answer = b""

    async def complete(self, prompt: Prompt) -> bytes:
        """Return the raw reply."""
        if not self._answer:
            body = encode(prompt, model=MODEL, dialect=Dialect())
            self._answer = openai_server.completion(body).raw

        await anyio.sleep(self._latency)

        return self._answer

    def read(self, raw: bytes) -> Completion:
        """Take the wire format off."""
        return chat.read(raw, who=self.model)


def settings(url: str, *, items: str = "1", workers: int = WORKERS) -> dict[str, Any]:
    """Return a settings file's content. ``items`` are the ids of those asked, or "all"."""
    asked: dict[str, Any] = {"core_items": True, "optional_items": True}

    if items != "all":
        asked = {"core_items": items.split(","), "optional_items": False}

    return {
        "paths": {"input_folder": "in", "output_folder": "out"},
        "llm_models": [{"name": MODEL, "model_name": MODEL, "base_url": url, "local": True}],
        "parallel": {"max_workers": workers},
        "rob_framework": asked,
    }


def start(execute: Callable[[Job], Awaitable[T]]) -> T:
    """Begin a session in the working folder and return what ``execute`` makes of its job."""
    with patch.object(sessions, "execute", _without_screen(execute)):
        chosen = load(file=SETTINGS, environment=False)

        return sessions.start(chosen, selection=Selection(), new=True, signals=Signals(), show=_unseen)


def resume(execute: Callable[[Job], Awaitable[T]]) -> T:
    """Go on with the newest session of the working folder likewise."""
    with patch.object(sessions, "execute", _without_screen(execute)):
        return sessions.resume(Request(), signals=Signals(), show=_unseen)


def assessor(plan: assembly.Plan, gate: Gate) -> Assessor:
    """Return the assessor of a plan behind ``gate``, as ``assembly`` makes it."""
    assert plan.model is not None

    return Assessor(
        name=plan.assessor,
        kind=plan.kind,
        inquiry=assessors.inquiry(plan, gate),
        instrument=plan.instrument,
        items=plan.items,
        thresholds=plan.thresholds,
        result=plan.result,
    )


def dump(value: object) -> str:
    """Return a measure as the one line that a benchmark's process prints."""
    return json.dumps(value)


def _without_screen(execute: Callable[[Job], Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    async def _execute(job: Job, signals: Signals, show: object) -> T:
        del signals, show

        return await execute(job)

    return _execute


def _unseen(progress: object) -> None:
    del progress
