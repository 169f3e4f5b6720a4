"""What the rules of resuming say of one working folder: which documents are done, by which settings.

A plain model of DESIGN 4, "Resume" and "Identity in layers". It learns from the journals only
which outcomes became durable before a life ended; what is to be done it works out by itself.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests import reports

BODY = re.compile(rb"chatcmpl-([0-9a-f]{24})")  # a reply is named after the body that was sent
HOLLOW = 0  # the number of a file that has too little text to be a report

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Wanted:
    """The settings that decide an outcome: two that a call depends on, and one that a judgement does."""

    model_name: str = "m1"
    max_tokens: int = 4096
    low: int = 5

    @property
    def calls(self) -> tuple[str, int]:
        return self.model_name, self.max_tokens

    def write(self, folder: Path, url: str) -> str:
        """Write a settings file; return its name."""
        name = f"{self.model_name}-{self.max_tokens}-{self.low}.json"
        model = {
            "name": "local",
            "model_name": self.model_name,
            "base_url": url,
            "max_tokens": self.max_tokens,
        }
        content = {
            "llm_models": [{"name": "local", **model, "price": {"input": 1, "output": 2}}],
            "cost_tracking": {"max_cost_threshold": 1_000},
            "domain6": {"thresholds": {"definitely_low": self.low, "probably_low": 10, "probably_high": 15}},
            "rob_framework": {"core_items": ["1", "6"]},
            "processing": {"eval_optional_items": False},
            "checkpoint_system": {"backup_interval": 2},
        }
        (folder / name).write_text(json.dumps(content))

        return name


@dataclass(frozen=True)
class Judged:
    """What an outcome is about: a report by number, the file as it was, and the settings then."""

    number: int
    stamp: Stamp
    wanted: Wanted


@dataclass
class Session:
    """A session as it must be. ``begun`` are the settings of its start, ``wanted`` those saved now.

    ``gone`` are documents that were not there when it was gone on with: nothing waits for them.
    """

    id: str
    begun: Wanted
    wanted: Wanted
    output: str = ""
    lines: int = 0
    newest: str = ""
    known: set[str] = field(default_factory=set, repr=False)
    judged: dict[str, Judged] = field(default_factory=dict, repr=False)
    left: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def due(self, folder: Path, *, reassess: bool, verify: bool) -> set[str]:
        """Return the documents that a resume must do: left, new, visibly changed; all to reassess."""
        present = contents(folder)

        return {
            name
            for name, number in present.items()
            if reassess
            or name not in self.judged
            or name in self.left
            or (
                number != self.judged[name].number
                and (verify or stamp(folder / name) != self.judged[name].stamp)
            )
        }

    def learn(self, lines: list[dict], folder: Path, wanted: Wanted) -> set[str]:
        """Take in what a life with these settings added; return the documents that it did."""
        present, done = contents(folder), set()

        for line in lines[self.lines :]:
            body = line["body"]

            if line["kind"] in ("session_started", "session_resumed"):
                self.wanted, self.output = wanted, body["output_folder"]
                self.gone = self.known - present.keys()

            for name in body.get("moved", ()) if line["kind"] == "session_resumed" else ():
                self.judged.pop(name, None)

            if "reopened" in body:
                self.left = self.known - set(body["reopened"]["except"])

            if line["kind"] == "batch_started":
                fresh = set(body["documents"]) - self.known
                self.left |= fresh
                self.known |= fresh

            if line["kind"] == "outcome":
                name = body["document"]
                self.judged[name] = Judged(present[name], stamp(folder / name), wanted)
                self.known.add(name)
                self.left.discard(name)
                done.add(name)

        self.lines, self.newest = len(lines), lines[-1]["time"]

        return done


def text(number: int) -> str:
    """Return report ``number``: all from 100 to 599 have one length."""
    return reports.text(number) if number != HOLLOW else "Nothing to read here."


def contents(folder: Path) -> dict[str, int]:
    """Return which report each file in ``folder`` is, by name."""
    return {path.name: _number(path) for path in sorted(folder.iterdir())}


def _number(path: Path) -> int:
    found = re.search(r"trial \((\d+)\)", path.read_text())

    return int(found[1]) if found else HOLLOW


def stamp(path: Path) -> Stamp:
    """Return what a look at the file, without reading it, tells."""
    facts = path.stat()

    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def journals(folder: Path) -> dict[str, list[dict]]:
    """Return the whole lines of each session's journal in ``folder``, by the session's id."""
    found = {}

    for path in folder.glob("*.journal.jsonl"):
        lines = [_line(line) for line in path.read_bytes().split(b"\n")[:-1]]
        whole = [line for line in lines if line is not None]

        if whole:
            found[whole[0]["body"]["session_id"]] = whole

    return found


def _line(line: bytes) -> dict | None:
    try:
        return json.loads(line)
    except ValueError:
        return None  # what was torn


def recorded(folder: Path) -> set[str]:
    """Return the bodies, by digest, whose replies are in any journal."""
    paths = folder.glob("*.journal.jsonl")

    return {digest.decode() for path in paths for digest in BODY.findall(path.read_bytes())}


def calls(folder: Path) -> tuple[int, int]:
    """Return how many calls in all journals have their reply, and of how many the end is uncertain."""
    answered = uncertain = 0

    for lines in journals(folder).values():
        kinds = [(line["key"], line["kind"]) for line in lines]
        asked = Counter(key for key, kind in kinds if kind == "intent")
        ends = {
            name: Counter(key for key, kind in kinds if kind == name) for name in ("reply", "call_failed")
        }

        for key, times in asked.items():
            bought = min(times, ends["reply"][key])
            answered += bought
            uncertain += max(0, times - bought - ends["call_failed"][key])

    return answered, uncertain
