"""A session whose journal is lost, or no longer tells whose it is, begun anew from what is left of it.

Checkpoint or backup give its settings and what it had spent; a document counts as done where
its result file proves it: whole, of the same bytes, judged by the same instrument. The journal
that takes the place of the lost one is written beside it, and is there whole or not at all: a
kill leaves everything as it was. It goes on with the numbers of the lost one, so that older
copies of the checkpoint go on being older.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import robasync
from robasync.app import assembly, folders
from robasync.app.vault import Vault, wrapping
from robasync.documents import Folder
from robasync.errors import CheckpointError, StorageError
from robasync.model import Outcome
from robasync.records import Kind, Record
from robasync.reports import names, results
from robasync.reports.results import Wrapping
from robasync.selection import Selection
from robasync.settings import Settings, load, sizes
from robasync.store import renewal
from robasync.store.checkpoint import Checkpoint
from robasync.store.files import Files
from robasync.store.found import Found
from robasync.store.lock import held
from robasync.store.opening import restored
from robasync.store.places import Place
from robasync.store.restoring import beginning

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """An outcome that a result file proves, and that file's place below the results."""

    outcome: Outcome
    origin: str

    @property
    def record(self) -> Record:
        """The outcome as a record that tells where it comes from."""
        body = {field.name: getattr(self.outcome, field.name) for field in fields(self.outcome)}

        return Record(Kind.OUTCOME, {**body, "origin": self.origin})


class Salvage:
    """Begins the journal of a session anew at ``home``, with the settings given now over those it had."""

    def __init__(
        self, files: Files, found: Found, home: Place, *, config: Path | None, overrides: Mapping[str, Any]
    ) -> None:
        self._files = files
        self._place = home
        given = load(file=config, overrides=overrides)
        self._path, self._known = witness(files, found, home, given=given)
        base = self._known.content["config_snapshot"]
        self._settings = load(file=config, overrides=overrides, base=base)
        self._selection = Selection.from_body(self._known.content.get("selection"))
        self._plan = assembly.plan(self._settings, model=self._selection.model)

    def begin(self) -> None:
        """Write a journal in the place of the one that is missing. Raises StorageError, NoDocuments."""
        folder = self._selection.of(folders.inputs(self._settings, accepted=()))
        taken: set[str] = set()

        try:
            renewal.write(self._files, self._place, self._records(folder, taken), after=self._known.sequence)
        except OSError as error:
            raise StorageError(
                f"No journal can be written to {self._place.folder}: {error.strerror}.\n"
                "Make room, or allow writing there, then: robasync resume"
            ) from error

        log.warning(
            "The journal of session %s is missing: %d of %d results were taken over from %s; "
            "what is not there, or was changed, is done again.",
            self._known.session_id,
            len(taken),
            self._known.content["total_documents"],
            self._results,
            extra={"event": "journal_missing", "session": self._known.session_id},
        )
        log.info(
            "Its settings, and what it had spent, were taken from %s.",
            self._path,
            extra={"event": "settings_salvaged"},
        )

    def begin_again(self) -> None:
        """Append the record that tells whose the journal is, where its first one cannot be read."""
        opened = restored(self._files, self._place)

        if opened.session.id:
            return

        renewal.append(self._files, self._place, [self._started], tail=opened.tail)
        log.warning(
            "The beginning of the journal of session %s cannot be read: %s. "
            "Its settings, and what it had spent, were taken from %s.",
            self._known.session_id,
            self._place.segment(1),
            self._path,
            extra={"event": "journal_beginning_lost", "session": self._known.session_id},
        )

    @property
    def _results(self) -> Path:
        return self._settings.paths.output_folder / "results"

    @property
    def _started(self) -> Record:
        facts = {
            "robasync": robasync.__version__,
            "input_folder": str(self._settings.paths.input_folder or ""),
            "instrument": self._plan.instrument.hash,
            "output_folder": str(self._settings.paths.output_folder),
            "batch_size": sizes.batch_size(self._settings),
            **Vault(self._settings).reference,
        }

        return renewal.started(self._known, path=self._path, facts=facts)

    def _records(self, folder: Folder, taken: set[str]) -> Iterator[Record]:
        """Yield the new journal's records, and put the names of the proven documents into ``taken``."""
        batches = renewal.batches(self._known, frozenset(folder.names))
        yield self._started
        yield from renewal.uncertain(self._known, model=self._plan.assessor)

        for number, documents, _ in batches:
            yield Record(Kind.BATCH_STARTED, {"batch": number, "documents": documents})

        for one in self._proven(folder):
            taken.add(one.outcome.document)
            yield one.record

        for number, documents, is_completed in batches:
            if is_completed and taken.issuperset(documents):
                yield Record(Kind.BATCH_COMPLETED, {"batch": number})

    def _proven(self, folder: Folder) -> Iterator[Taken]:
        crowded = names.crowded(folder.names)
        wrap = wrapping(self._place, session=self._known.session_id)

        for name in folder.names:
            path = wrap.path(self._results, name, crowded=crowded)
            outcome = _read(path, wrap)

            if outcome is not None and self._is_proof(outcome, name, folder.path(name)):
                yield Taken(outcome, path.relative_to(self._results).as_posix())

    def _is_proof(self, outcome: Outcome, name: str, path: Path) -> bool:
        assessment = outcome.assessment

        if assessment is not None and assessment.instrument_hash != self._plan.instrument.hash:
            return False

        return outcome.document == name and _is_of(outcome, path)


def witness(files: Files, found: Found, home: Place, *, given: Settings) -> tuple[Path, Checkpoint]:
    """Return the checkpoint or backup that tells of a session whose journal does not, and its path.

    Raises CheckpointError where there is none.
    """
    folder = given.paths.checkpoint_backup_dir if found.place == home else found.place.folder

    return renewal.newest(files, home, folder=folder, session=found.id)


def renewed(
    files: Files, found: Found, home: Place, *, config: Path | None, overrides: Mapping[str, Any]
) -> None:
    """Give a session whose journal is missing, or has no beginning, one that it can go on with.

    It lies at ``home``, which is where it was found unless only a backup of it was.
    Raises CheckpointError where no checkpoint tells of the session, SessionLocked, StorageError,
    and SealError where its key is missing.
    """
    salvage = Salvage(files, found, home, config=config, overrides=overrides)  # else nothing is to be held

    with held(files, home):
        if beginning(files, home):
            return  # another process was quicker

        if found.has_journal:
            salvage.begin_again()
        else:
            salvage.begin()


def _read(path: Path, wrap: Wrapping) -> Outcome | None:
    """Return the outcome that a result file tells, None where it is missing or was changed."""
    try:
        if path.stat().st_size > results.LARGEST:
            return None

        return results.decode(wrap.open(path.read_bytes()))
    except (OSError, StorageError, CheckpointError):
        return None


def _is_of(outcome: Outcome, path: Path) -> bool:
    """Return whether the outcome is about the bytes that are at ``path`` now."""
    try:
        facts = path.stat()

        if (facts.st_size, facts.st_mtime_ns, facts.st_ino) == (
            outcome.size,
            outcome.mtime_ns,
            outcome.inode,
        ):
            return outcome.digest != ""

        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == outcome.digest
    except OSError:
        return False
