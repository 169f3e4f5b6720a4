"""Rotated copies of a checkpoint: at most so many, the oldest by place in the journal go first."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from robasync.store.files import Files
from robasync.store.places import Place, unpacked


def backup_name(place: Place, *, sequence: int, when: datetime) -> str:
    """Return the name of a backup of the checkpoint at journal place ``sequence``.

    It is the guide's name for a backup, with the place in the journal added:
    ``STEM.checkpoint_20241201_154533_000000001234.json``.
    """
    return f"{place.stem}.checkpoint_{when:%Y%m%d_%H%M%S}_{sequence:012}.json"


def backups(files: Files, place: Place, *, folder: Path) -> list[Path]:
    """Return the rotated backups of the session in ``folder``, newest first.

    Copies that people made are none of them and are left alone.
    """
    pattern = re.compile(re.escape(place.stem) + r"\.checkpoint_\d{8}_\d{6}_(\d{12,})\.json")
    names = [(name, pattern.fullmatch(unpacked(name))) for name in files.names(folder)]
    found = [(int(match[1]), name) for name, match in names if match]

    return [folder / name for _, name in sorted(found, reverse=True)]


def rotate(files: Files, place: Place, *, folder: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` rotated backups of the session."""
    surplus = backups(files, place, folder=folder)[keep:]

    for path in surplus:
        files.remove(path)

    if surplus:
        files.sync_folder(folder)
