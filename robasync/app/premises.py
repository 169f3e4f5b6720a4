"""The folders of a run as they are on this disk: there, writable, synced, with room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from robasync import prompt
from robasync.app import folders
from robasync.app.assembly import Plan
from robasync.errors import RobasyncError
from robasync.selection import Selection
from robasync.service import doctor
from robasync.service.doctor import Check, State
from robasync.service.machine import cores, filesystem
from robasync.settings import Settings, sizes
from robasync.store import probing, space
from robasync.store.files import DiskFiles
from robasync.store.places import split_segment


def inputs(settings: Settings) -> tuple[int, Check]:
    """Return how many documents there are, and what is to be said of them."""
    name = "Documents"

    if settings.paths.input_folder is None:
        fact = "no folder in the settings: run names it with -i FOLDER"
        return 0, Check(name=name, state=State.OK, fact=fact)

    try:
        folder = folders.inputs(settings, accepted=settings.rob_framework.accept)
        folder = Selection(start_index=settings.processing.start_index).of(folder)
    except RobasyncError as error:
        fact, _, advice = str(error).partition("\n")
        return 0, Check(name=name, state=State.WRONG, fact=fact, advice=advice)

    return len(folder.names), Check(name=name, state=State.OK, fact=f"{len(folder.names):,} in {folder.root}")


def writable(settings: Settings) -> Iterator[Check]:
    """Yield whether the folders that a run writes take files, or those they would be made in."""
    for name, folder, option in (
        ("Output folder", settings.paths.output_folder, "-o FOLDER"),
        ("Checkpoint folder", folders.checkpoints(settings), "paths.checkpoint_file"),
        ("Backup folder", settings.paths.checkpoint_backup_dir, "paths.checkpoint_backup_dir"),
    ):
        advice = f"Allow it, or name another with {option}."

        try:
            probing.syncs(DiskFiles(), nearest(folder), times=1)
        except OSError as error:
            fact = f"{folder} cannot be written to: {error.strerror}"
            yield Check(name=name, state=State.WRONG, fact=fact, advice=advice, is_storage=True)
        else:
            made = "" if folder.is_dir() else ", made when a run begins"
            yield Check(name=name, state=State.OK, fact=f"{folder}{made}")


def disk(settings: Settings, plan: Plan | None, *, documents: int) -> Iterator[Check]:
    """Yield what the checkpoint folder's disk is worth, and whether the journal finds room on it.

    Nothing where it takes no file: that is told of the folder already.
    """
    folder = nearest(folders.checkpoints(settings))

    try:
        seconds = probing.syncs(DiskFiles(), folder)
        free = DiskFiles().free(folder)
    except OSError:
        return

    yield doctor.syncs(seconds, filesystem(folder))

    if plan is not None:
        yield _room(settings, plan, free=free, documents=documents)


def newest(settings: Settings) -> float:
    """Return when the youngest journal was written, in seconds since the epoch; 0 where there is none."""
    files, folder = DiskFiles(), folders.checkpoints(settings)
    journals = [folder / name for name in files.names(folder) if split_segment(name)]

    return max((files.modified(path) for path in journals), default=0.0)


def nearest(folder: Path) -> Path:
    """Return the folder, or the one that it would be made in."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _room(settings: Settings, plan: Plan, *, free: int, documents: int) -> Check:
    is_sealed = settings.checkpoint_system.encryption
    parts = prompt.parts(plan.instrument, plan.items, outcome=plan.result, calls_per=plan.calls_per)
    calls = len(parts) * sizes.workers(settings, cores=cores())
    needed = space.headroom(calls=calls, max_tokens=plan.max_tokens, is_sealed=is_sealed) + space.RESERVE
    expected = space.expected(documents=documents, calls=len(parts), is_sealed=is_sealed)

    return doctor.room(free, needed=needed, expected=expected, documents=documents)
