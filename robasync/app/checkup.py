"""The check of a session: which one, whose settings, and whether its result files still prove it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from robasync.app import folders
from robasync.app.vault import Vault, wrapping
from robasync.errors import CheckpointError, SealError, SessionLocked, SettingsError, StorageError
from robasync.findings import Finding, Level, Repaired, Report, Subject
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
from robasync.store.fsck.repair import repair
from robasync.store.lock import writer
from robasync.store.opening import read_only
from robasync.store.places import Place
from robasync.store.reading import read_record
from robasync.store.restoring import configuration
from robasync.store.sealing import Locked


@dataclass(frozen=True, slots=True)
class Checkup:
    """A session that is to be looked at, and the settings to look with."""

    found: Found
    files: Files
    config: Path | None

    def report(self) -> Report:
        """Look the session through; changes nothing. See ``store.fsck.check``."""
        return check(self.files, self.found.place, backup_folder=self._backups(), derived=self._results)

    def repair(self) -> Repaired:
        """Write what is whole into a new folder, with the result files that are not.

        Raises SessionLocked where a process writes the session, StorageError.
        """
        place = self.found.place

        if by := writer(self.files, place.lock):
            raise SessionLocked(f"session {self.found.id} is being written by {by}.\nLet it end, then again.")

        copy = repair(self.files, place)
        written = 0 if isinstance(place.seal, Locked) else self._write_results(copy)

        return Repaired(
            folder=str(copy.folder),
            checkpoint=str(copy.checkpoint),
            files=tuple(self.files.names(copy.folder)),
            results=written,
        )

    def _write_results(self, copy: Place) -> int:
        """Write the result files that are missing or wrong beside the copy; return how many."""
        session = read_only(self.files, copy)
        shown = ResultFiles(self._result_folder(session), session, wrapping(copy, session=session.id))
        due = list(shown.wrong(self.files, copy))

        for document in due:
            anyio.run(shown.write, copy.folder / "results", document, self.files, copy)

        return len(due)

    def _result_folder(self, session: Session) -> Path:
        return load(file=self.config, base=session.config).paths.output_folder / "results"

    def _backups(self) -> Path:
        try:
            settings = load(file=self.config, base=_saved(self.files, self.found.place))
        except SettingsError:
            settings = load(file=self.config)

        return settings.paths.checkpoint_backup_dir

    def _results(self, session: Session) -> Iterator[Finding]:
        try:
            folder = self._result_folder(session)
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

    def wrong(self, files: Files, place: Place) -> Iterator[str]:
        """Yield the documents whose outcome can be read, and whose file does not show it."""
        documents = self._session.documents

        for document in documents.names:
            if (position := documents.position(document)) is None:
                continue

            about = {finding.subject for finding in self._document(document, files, place, position=position)}

            if Subject.OUTCOMES not in about and (about or not self._is_there):
                yield document

    async def write(self, folder: Path, document: str, files: Files, place: Place) -> None:
        """Write the document's result file below ``folder``. Raises StorageError."""
        position = self._session.documents.position(document)
        assert position is not None
        outcome = rows.outcome(read_record(files, place, position).body)
        await results.write(folder, [outcome], crowded=self._crowded, wrapping=self._wrapping)

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
