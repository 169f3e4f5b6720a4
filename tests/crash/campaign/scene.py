"""A round's folder and server, what they show while a life runs, and when its moment has come."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests import reports
from tests.acceptance.harness import ROOT
from tests.crash.campaign import key
from tests.crash.campaign.plan import Inputs, Life
from tests.servers.openai_server import OpenAIServer

BYTES_EACH = 6_000  # about what one document adds to the journal
PAPER = "okafor-2012.pdf"
HANGING_SECONDS = 1.5  # without news, after which an open call counts as one that hangs
SECONDS = 1.2  # about what one life takes in peace
START_SECONDS = 0.5  # about what the command takes until it works


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One life as it can be watched from outside. ``left`` documents had no outcome when it began."""

    folder: Path
    server: OpenAIServer
    said: Path
    total: int
    left: int
    began: float = field(default_factory=time.time)

    def is_past(self, seconds: float) -> bool:
        """Whether the life is older than this."""
        return time.time() - self.began > seconds

    def journal_bytes(self) -> int:
        """Return the size of all segments."""
        return sum(path.stat().st_size for path in self.segments())

    def segments(self) -> list[Path]:
        """Return the journal's files."""
        return list((self.folder / "checkpoints").glob("*.journal*.jsonl"))

    def records(self, kind: str) -> int:
        """Return how many records of a kind the journal holds."""
        words = f'"kind":"{kind}"'.encode()

        return sum(path.read_bytes().count(words) for path in self.segments())

    def there(self, pattern: str) -> int:
        """Return how many files below the folder match."""
        return sum(1 for _ in self.folder.glob(pattern))

    def is_drafting(self, pattern: str) -> bool:
        """Whether a draft that matches is being written; one that a former life left is none."""
        for path in self.folder.glob(pattern):
            with suppress(FileNotFoundError):  # renamed meanwhile
                if path.stat().st_mtime > self.began:
                    return True

        return False

    def has_said(self, words: str) -> bool:
        """Whether the life has said this on stderr."""
        return words in self.said.read_text(errors="replace")


def write(folder: Path, inputs: Inputs) -> None:
    """Write a round's documents into ``folder``, and its key beside it."""
    reports.write(folder, inputs.texts)

    if inputs.mixed:
        shutil.copy(ROOT / "examples" / "trials" / PAPER, folder)
        (folder / "empty.txt").write_text("\n")

    (folder.parent / key.NAME).write_text(key.TEXT)


def stalling(server: OpenAIServer) -> Callable[[], bool]:
    """Return whether calls of this life hang, as a question that can be asked again and again."""
    at_start = server.counts.requests
    last, since = (0, 0), time.time()

    def is_stalled() -> bool:
        nonlocal last, since
        now = (server.counts.requests, server.counts.billed.total())

        if now != last:
            last, since = now, time.time()

        return now[0] > at_start and server.counts.open > 0 and time.time() - since > HANGING_SECONDS

    return is_stalled


def moment(life: Life, scene: Scene) -> Callable[[], bool]:
    """Return whether the life's moment has come, as a question that can be asked again and again."""
    part = round(life.share * scene.left)
    asked, billed = scene.server.counts.requests + part, scene.server.counts.billed.total() + part
    written, files = scene.journal_bytes() + part * BYTES_EACH, scene.there("out/results/*.json*") + part
    outcomes, ends = scene.records("outcome") + scene.left, scene.records("session_ended")

    moments: dict[str, Callable[[], bool]] = {
        "time": lambda: scene.is_past(life.share * SECONDS),
        "start": lambda: scene.is_past(life.share * START_SECONDS),
        "request": lambda: scene.server.counts.requests > asked,
        "bill": lambda: scene.server.counts.billed.total() > billed,
        "journal": lambda: scene.journal_bytes() > written,
        "checkpoint draft": lambda: scene.is_drafting("checkpoints/*.tmp"),
        "backup draft": lambda: scene.is_drafting("checkpoints/backups/*.tmp"),
        "result file": lambda: scene.there("out/results/*.json*") > files,
        "recovery": lambda: scene.has_said("Loading checkpoint"),
        "last outcome": lambda: scene.records("outcome") >= outcomes,
        "session end": lambda: scene.records("session_ended") > ends,
        "reports": lambda: scene.is_drafting("out/.*.%tmp"),
    }

    return moments[life.moment]
