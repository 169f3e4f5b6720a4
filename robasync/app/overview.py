"""A session in all its figures, without changing a byte of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from robasync.app import accounts, choosing
from robasync.books import LoggedError
from robasync.errors import SettingsError
from robasync.session import Session
from robasync.settings import Change, Settings, changes, load
from robasync.store.backups import backups
from robasync.store.files import Files
from robasync.store.looking import LookingFiles
from robasync.store.opening import read_only
from robasync.store.places import Place

ERRORS = 10  # of the newest that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a session; ``size`` in bytes."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is known of a session. ``newest`` is when its newest record was made.

    ``cost`` is None where a price is unknown. ``differing`` are the settings that are not the
    defaults; ``problem`` says why they cannot be told.
    """

    session: Session
    newest: datetime
    files: tuple[File, ...]
    backups: tuple[File, ...]
    cost: float | None
    currency: str
    differing: tuple[Change, ...]
    problem: str = ""

    @property
    def errors(self) -> tuple[LoggedError, ...]:
        """The newest errors, the newest first."""
        return tuple(reversed(self.session.errors))[:ERRORS]


def overview(name: str | None, *, config: Path | None, overrides: Mapping[str, Any]) -> Overview:
    """Return what is known of the session that ``name`` means; None is the newest.

    A session that another process writes is shown as it is on the disk just now. Raises
    SessionNotFound, CheckpointError where its journal is missing, SealError, StorageError.
    """
    files = LookingFiles()
    _, found = choosing.find(files, name, config=config, overrides=overrides)
    session = read_only(files, found.place)
    saved, problem = _saved(session)
    unpriced = any(spend.unpriced for spend in session.spend.values())

    return Overview(
        session=session,
        newest=found.newest.astimezone(),
        files=tuple(_own(files, found.place)),
        backups=tuple(_backups(files, found.place, saved)),
        cost=None if unpriced else session.spent,
        currency=_currency(saved, session),
        differing=tuple(changes(load(environment=False), saved)) if saved else (),
        problem=problem,
    )


def _saved(session: Session) -> tuple[Settings | None, str]:
    """Return the settings that the session recorded, or why they cannot be used."""
    try:
        return load(base=session.config, environment=False), ""
    except SettingsError as error:
        return None, str(error).splitlines()[0]


def _currency(saved: Settings | None, session: Session) -> str:
    return accounts.currency(session) if saved else ""


def _own(files: Files, place: Place) -> Iterator[File]:
    """Yield the checkpoint, the journal and its index, as far as they are there."""
    names = files.names(place.folder)
    journal = [place.segment(number) for number in place.segments(names)]

    for path in (*place.checkpoints(names), *journal, place.index):
        if path.name in names:
            yield File(path=path, size=files.size(path))


def _backups(files: Files, place: Place, saved: Settings | None) -> Iterator[File]:
    if saved is None:
        return

    for path in backups(files, place, folder=saved.paths.checkpoint_backup_dir):
        yield File(path=path, size=files.size(path))
