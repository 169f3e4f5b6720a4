"""The check of a session: which one, whose settings, and whether its result files still prove it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robasync import folders
from robasync.errors import CheckpointError, SealError, SettingsError, StorageError
from robasync.findings import Finding, Level, Report, Subject
from robasync.model import Outcome
from robasync.records import Position
from robasync.reports import names, results, rows
from robasync.reports.results import Wrapping
from robasync.session import Session
from robasync.settings import load
from robasync.store.catalogue import Catalogue
from robasync.store.files import DiskFiles, Files
from robasync.store.found import Found
from robasync.store.fsck.check import check
from robasync.store.places import Place
from robasync.store.reading import read_record
from robasync.store.restoring import configuration
from robasync.vault import Vault, wrapping


@dataclass(frozen=True, slots=True)
class Checkup:
    """A session that is to be looked at, and the settings to look with."""

    found: Found
    files: Files
    config: Path | None

    def report(self) -> Report:
        """Look the session through; changes nothing. See ``store.fsck.check``."""
        return check(self.files, self.found.place, backup_folder=self._backups(), derived=self._results)

    def _backups(self) -> Path:
        try:
            settings = load(file=self.config, base=_saved(self.files, self.found.place))
        except SettingsError:
            settings = load(file=self.config)

        return settings.paths.checkpoint_backup_dir

    def _results(self, session: Session) -> Iterator[Finding]:
        try:
            folder = load(file=self.config, base=session.config).paths.output_folder / "results"
        except SettingsError as error:
            message = f"the settings that the session recorded cannot be used: {str(error).splitlines()[0]}"
            yield Finding(subject=Subject.RESULTS, level=Level.DAMAGE, message=message)
            return

        wrap = wrapping(self.found.place, session=session.id)
        yield from ResultFiles(folder, session, wrap).check(self.files, self.found.place)


def checkup(name: str | None, *, config: Path | None) -> Checkup:
    """Return the checkup of the session that ``name`` means; None is the newest.

    Without the key to an encrypted one, what needs no key is looked at. Raises SessionNotFound,
    SettingsError.
    """
    files, settings = DiskFiles(), load(file=config)
    found = Catalogue(files, folders.checkpoints(settings), Vault(settings).of).find(name)

    return Checkup(found, files, config)


def _saved(files: Files, place: Place) -> Mapping[str, Any]:
    """Return the newest settings in the journal; none where they cannot be read."""
    try:
        return configuration(files, place)
    except (OSError, SealError):
        return {}


class ResultFiles:
    """The result files of a session in ``folder``: there, whole, and of the recorded outcome."""

    def __init__(self, folder: Path, session: Session, wrapping: Wrapping) -> None:
        self._folder = folder
        self._wrapping = wrapping
        self._session = session
        self._crowded = names.crowded(session.documents.names)
        self._missing = Level.DAMAGE if session.ended else Level.NOTE
        self._is_there = folder.is_dir()

    def check(self, files: Files, place: Place) -> Iterator[Finding]:
        """Yield what is wrong with the outcomes, and with the files that show them."""
        documents = self._session.documents

        if len(documents) and not self._is_there:
            message = f"there is no folder {self._folder.absolute()}: removed, moved, or named from elsewhere"
            yield Finding(subject=Subject.RESULTS, level=self._missing, message=message)

        for document in documents.names:
            position = documents.position(document)

            if position is not None:
                yield from self._document(document, files, place, position=position)

    def _document(
        self, document: str, files: Files, place: Place, *, position: Position
    ) -> Iterator[Finding]:
        try:
            recorded = rows.outcome(read_record(files, place, position).body)
        except StorageError as error:
            message = str(error).splitlines()[0]
            yield Finding(subject=Subject.OUTCOMES, level=Level.LOSS, message=message, document=document)
            return

        if not self._is_there:
            return

        path, shown = self._shown(document)

        if isinstance(shown, Outcome) and shown != recorded:
            shown = "tells another outcome than the one recorded"

        if isinstance(shown, str):
            level = Level.DAMAGE if path.exists() else self._missing
            yield Finding(
                subject=Subject.RESULTS, level=level, message=shown, file=str(path), document=document
            )

    def _shown(self, document: str) -> tuple[Path, Outcome | str]:
        """Return the document's result file and what it says, or what is wrong with it."""
        spellings = self._spellings(document)
        paths = [self._wrapping.path(self._folder, document, crowded=one) for one in spellings]
        path = next(filter(Path.exists, paths), paths[0])

        try:
            return path, results.decode(self._wrapping.open(path.read_bytes()))
        except FileNotFoundError:
            return path, "is missing"
        except OSError as error:
            return path, f"cannot be read: {error.strerror}"
        except (CheckpointError, StorageError):
            return path, "was changed after it was written, or is no result file"

    def _spellings(self, document: str) -> Iterator[frozenset[str]]:
        """Yield what the run that wrote the file may have known of names that look alike."""
        yield self._crowded
        yield frozenset((document,)) - self._crowded
