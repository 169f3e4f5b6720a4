"""The look before a run: checkpoint, journal, settings and folders, without changing a byte.

Each part is judged by itself, so that one look tells everything that is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from robasync.app import assembly, folders
from robasync.app.vault import Vault
from robasync.errors import CheckpointError, RobasyncError
from robasync.selection import Selection
from robasync.service.machine import cores
from robasync.session import Session
from robasync.settings import Settings, load, sizes
from robasync.store import restoring
from robasync.store.catalogue import Catalogue
from robasync.store.files import Files
from robasync.store.folding import fold
from robasync.store.found import Found
from robasync.store.looking import LookingFiles
from robasync.store.places import split_segment

ACCEPT = "rob_framework.accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of one part. ``fact`` is what it holds; ``problem`` what is wrong and the way out."""

    part: str
    fact: str = ""
    problem: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


def validate(name: str | None, *, config: Path | None, overrides: Mapping[str, Any]) -> Iterator[Verdict]:
    """Yield what holds of the session that ``name`` means, and of the settings it would go on with.

    Raises SessionNotFound where there is no such session, SettingsError where the settings
    given now cannot be read, SealError where the key to an encrypted session is missing.
    """
    files, given = LookingFiles(), load(file=config, overrides=overrides)
    vault = Vault(given)
    found = Catalogue(files, folders.checkpoints(given), vault.of).find(name)
    vault.admit(found)

    checkpoint, sequence = _checkpoint(files, found, _named(name, folders.checkpoints(given)))
    yield checkpoint

    journal, session = _journal(files, found, durable=sequence)
    yield journal

    selection = Selection.from_body(session.selection) if session else Selection()
    accepted, base = tuple(overrides.get(ACCEPT, ())), _saved(found, session)

    yield from _settings(config, overrides, base=base, selection=selection, accepted=accepted)


def validate_new(
    *, config: Path | None, overrides: Mapping[str, Any], selection: Selection
) -> Iterator[Verdict]:
    """Yield what holds of the settings and the folders of a run that is to begin."""
    yield from _settings(config, overrides, base=None, selection=selection, accepted=None)


def _checkpoint(files: Files, found: Found, named: Path | None) -> tuple[Verdict, int]:
    """Judge the file that was named, else the session's own; return also its place in the journal."""
    path = named or found.place.written(files.names(found.place.folder))

    if path.name not in files.names(path.parent):
        return Verdict(part="Checkpoint", problem=f"{path} is missing.\n{_rebuild(found)}"), 0

    try:
        checkpoint = restoring.read(files, path, session=found.id, seal=found.place.seal)
    except CheckpointError as error:
        reason = str(error).splitlines()[0].removeprefix("checkpoint ").removeprefix(path.name).strip()
        return Verdict(part="Checkpoint", problem=f"{path} {reason}\n{_rebuild(found)}"), 0

    content = checkpoint.content
    done, total = content["completed_documents"], content["total_documents"]
    fact = f"{path} ({checkpoint.session_id}, {done}/{total} documents completed)"

    return Verdict(part="Checkpoint", fact=fact), checkpoint.sequence


def _journal(files: Files, found: Found, *, durable: int) -> tuple[Verdict, Session | None]:
    first = found.place.segment(1)

    if not found.has_journal:
        problem = (
            f"{first} is missing; it holds the answers of session {found.id}.\n"
            "Put it back beside the checkpoint, or take over what its checkpoint and result files prove: "
            f"robasync resume -s {found.place.named(found.id)}"
        )
        return Verdict(part="Journal", problem=problem), None

    try:
        folded = fold(files, found.place, durable=durable)
    except OSError as error:
        problem = f"{first} cannot be read: {error.strerror}.\nAllow reading it, then look again."
        return Verdict(part="Journal", problem=problem), None

    if folded.damage:
        worst = folded.damage[0]
        problem = (
            f"{worst.file} is damaged at byte {worst.offset}: {worst.message}. Everything else is whole.\n"
            f"Look closer: robasync fsck -s {found.place.named(found.id)}   Ask again for what is lost: "
            f"robasync resume -s {found.place.named(found.id)}"
        )
        return Verdict(part="Journal", problem=problem), folded.session

    return Verdict(part="Journal", fact=f"{first} ({folded.session.last_sequence:,} records)"), folded.session


def _settings(
    config: Path | None,
    overrides: Mapping[str, Any],
    *,
    base: Mapping[str, Any] | None,
    selection: Selection,
    accepted: tuple[str, ...] | None,
) -> Iterator[Verdict]:
    """Judge the settings, and, where they can be used, the folders that they name."""
    try:
        settings = load(file=config, overrides=overrides, base=base)

        if base is None:
            selection = replace(selection, start_index=settings.processing.start_index)

        plan = assembly.plan(settings, model=selection.model)
        assembly.check(plan, settings)
    except RobasyncError as error:
        yield Verdict(part="Configuration", problem=str(error))
        return

    where = f" at {plan.address}" if plan.address else ", nothing is sent anywhere"
    instrument = f"{plan.instrument.id}@{plan.instrument.version}"
    workers = sizes.workers(settings, cores=cores())
    fact = f"{plan.assessor}{where}; {instrument}, {len(plan.items)} items; {workers} workers"
    yield Verdict(part="Configuration", fact=fact)

    yield _input(settings, selection, settings.rob_framework.accept if accepted is None else accepted)
    yield from _writable(settings)


def _input(settings: Settings, selection: Selection, accepted: tuple[str, ...]) -> Verdict:
    try:
        folder = selection.of(folders.inputs(settings, accepted=accepted))
    except RobasyncError as error:
        return Verdict(part="Input folder", problem=str(error))

    return Verdict(part="Input folder", fact=f"{folder.root}, {len(folder.names):,} documents")


def _writable(settings: Settings) -> Iterator[Verdict]:
    for part, folder, option in (
        ("Output folder", settings.paths.output_folder, "-o FOLDER"),
        ("Checkpoint folder", folders.checkpoints(settings), "paths.checkpoint_file"),
        ("Backup folder", settings.paths.checkpoint_backup_dir, "paths.checkpoint_backup_dir"),
    ):
        if _can_be_written(folder):
            yield Verdict(part=part, fact=str(folder))
        else:
            way_out = f"Allow it, or name another with {option}."
            yield Verdict(part=part, problem=f"{folder} cannot be written to.\n{way_out}")


def _can_be_written(folder: Path) -> bool:
    """Return whether the folder, or the one it would be made in, takes files."""
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())

    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def _named(name: str | None, folder: Path) -> Path | None:
    """Return the file that was named; None for a session, a journal, or nothing."""
    paths = (Path(name), folder / name) if name else ()

    return next((path for path in paths if path.is_file() and split_segment(path.name) is None), None)


def _saved(found: Found, session: Session | None) -> Mapping[str, Any] | None:
    """Return the configuration that the session goes on with, None where nothing tells it."""
    if session is not None:
        return session.config

    return found.checkpoint.content["config_snapshot"] if found.checkpoint else None


def _rebuild(found: Found) -> str:
    if not found.has_journal:
        return "Without its journal there is nothing to rebuild it from: put a backup of it in its place."

    return (
        "No answer is lost: the journal holds them all, and resume rebuilds the checkpoint from it: "
        f"robasync resume -s {found.place.named(found.id)}"
    )
