"""A run of robasync as ``robasync.run`` composes it, for benchmarks: its job, a model in this process.

Everything lies in the working folder, as for the command: ``in``, ``out``, ``checkpoints``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import robasync  # noqa: E402
from robasync import assembly, folders, prompt  # noqa: E402
from robasync.assess import Assessor  # noqa: E402
from robasync.batches import plan as plan_batches  # noqa: E402
from robasync.calls import Gate  # noqa: E402
from robasync.documents import Folder  # noqa: E402
from robasync.model import Completion, Prompt  # noqa: E402
from robasync.providers import chat  # noqa: E402
from robasync.providers.openai import Dialect, encode  # noqa: E402
from robasync.records import Kind, Record  # noqa: E402
from robasync.run import Job  # noqa: E402
from robasync.selection import Selection  # noqa: E402
from robasync.settings import load, sizes, snapshot  # noqa: E402
from robasync.store.files import DiskFiles  # noqa: E402
from robasync.store.opening import opened  # noqa: E402
from robasync.store.places import Place  # noqa: E402
from tests.servers import openai_server  # noqa: E402

SESSION = "rob_session_20241201_143022"
MODEL = "m"


class Local:
    """The local server's model without the wire: the first answer, for every prompt, after ``latency`` s."""

    def __init__(self, url: str, *, latency: float = 0.0) -> None:
        self.endpoint = f"openai {url}"
        self.model = MODEL
        self._latency = latency
        self._answer = b""

    async def complete(self, prompt: Prompt) -> bytes:
        """Return the raw reply."""
        if not self._answer:
            body = encode(prompt, model=MODEL, dialect=Dialect())
            self._answer, _, _ = openai_server.completion(body)

        await anyio.sleep(self._latency)

        return self._answer

    def read(self, raw: bytes) -> Completion:
        """Take the wire format off."""
        return chat.read(raw, who=self.model)


def settings(url: str, *, items: str = "1", workers: int = 256) -> dict[str, Any]:
    """Return a settings file's content. ``items`` are the ids of those asked, or "all"."""
    asked = {"core_items": True, "optional_items": True}

    if items != "all":
        asked = {"core_items": items.split(","), "optional_items": False}

    return {
        "paths": {"input_folder": "in", "output_folder": "out"},
        "llm_models": [{"name": MODEL, "model_name": MODEL, "base_url": url}],
        "parallel": {"max_workers": workers},
        "rob_framework": asked,
    }


@contextmanager
def job(folder: Folder, *, total: int) -> Iterator[Job]:
    """Hold a new session of ``total`` documents in the working folder, and give its job."""
    settings = load(file=Path("settings.json"), environment=False)
    files = DiskFiles()
    place = Place(folders.checkpoints(settings) / f"{SESSION}.checkpoint.json")

    with opened(files, place) as session:
        yield Job(
            settings=settings,
            plan=assembly.plan(settings, model=None),
            folder=folder,
            files=files,
            opened=session,
            session_id=SESSION,
            first=Record(Kind.SESSION_STARTED, _body(settings, total=total)),
            batches=lambda session: plan_batches(
                folder.names,
                list(session.batches),
                size=sizes.batch_size(settings),
                is_left=lambda name: session.status(name) is None,
            ),
            others=(),
            workers=sizes.workers(settings, cores=1),
            cores=1,
        )


def assessor(plan: assembly.Plan, gate: Gate) -> Assessor:
    """Return the assessor of a plan behind ``gate``, as ``assembly`` makes it."""
    assert plan.model is not None

    return Assessor(
        name=plan.assessor,
        kind=plan.kind,
        gate=gate,
        instrument=plan.instrument,
        questionnaire=prompt.questionnaire(plan.instrument, plan.items, outcome=plan.result),
        thresholds=plan.thresholds,
        result=plan.result,
        max_tokens=plan.model.max_tokens,
        temperature=plan.model.temperature,
    )


def _body(settings: Any, *, total: int) -> dict[str, Any]:
    return {
        "session_id": SESSION,
        "robasync": robasync.__version__,
        "selection": asdict(Selection()),
        "fingerprint": "",
        "workers": sizes.workers(settings, cores=1),
        "input_folder": str(settings.paths.input_folder),
        "output_folder": str(settings.paths.output_folder),
        "total": total,
        "config": snapshot(settings),
        "batch_size": sizes.batch_size(settings),
    }
