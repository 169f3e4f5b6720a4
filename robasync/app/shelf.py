"""The sessions of a checkpoint folder as people see them on a shelf: how far each one is, and its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from robasync.app import folders
from robasync.app.vault import Vault
from robasync.errors import CheckpointError, SealError, SettingsError, StorageError
from robasync.session import Session
from robasync.settings import Settings, load
from robasync.store import restoring
from robasync.store.catalogue import Catalogue
from robasync.store.checkpoint import Checkpoint
from robasync.store.copies import Copy, copies
from robasync.store.files import DiskFiles, Files
from robasync.store.found import Found, look
from robasync.store.lock import held, writer
from robasync.store.opening import read_only
from robasync.store.sealing import Locked


class State(StrEnum):
    """How far a session is. One whose outcomes cannot be read is never taken for a completed one."""

    COMPLETED = "completed"
    UNFINISHED = "unfinished"
    WRITTEN = "being written"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What was done of a session, in documents. ``started`` is ISO 8601, "" where it is not known."""

    started: str = ""
    total: int = 0
    completed: int = 0
    failed: int = 0

    @property
    def left(self) -> int:
        """How many documents have no outcome yet."""
        return max(self.total - self.completed - self.failed, 0)

    @property
    def share(self) -> float:
        """The completed part of the whole, 0 for a session without documents."""
        return self.completed / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A session on the shelf.

    ``writer`` is the process that is writing it, "" for none. ``checkpoint`` is its file, None
    where there is none; ``sequence`` its place in the journal, None where it cannot be read, and
    then ``problem`` says why. ``bytes`` is what its journal, checkpoint and index take.
    ``backup_folder`` is where its settings keep at most ``max_backups`` backups.
    """

    found: Found
    progress: Progress
    state: State
    writer: str
    checkpoint: Path | None
    sequence: int | None
    problem: str
    bytes: int
    backup_folder: Path
    max_backups: int

    @property
    def id(self) -> str:
        """The session's id."""
        return self.found.id


class Shelf:
    """The sessions of the folder that ``settings`` name; ``config`` is the settings file given, if any."""

    def __init__(self, files: Files, settings: Settings, *, config: Path | None = None) -> None:
        self.files = files
        self.folder = folders.checkpoints(settings)
        self.vault = Vault(settings)
        self.catalogue = Catalogue(files, self.folder, self.vault.of)
        self._settings = settings
        self._config = config

    def sessions(self) -> list[Shelved]:
        """Return all sessions, the one with the newest record first. Raises StorageError."""
        with refusals(self.folder):
            return [self.shelved(found) for found in self.catalogue.sessions()]

    def find(self, name: str | None) -> Shelved:
        """Return the session that ``name`` means, None is the newest. Raises SessionNotFound and as above."""
        with refusals(self.folder):
            return self.shelved(self.catalogue.find(name))

    def shelved(self, found: Found) -> Shelved:
        """Return what there is to say of a session; nothing is changed, and no lock is kept."""
        return self._shelved(found, by=writer(self.files, found.place.lock))

    @contextmanager
    def held(self, shelved: Shelved) -> Iterator[Shelved]:
        """Hold the session for writing, and yield what there is to say of it now. Raises SessionLocked."""
        place = shelved.found.place

        with held(self.files, place):
            yield self._shelved(look(self.files, place, self.vault.of) or shelved.found, by="")

    def admit(self, shelved: Shelved) -> None:
        """Raise SealError where the key of an encrypted session is missing or another one."""
        if isinstance(shelved.found.place.seal, Locked):
            raise SealError(shelved.found.place.seal.reason)

    def copies(self, sessions: Sequence[Shelved]) -> list[Copy]:
        """Return the copies of checkpoints where the sessions keep theirs, whosever they are."""
        where = [folder for one in sessions for folder in (one.backup_folder, one.found.place.folder)]
        where = where or [self._settings.paths.checkpoint_backup_dir, self.folder]

        return list(copies(self.files, where, [one.found.place for one in sessions]))

    def _shelved(self, found: Found, *, by: str) -> Shelved:
        files, place = self.files, found.place
        names = files.names(place.folder)
        content, problem = self._checkpoint(found)
        settings = self._settings_of(content.content["config_snapshot"] if content else {})
        progress = self._progress(found, content)
        kept = [*map(place.segment, place.segments(names)), *place.checkpoints(names)]
        kept += [place.index] if place.index.name in names else []

        return Shelved(
            found=found,
            progress=progress or Progress(),
            state=_state(progress, by),
            writer=by,
            checkpoint=next(iter(place.checkpoints(names)), None),
            sequence=content.sequence if content else None,
            problem=problem,
            bytes=sum(map(partial(_size, files), kept)),
            backup_folder=settings.paths.checkpoint_backup_dir,
            max_backups=settings.parallel.max_checkpoint_backups,
        )

    def _checkpoint(self, found: Found) -> tuple[Checkpoint | None, str]:
        """Return the checkpoint, or what is wrong with it."""
        if isinstance(found.place.seal, Locked):
            return None, found.place.seal.reason.splitlines()[0]

        try:
            return restoring.newest(self.files, found.place, session=found.id), ""
        except CheckpointError as error:
            return None, str(error).splitlines()[0]
        except OSError:
            return None, "there is no checkpoint; resume rebuilds it from the journal"

    def _progress(self, found: Found, content: Checkpoint | None) -> Progress | None:
        """Return what was done, None where it cannot be read; the journal wins over an older checkpoint."""
        if content is not None and (content.sequence >= found.sequence or not found.has_journal):
            return progress_in(content.content)

        try:
            session = read_only(self.files, found.place) if found.has_journal else Session()
        except (OSError, SealError, StorageError):
            return None

        if not session.id:
            return None

        return Progress(
            started=session.started,
            total=session.total,
            completed=session.completed,
            failed=session.failed,
        )

    def _settings_of(self, saved: Mapping[str, Any]) -> Settings:
        try:
            return load(file=self._config, base=saved)
        except SettingsError:
            return self._settings  # what a session saved may need a variable that is not set here


def shelf(config: Path | None) -> Shelf:
    """Return the shelf of the checkpoint folder that the settings name. Raises SettingsError."""
    return Shelf(DiskFiles(), load(file=config), config=config)


def progress_in(content: Mapping[str, Any]) -> Progress:
    """Return the progress that a checkpoint tells of."""
    return Progress(
        started=content["start_time"],
        total=content["total_documents"],
        completed=content["completed_documents"],
        failed=content["failed_documents"],
    )


def _state(progress: Progress | None, by: str) -> State:
    if by:
        return State.WRITTEN

    if progress is None:
        return State.UNREADABLE

    return State.UNFINISHED if progress.left else State.COMPLETED


def _size(files: Files, path: Path) -> int:
    try:
        return files.size(path)
    except OSError:
        return 0  # gone meanwhile: its writer replaced it


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Raise StorageError where the disk refuses; ``path`` is named where the system names none."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or path
        raise StorageError(f"{where}: {error.strerror}. Every file of the session is whole.") from error
