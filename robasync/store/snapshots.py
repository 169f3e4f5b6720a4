"""Replacing whole files: a checkpoint so that the old or the new one is there, a cache at no cost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from robasync.errors import StorageError
from robasync.store.files import Files

_BLOCK = 1024 * 1024  # bytes written and read at a time


def replace_file(
    files: Files, path: Path, pieces: Iterable[bytes], *, temporary: Path, validate: bool
) -> None:
    """Replace ``path`` by ``pieces``: written beside it, read back, synced, renamed.

    ``temporary`` lies in the same folder. Raises OSError, or StorageError where what was
    read back is not what was written; then ``path`` is as it was.
    """
    written = _draft(files, temporary, pieces, synced=True)

    if validate and _digest(files, temporary) != written:
        files.remove(temporary)
        raise StorageError(f"{path.name} was not replaced: its new content reads back differently.")

    files.rename(temporary, path)
    files.sync_folder(path.parent)


def copy_file(files: Files, source: Path, target: Path, *, temporary: Path) -> None:
    """Copy a checkpoint durably; ``temporary`` lies in the folder of ``target``."""
    replace_file(files, target, _blocks(files, source), temporary=temporary, validate=True)


def replace_cache(files: Files, path: Path, pieces: Iterable[bytes], *, temporary: Path) -> None:
    """Replace ``path`` by ``pieces`` without waiting for the disk. Raises OSError.

    For what tells by itself whether it is whole: a crash may leave it in any state, and a
    sync would hold up that of the journal.
    """
    _draft(files, temporary, pieces, synced=False)
    files.rename(temporary, path)


def _draft(files: Files, path: Path, pieces: Iterable[bytes], *, synced: bool) -> bytes:
    try:
        return _write(files, path, pieces, synced=synced)
    except OSError:
        with suppress(OSError):  # on a full disk the journal needs its space
            files.remove(path)

        raise


def _write(files: Files, path: Path, pieces: Iterable[bytes], *, synced: bool) -> bytes:
    digest = hashlib.sha256()
    handle = files.open(path)

    try:
        files.truncate(handle, 0)

        for block in _joined(pieces):
            digest.update(block)
            files.write(handle, block)

        if synced:
            files.sync(handle)
    finally:
        files.close(handle)

    return digest.digest()


def _joined(pieces: Iterable[bytes]) -> Iterable[bytes]:
    block = bytearray()

    for piece in pieces:
        block += piece

        if len(block) >= _BLOCK:
            yield bytes(block)
            block.clear()

    if block:
        yield bytes(block)


def _digest(files: Files, path: Path) -> bytes:
    digest = hashlib.sha256()

    for block in _blocks(files, path):
        digest.update(block)

    return digest.digest()


def _blocks(files: Files, path: Path) -> Iterable[bytes]:
    offset = 0

    while block := files.read(path, offset, _BLOCK):
        offset += len(block)
        yield block
