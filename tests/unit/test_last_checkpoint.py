"""The last checkpoint of a run on a full disk: the journal holds its space, and gives it back for it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from robasync.errors import StorageError
from robasync.store import space
from robasync.store.checkpointer import Checkpointer, Options
from robasync.store.compression import Compression
from robasync.store.files import Files
from robasync.store.journal import Journal
from robasync.store.recording import RecordingFiles
from robasync.store.recovery import Tail
from robasync.store.restoring import newest
from tests.stores import batch_started, outcome, place_in, session_of, started

PLACE = place_in(Path("/disk"))
MIB = 1024 * 1024
HEADROOM = 2 * MIB


def _fill(files: Files) -> None:
    """Write to a file of somebody else's until nothing more fits."""
    handle, size = files.open(Path("/disk/ballast")), MIB

    while size:
        try:
            files.write(handle, bytes(size))
        except OSError as error:
            assert error.errno == errno.ENOSPC
            size //= 2

    files.close(handle)


def _checkpointer(files: Files, **options) -> Checkpointer:
    names = [f"folder/trial-{number:05}.pdf" for number in range(2_000)]
    session = session_of(started(2_000), batch_started(1, *names), *map(outcome, names[:1_000]))

    return Checkpointer(
        files,
        PLACE,
        session,
        options=Options(backup_folder=PLACE.folder / "backups", **options),
        on_saved=lambda path, reason: None,
        on_failed=lambda error: None,
    )


def _journal(files: Files) -> Journal:
    return Journal(files, PLACE, tail=Tail(), on_commit=lambda entries: None, headroom=HEADROOM)


@pytest.mark.parametrize("compression", [Compression.NONE, Compression.GZIP])
async def test_the_last_checkpoint_finds_its_space_on_a_full_disk(compression):
    """Beside the one that it replaces; the index and a backup, which need not be, hurt nothing."""
    files = RecordingFiles(capacity=64 * MIB)
    files.make_folder(PLACE.folder)
    checkpointer = _checkpointer(files, compression=compression, backup_interval=1)
    await checkpointer.now("an earlier one")

    async with _journal(files) as journal:
        await journal.append(started())
        _fill(files)

        with pytest.raises(StorageError, match="could not be written"):
            await checkpointer.now("too large for what is left")

        await journal.release()
        await checkpointer.now("the end")

    assert files.free(PLACE.folder) < space.RESERVE + HEADROOM + 2 * space.STEP
    assert newest(files, PLACE).content["total_documents"] == 2_000


async def test_a_refused_checkpoint_leaves_nothing_behind_on_a_full_disk():
    """What it had taken is free again, for the journal needs it more."""
    files = RecordingFiles(capacity=64 * MIB)
    files.make_folder(PLACE.folder)
    files.allocate(files.open(Path("/disk/ballast")), files.free(PLACE.folder) - 10_000)

    with pytest.raises(StorageError):
        await _checkpointer(files).now("the end")

    assert PLACE.temporary.name not in files.names(PLACE.folder)


def test_the_reserve_grows_with_the_checkpoint_however_it_is_packed():
    """Twice the newest one, and never less than a fixed number of bytes."""
    files = RecordingFiles()
    files.make_folder(PLACE.folder)
    assert space.reserve(files, PLACE) == space.RESERVE

    handle = files.open(PLACE.packed(".gz"))
    files.write(handle, bytes(space.RESERVE))
    assert space.reserve(files, PLACE) == 2 * space.RESERVE
