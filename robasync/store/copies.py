"""Copies of checkpoints: rotated ones, and those that people made; whose they are, by name or by content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from robasync.errors import CheckpointError
from robasync.store.compression import decompressed
from robasync.store.files import Files
from robasync.store.packing import label
from robasync.store.places import Place, split_segment, stem_of, unpacked
from robasync.store.restoring import whole

_ROTATED = re.compile(r"(?P<stem>.+)\.checkpoint_\d{8}_\d{6}_\d{12,}\.json")


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that is, or was meant to be, a copy of a checkpoint.

    ``stem`` is that of the session whose rotated copy its name says it is, "" where it says no
    such thing; ``session`` the id that the file itself names, "" where it cannot be read.
    """

    path: Path
    stem: str
    session: str

    def is_of(self, place: Place, session: str) -> bool:
        """Return whether it belongs to that session; what a file says counts for more than its name."""
        return self.session == session if self.session else self.stem == place.stem


def rotated_of(name: str) -> str:
    """Return the stem of the session whose rotated copy has that name, "" where it is none."""
    match = _ROTATED.fullmatch(unpacked(name))

    return match["stem"] if match else ""


def copies(files: Files, folders: Iterable[Path], places: Sequence[Place]) -> Iterator[Copy]:
    """Yield the copies in ``folders``; ``places`` are those of the sessions, whose own checkpoints are none.

    Of a file whose name says nothing of a checkpoint, only one that holds one is taken for a copy.
    """
    own = {(place.folder / place.checkpoint.name).absolute() for place in places}
    stems = {place.stem for place in places}

    for folder in dict.fromkeys(folders):
        names = files.names(folder)
        journals = {split[0] for split in map(split_segment, names) if split}

        for name in names:
            path, plain = folder / name, unpacked(name)

            if not plain.endswith(".json") or stem_of(name) in journals:
                continue

            session = owner(files, path)
            is_named = ".checkpoint" in plain or any(plain.startswith(f"{stem}.") for stem in stems)
            is_own = path.with_name(plain).absolute() in own

            if (session or is_named) and not is_own:
                yield Copy(path, rotated_of(plain), session)


def owner(files: Files, path: Path) -> str:
    """Return the id of the session whose checkpoint the file holds, without any key; "" if none."""
    try:
        data = whole(files, path)
    except (OSError, CheckpointError):
        return ""

    if (found := label(data)) is not None:
        return found.session if found.kind == "checkpoint" else ""

    try:
        content = orjson.loads(decompressed(data, name=path.name))
    except (CheckpointError, orjson.JSONDecodeError):
        return ""

    named = content.get("session_id") if isinstance(content, dict) else None

    return named if isinstance(named, str) else ""
