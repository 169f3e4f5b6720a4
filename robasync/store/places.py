"""The names of a session's files, all derived from where its checkpoint lies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_SEGMENT = re.compile(r"(?P<stem>.+)\.journal(?:\.(?P<number>\d{4,6}))?\.jsonl")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one session lies. ``checkpoint`` is the path of its checkpoint file."""

    checkpoint: Path

    @property
    def folder(self) -> Path:
        """The folder of checkpoint, journal and lock."""
        return self.checkpoint.parent

    @property
    def stem(self) -> str:
        """The name that all of the session's files begin with."""
        return stem_of(self.checkpoint.name)

    @property
    def lock(self) -> Path:
        """The file that the writing process holds locked."""
        return self.folder / f"{self.stem}.lock"

    @property
    def temporary(self) -> Path:
        """The checkpoint while it is being written."""
        return self.folder / f"{self.stem}.checkpoint.tmp"

    def segment(self, number: int) -> Path:
        """Return the journal segment ``number``, counted from 1."""
        middle = "" if number == 1 else f".{number:04}"

        return self.folder / f"{self.stem}.journal{middle}.jsonl"

    def segments(self, names: list[str]) -> list[int]:
        """Return the numbers of this session's segments among the ``names`` of its folder."""
        found = (split_segment(name) for name in names)

        return sorted(number for stem, number in filter(None, found) if stem == self.stem)


def stem_of(name: str) -> str:
    """Return the stem of a checkpoint's file name."""
    return name.removesuffix(".json").removesuffix(".checkpoint")


def split_segment(name: str) -> tuple[str, int] | None:
    """Return stem and segment number if ``name`` is that of a journal segment."""
    match = _SEGMENT.fullmatch(name)

    return (match["stem"], int(match["number"] or 1)) if match else None
