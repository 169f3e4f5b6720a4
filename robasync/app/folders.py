"""The folders of a run: where reports are read, and what must hold of the place for results."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from robasync import documents
from robasync.documents import Folder
from robasync.errors import NoDocuments, StorageError, UsageError
from robasync.settings import Settings
from robasync.store.files import Files
from robasync.store.lock import locked
from robasync.store.places import USUAL

log = logging.getLogger(__name__)

_LOCK = ".robasync.lock"  # in the output folder


def inputs(settings: Settings, *, accepted: Sequence[str], shared: Callable[[str], str] = str) -> Folder:
    """Return the reports of the input folder, our own folders left out; ``shared`` as for ``walk``.

    Raises NoDocuments, and UsageError where input and output, or checkpoints and output, are the
    same folder or a name in ``accepted`` is none of the documents.
    """
    root = settings.paths.input_folder

    if root is None:
        raise NoDocuments(
            "No input folder is named.\nName the folder with the reports: robasync run -i FOLDER"
        )

    output = settings.paths.output_folder

    if root.resolve() == output.resolve():
        raise UsageError(
            f"Input and output folder are the same: {root}\nName another folder for the results: -o FOLDER"
        )

    _apart(settings)
    folder = found(settings, root, shared=shared)

    if accepted:
        documents.only(folder, accepted)

    if folder.left_out:
        counts = ", ".join(f"{count} {ending}" for ending, count in sorted(folder.left_out.items()))
        log.info("Left out, because they are no reports: %s", counts, extra={"event": "files_left_out"})

    return folder


def found(settings: Settings, root: Path, *, shared: Callable[[str], str] = str) -> Folder:
    """Return what ``walk`` finds; a folder in which nothing is yet is none to a run that watches it."""
    try:
        return documents.walk(root, without=own(settings, root), shared=shared)
    except NoDocuments:
        if settings.service.watch and root.is_dir():
            return Folder(root=root, names=())

        raise


def own(settings: Settings, root: Path) -> list[Path]:
    """Return the folders that we write, those left out that are ``root`` or lie above it."""
    paths = settings.paths
    ours = (paths.output_folder, checkpoints(settings), paths.checkpoint_backup_dir)

    return [path for path in ours if not _holds(path, root)]


def checkpoints(settings: Settings) -> Path:
    """Return the checkpoint folder that the settings name."""
    configured = settings.paths.checkpoint_file

    return configured.parent if configured else USUAL


@contextmanager
def output(files: Files, settings: Settings) -> Iterator[None]:
    """Make the output folder, write to it before anything is paid for, and be its only writer.

    Raises StorageError, UsageError where it is the checkpoint folder, and SessionLocked where
    another run writes there.
    """
    folder = settings.paths.output_folder
    _apart(settings)
    _prepare(folder)

    with locked(files, folder / _LOCK, what=f"the output folder {folder}", option="-o FOLDER"):
        yield


def _apart(settings: Settings) -> None:
    folder, own = settings.paths.output_folder, checkpoints(settings)

    if folder.resolve() == own.resolve():
        raise UsageError(
            f"The output folder is the checkpoint folder: {folder}\n"
            "Name another folder for the results: -o FOLDER"
        )


def _prepare(output: Path) -> None:
    probe = output / ".robasync.tmp"

    try:
        output.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StorageError(
            f"The output folder {output} cannot be used: {error.strerror}.\nName another one: -o FOLDER"
        ) from error


def _holds(path: Path, root: Path) -> bool:
    """Return whether one of our own folders is the input folder itself, or lies above it."""
    return root.resolve().is_relative_to(path.resolve())
