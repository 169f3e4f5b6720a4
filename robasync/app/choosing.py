"""Which session a command is about: a new one's place, the one that a name means, and those beside it."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from robasync.app import folders, salvage
from robasync.app.assembly import Plan
from robasync.app.vault import Vault, is_shared
from robasync.errors import CheckpointError, SealError, SessionUnfinished, SettingsError, UsageError
from robasync.selection import Selection
from robasync.session import Session
from robasync.settings import Layer, Settings, identity, load
from robasync.store.catalogue import Catalogue
from robasync.store.files import Files
from robasync.store.found import Found, look
from robasync.store.opening import read_only
from robasync.store.places import Place
from robasync.store.restoring import Recover, Recovery


def new_place(settings: Settings, identifier: str) -> Place:
    """Return where a new session lies."""
    configured = settings.paths.checkpoint_file

    return Place(configured or folders.checkpoints(settings) / f"{identifier}.checkpoint.json")


def fingerprint(settings: Settings, plan: Plan, *, selection: Selection, root: Path) -> str:
    """Return what is the same for the same work: folder, documents, and whatever decides an outcome."""
    parts = [
        str(root.resolve()),
        selection.body,
        plan.instrument.hash,
        identity(settings, Layer.CALLS),
        identity(settings, Layer.JUDGEMENTS),
    ]

    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def refuse_part(settings: Settings, selection: Selection) -> None:
    """Raise UsageError where new files are asked for, but only some documents."""
    if settings.service.watch and (selection.only or selection.sample is not None or selection.start_index):
        raise UsageError(
            "--watch goes on with all files of the folder; --sample, --only and processing.start_index"
            " choose some.\nRun the pilot without it: --no-watch"
        )


def same_work(files: Files, settings: Settings, *, selection: Selection) -> Found | None:
    """Return the newest session of the same folder, documents and calls, None if there is none.

    Settings that only run things, or only judge, may differ. A session whose settings nobody can
    read is none; where its journal tells nothing of it, its checkpoint does. Raises SealError
    where a session that may be meant cannot be read.
    """
    root, vault = settings.paths.input_folder, Vault(settings)

    for found in Catalogue(files, folders.checkpoints(settings), vault.of).sessions():
        session = _told(files, found)

        if (
            root is not None
            and session.config
            and Path(session.input_folder).resolve() == root.resolve()
            and Selection.from_body(session.selection) == selection
            and _saved_calls(session) == identity(settings, Layer.CALLS)
        ):
            return found

    return None


def _told(files: Files, found: Found) -> Session:
    """Return what the journal tells of the session; where it tells nothing, what its checkpoint does."""
    session = read_only(files, found.place)

    if found.checkpoint is None or session.id:
        return session

    session.config = found.checkpoint.content["config_snapshot"]
    session.selection = found.checkpoint.content.get("selection")
    session.input_folder = _saved_input(session)

    return session


def _saved_input(session: Session) -> str:
    try:
        return str(load(base=session.config, environment=False).paths.input_folder or "")
    except SettingsError:
        return ""


def _saved_calls(session: Session) -> str:
    try:
        return identity(load(base=session.config, environment=False), Layer.CALLS)
    except SettingsError:
        return ""


def refuse_unfinished(files: Files, catalogue: Catalogue, *, fingerprint: str) -> None:
    """Raise SessionUnfinished where the same work has a session with documents left.

    Raises CheckpointError where its journal is missing: its answers would be bought again.
    """
    try:
        unfinished = catalogue.unfinished(fingerprint)
    except SealError as error:
        reason = str(error).splitlines()[0]
        raise SealError(
            f"Whether the same work is finished already cannot be read. {reason}\n"
            "Give its key, or start anew: add --new"
        ) from error

    if unfinished is None:
        return

    name = unfinished.place.named(unfinished.id)

    if problem := _journal_problem(files, unfinished):
        raise CheckpointError(f"{problem}\n{_takes_over(name)}   Or start anew: add --new")

    raise SessionUnfinished(
        f"Session {unfinished.id} of the same documents and settings is not finished.\n"
        f"Continue it: robasync resume -s {name}   Or start anew: add --new"
    )


def find(
    files: Files, name: str | None, *, config: Path | None, overrides: Mapping[str, Any], write: bool = False
) -> tuple[Catalogue, Found]:
    """Return the session that ``name`` means, None being the newest, and the catalogue of its folder.

    Where its journal is missing, or no longer tells whose it is, ``write`` begins it anew from
    what is left; else that is a CheckpointError. Raises SessionNotFound, SealError where its
    key is missing, StorageError.
    """
    given = load(file=config, overrides=overrides)
    vault = Vault(given)
    catalogue = Catalogue(files, folders.checkpoints(given), vault.of)
    found = catalogue.find(name)
    vault.admit(found)

    if (problem := _journal_problem(files, found)) and not write:
        word = shlex.quote(name) if name else found.place.named(found.id)
        raise CheckpointError(f"{problem}\n{_takes_over(word)}")

    if problem:
        home = catalogue.home(found)
        salvage.renewed(files, found, home, config=config, overrides=overrides)
        found = look(files, home, vault.of) or found

    return catalogue, found


def others(catalogue: Catalogue, own: Place, identifier: str) -> list[tuple[Place, str]]:
    """Return the places and ids of the sessions whose answers may be taken over."""
    return [
        (found.place, found.id)
        for found in catalogue.sessions()
        if found.has_journal and found.id != identifier and is_shared(own, found)
    ]


def recovery(config: Path | None, overrides: Mapping[str, Any]) -> Recover:
    """Return what is done about a damaged checkpoint, by the settings given and those saved."""

    def recover(saved: Mapping[str, Any]) -> Recovery:
        settings = load(file=config, overrides=overrides, base=saved)
        is_automatic = settings.checkpoint_system.recovery_mode == "automatic"

        return Recovery(backup_folder=settings.paths.checkpoint_backup_dir, automatic=is_automatic)

    return recover


def _takes_over(name: str) -> str:
    """Return the way out where a journal is missing, as a command."""
    return f"Take over what its checkpoint and result files prove, and go on: robasync resume -s {name}"


def _journal_problem(files: Files, found: Found) -> str:
    """Return why the session's journal cannot be gone on with, "" where it can."""
    journal = found.place.segment(1)

    if not found.has_journal:
        return f"The journal of session {found.id} is missing: {journal}"

    if not found.is_begun and not read_only(files, found.place).id:
        return f"The beginning of the journal of session {found.id} cannot be read: {journal}"

    return ""
