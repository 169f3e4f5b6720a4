"""The session of the same work, if there is one: what a run goes on with, or must not begin beside.

A folder that was moved with its checkpoints, to another machine or into a container, is the
same folder. A session of which nothing can be read may be the same work: nothing is begun
beside it, for its answers would be paid for again.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import orjson

from robasync.app import choosing, folders, salvage
from robasync.app.assembly import Plan
from robasync.app.vault import Vault
from robasync.errors import CheckpointError, SealError, SessionUnfinished, SettingsError
from robasync.selection import Selection
from robasync.session import Session
from robasync.settings import Layer, Settings, identity, load
from robasync.store.catalogue import Catalogue
from robasync.store.checkpoint import Checkpoint
from robasync.store.files import Files
from robasync.store.found import Found
from robasync.store.opening import outlined, read_only

ANEW = "Or start anew: add --new"
LOOKED_FOR = 100  # documents of a session, where its folder is gone


def fingerprint(settings: Settings, plan: Plan, *, selection: Selection, root: Path) -> str:
    """Return what is the same for the same work: folder, documents, and whatever decides an outcome.

    The folder counts by its way from the checkpoints, so that both may be moved together.
    """
    parts = [
        _way(root.resolve(), folders.checkpoints(settings).resolve()),
        selection.body,
        plan.instrument.hash,
        identity(settings, Layer.CALLS),
        identity(settings, Layer.JUDGEMENTS),
    ]

    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def refuse(files: Files, settings: Settings, *, catalogue: Catalogue, fingerprint: str) -> None:
    """Raise SessionUnfinished where the same work has a session with documents left.

    Raises CheckpointError where its journal is missing, or where nothing tells whether a
    session is the same work: its answers would be bought again.
    """
    try:
        unfinished = _unfinished(files, settings, catalogue, fingerprint)
    except SealError as error:
        reason = str(error).splitlines()[0]
        raise SealError(
            f"Whether the same work is finished already cannot be read. {reason}\n"
            "Give its key, or start anew: add --new"
        ) from error

    if unfinished is None:
        return

    name = unfinished.place.named(unfinished.id)

    if problem := choosing.journal_problem(files, unfinished):
        raise CheckpointError(f"{problem}\n{choosing.takes_over(name)}   {ANEW}")

    raise SessionUnfinished(
        f"Session {unfinished.id} of the same documents and settings is not finished.\n"
        f"Continue it: robasync resume -s {name}   {ANEW}"
    )


def same_work(files: Files, settings: Settings, *, selection: Selection) -> Found | None:
    """Return the newest session of the same folder, documents and calls, None if there is none.

    Settings that only run things, or only judge, may differ. A session whose settings nobody can
    read is none; where its journal tells nothing of it, its checkpoint or a backup does. Raises
    SealError and CheckpointError where a session that may be meant cannot be read.
    """
    root, vault = settings.paths.input_folder, Vault(settings)

    if root is None:
        return None

    for found in Catalogue(files, folders.checkpoints(settings), vault.of).sessions():
        session = _told(files, found, settings)
        saved = _saved(session)

        if (
            saved is not None
            and session.config
            and Selection.from_body(session.selection) == selection
            and identity(saved, Layer.CALLS) == identity(settings, Layer.CALLS)
            and _is_in(files, found, saved, root=root)
        ):
            return found

    return None


def _unfinished(files: Files, settings: Settings, catalogue: Catalogue, fingerprint: str) -> Found | None:
    for found in catalogue.sessions():
        if choosing.journal_problem(files, found):
            known = _witness(files, found, settings)
            is_it, left = known.fingerprint == fingerprint, known.left
        else:
            is_it = found.fingerprint == fingerprint
            left = read_only(files, found.place).left if is_it else 0

        if is_it and left:
            return found

    return None


def _told(files: Files, found: Found, settings: Settings) -> Session:
    """Return what the journal tells of the session; where it tells nothing, what a checkpoint does."""
    session = outlined(files, found.place)

    if not session.id:
        known = _witness(files, found, settings)
        session.config = known.content["config_snapshot"]
        session.selection = known.content.get("selection")

    return session


def _witness(files: Files, found: Found, settings: Settings) -> Checkpoint:
    """Return the checkpoint or backup that tells of a session whose journal does not."""
    try:
        return salvage.witness(files, found, found.place, given=settings)[1]
    except SealError:
        raise
    except CheckpointError as error:
        problem, reason = choosing.journal_problem(files, found), str(error).splitlines()[0]
        raise CheckpointError(
            f"{problem}, and {reason}\n"
            "It may be the same work: put one back, or a backup of the checkpoint. "
            "Or begin anew and pay again: --new, without --resume"
        ) from error


def _saved(session: Session) -> Settings | None:
    try:
        return load(base=session.config, environment=False)
    except SettingsError:
        return None


def _is_in(files: Files, found: Found, saved: Settings, *, root: Path) -> bool:
    """Return whether the session's reports lie in ``root``: then as now, or moved there since.

    Where their folder is gone and nothing tells which they were, they may be these.
    """
    before = saved.paths.input_folder

    if before is None or before.is_dir():
        return before is not None and before.resolve() == root.resolve()

    names = read_only(files, found.place).documents.names[:LOOKED_FOR]
    there = sum((root / name).is_file() for name in names)

    return 2 * there >= len(names) if names else not found.is_begun


def _way(root: Path, start: Path) -> str:
    try:
        return os.path.relpath(root, start)
    except ValueError:  # on another drive of Windows
        return str(root)
