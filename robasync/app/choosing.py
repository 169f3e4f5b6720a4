"""Which session a command is about: a new one's place, the one that a name means, and those beside it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from robasync.app import folders, salvage
from robasync.app.vault import Vault, is_shared
from robasync.errors import CheckpointError, UsageError
from robasync.selection import Selection
from robasync.settings import Settings, load
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


def refuse_part(settings: Settings, selection: Selection) -> None:
    """Raise UsageError where new files are asked for, but only some documents."""
    if settings.service.watch and (selection.only or selection.sample is not None or selection.start_index):
        raise UsageError(
            "--watch goes on with all files of the folder; --sample, --only and processing.start_index"
            " choose some.\nRun the pilot without it: --no-watch"
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

    if (problem := journal_problem(files, found)) and not write:
        salvage.witness(files, found, catalogue.home(found), given=given)
        word = shlex.quote(name) if name else found.place.named(found.id)
        raise CheckpointError(f"{problem}\n{takes_over(word)}")

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
    return partial(_recovery, config, overrides)


def _recovery(config: Path | None, overrides: Mapping[str, Any], saved: Mapping[str, Any]) -> Recovery:
    settings = load(file=config, overrides=overrides, base=saved)
    is_automatic = settings.checkpoint_system.recovery_mode == "automatic"

    return Recovery(backup_folder=settings.paths.checkpoint_backup_dir, automatic=is_automatic)


def takes_over(name: str) -> str:
    """Return the way out where a journal is missing, as a command."""
    return f"Take over what its checkpoint and result files prove, and go on: robasync resume -s {name}"


def journal_problem(files: Files, found: Found) -> str:
    """Return why the session's journal cannot be gone on with, "" where it can."""
    journal = found.place.segment(1)

    if not found.has_journal:
        return f"The journal of session {found.id} is missing: {journal}"

    if not found.is_begun and not read_only(files, found.place).id:
        return f"The beginning of the journal of session {found.id} cannot be read: {journal}"

    return ""
