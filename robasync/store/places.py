"""The names of a session's files, all derived from where its checkpoint lies."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path

from robasync.store.packing import SUFFIXES
from robasync.store.sealing import PLAIN, Seal, bound

USUAL = Path("checkpoints")  # where sessions lie, and are looked for, unless the settings say otherwise

_SEGMENT = re.compile(r"(?P<stem>.+)\.journal(?:\.(?P<number>\d{4,6}))?\.jsonl")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one session lies, and the key to it.

    ``checkpoint`` is the path of its checkpoint file, not packed. All that reads and writes the
    session's records and files closes and opens them with ``seal``, which is bound to it.
    """

    checkpoint: Path
    seal: Seal = field(default=PLAIN, compare=False, repr=False)

    def sealed(self, seal: Seal, *, session: str) -> Place:
        """Return the same place with the seal of the session with that id."""
        return replace(self, seal=bound(seal, session))

    def packed(self, suffix: str) -> Path:
        """Return the path of the checkpoint that is compressed or sealed; "" is ``checkpoint``."""
        return self.checkpoint.with_name(f"{self.checkpoint.name}{suffix}")

    def checkpoints(self, names: list[str]) -> list[Path]:
        """Return the checkpoint, packed in whatever way, where it is among the ``names`` of its folder."""
        return [path for suffix in SUFFIXES if (path := self.packed(suffix)).name in names]

    def written(self, names: list[str]) -> Path:
        """Return the checkpoint among the ``names`` of its folder; the plain one where there is none."""
        return next(iter(self.checkpoints(names)), self.checkpoint)

    def named(self, session: str) -> str:
        """Return what means the session with that id in any command, as a word of the shell.

        That is its id where sessions are looked for anyway, else its checkpoint's path.
        """
        return session if self.folder.absolute() == USUAL.absolute() else shlex.quote(str(self.checkpoint))

    @property
    def is_sealed(self) -> bool:
        """Whether the session is encrypted."""
        return self.seal is not PLAIN

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

    @property
    def index(self) -> Path:
        """What was folded of the journal, to be had without reading it: a cache."""
        return self.folder / f"{self.stem}.index"

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
    return unpacked(name).removesuffix(".json").removesuffix(".checkpoint")


def unpacked(name: str) -> str:
    """Return a checkpoint's file name without what packing adds to it."""
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if suffix and name.endswith(suffix)), name)


def split_segment(name: str) -> tuple[str, int] | None:
    """Return stem and segment number if ``name`` is that of a journal segment."""
    match = _SEGMENT.fullmatch(name)

    return (match["stem"], int(match["number"] or 1)) if match else None
