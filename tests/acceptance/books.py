"""A journal's records against the server's bill: what was bought, and what only may have been."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from robasync.store import checkpoint
from tests.acceptance.harness import journal

NUMBER = re.compile(r"randomised controlled trial \((\d+)\)")


class Books:
    """The calls in the journal of the only session in ``folder``, by document.

    ``read`` makes a record of a line.
    """

    def __init__(self, folder: Path, read: Callable[[bytes], dict] = json.loads) -> None:
        self.lines = journal(folder, read)
        self.keys: dict[str, list[str]] = {}

        for line in self.lines:
            if line["key"]:
                self.keys.setdefault(line["key"], []).append(line["kind"])

        self.documents = {line["key"]: line["body"]["document"] for line in self.lines if line["key"]}

    @property
    def has_no_gaps(self) -> bool:
        return [line["seq"] for line in self.lines] == list(range(1, len(self.lines) + 1))

    @property
    def uncertain(self) -> Counter[str]:
        """How many calls of each document have an intent and no certain end."""
        taken_back = {line["key"] for line in self.of("call_failed") if line["body"]["certain"]}

        return Counter(
            self.documents[key]
            for key, kinds in self.keys.items()
            if "reply" not in kinds and key not in taken_back
        )

    @property
    def sent(self) -> int:
        """How many calls may have reached the server."""
        return len([kinds for kinds in self.keys.values() if "reply" in kinds]) + self.uncertain.total()

    @property
    def asked_again(self) -> list[str]:
        """The documents with an intent after a reply."""
        answered, again = set(), []

        for line in self.lines:
            document = line["body"].get("document") if isinstance(line["body"], dict) else None

            if line["kind"] == "reply":
                answered.add(document)
            elif line["kind"] == "intent" and document in answered:
                again.append(document)

        return again

    def of(self, kind: str) -> list[dict]:
        return [line for line in self.lines if line["kind"] == kind]

    def after(self, kind: str) -> list[str]:
        """Return the kinds of the records after the first one of ``kind``."""
        kinds = [line["kind"] for line in self.lines]

        return kinds[kinds.index(kind) + 1 :]


def billed(bills: Iterable[tuple[str, int]]) -> Counter[str]:
    """Return how often each made-up report was billed, by document name."""
    bought: Counter[str] = Counter()

    for text, times in bills:
        bought[f"trial-{int(NUMBER.search(text)[1]):05}.txt"] += times

    return bought


def read_checkpoint(folder: Path) -> checkpoint.Checkpoint:
    """Return the only checkpoint in ``folder``, which must be valid."""
    (path,) = (folder / "checkpoints").glob("*.checkpoint.json")

    return checkpoint.parse(path.read_bytes(), name=path.name)
