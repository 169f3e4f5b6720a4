"""Mending a session into a folder of its own; nothing that is there is changed.

What is written has the session's own file names, so that the folder is a session that can be
looked at, gone on with, or put in the place of the damaged one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from robasync.errors import StorageError
from robasync.store import checkpoint
from robasync.store.clock import local_time
from robasync.store.files import Files
from robasync.store.folding import fold
from robasync.store.index import Index
from robasync.store.places import Place
from robasync.store.saving import Options, Saving
from robasync.store.scan import Scan
from robasync.store.sealing import Locked
from robasync.store.snapshots import replace_file


def repair(files: Files, place: Place) -> Place:
    """Write journal, checkpoint and index of the session anew, from every record that is whole.

    Returns where the copy lies: in a new folder beside the session.

    The records are copied byte for byte, with the numbers they have. That some are lost only
    the damaged session tells for certain: a gap at the start of a commit group is what a crash
    leaves too. Without the key to an encrypted session the journal alone is written. Raises
    StorageError.
    """
    target = _folder(files, place)
    copy = Place(target / place.checkpoint.name, place.seal)

    try:
        files.make_folder(target)
        replace_file(
            files, copy.segment(1), _lines(files, place), temporary=target / "journal.tmp", validate=True
        )

        if not isinstance(place.seal, Locked):
            _write_copies(files, copy)
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror}.\nMake room, then again."
        raise StorageError(message) from error

    return copy


def _folder(files: Files, place: Place) -> Path:
    taken, number = set(files.names(place.folder)), 1

    while (name := f"{place.stem}.repaired-{number}") in taken:
        number += 1

    return place.folder / name


def _lines(files: Files, place: Place) -> Iterator[bytes]:
    for line, _ in Scan(files, place).lines():
        yield line.data + b"\n"


def _write_copies(files: Files, copy: Place) -> None:
    found = fold(files, copy)
    view = checkpoint.view(found.session, time=local_time(), segments=[copy.segment(1).name])
    Saving(files, copy, Options(backup_folder=copy.folder / "backups")).write(view)
    Index(files, copy, session=found.session, keys=found.keys, damage=found.damage).image()()
