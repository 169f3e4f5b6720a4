"""Writing a checkpoint so that at every moment the old one or the new one is there, whole."""

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
    try:
        written = _write(files, temporary, pieces)
    except OSError:
        with suppress(OSError):  # on a full disk the journal needs its space
            files.remove(temporary)

        raise

    if validate and _digest(files, temporary) != written:
        files.remove(temporary)
        raise StorageError(f"{path.name} was not replaced: its new content reads back differently.")

    files.rename(temporary, path)
    files.sync_folder(path.parent)


def copy_file(files: Files, source: Path, target: Path, *, temporary: Path) -> None:
    """Copy a checkpoint durably; ``temporary`` lies in the folder of ``target``."""
    replace_file(files, target, _blocks(files, source), temporary=temporary, validate=True)


def _write(files: Files, path: Path, pieces: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    handle = files.open(path)

    try:
        files.truncate(handle, 0)

        for block in _joined(pieces):
            digest.update(block)
            files.write(handle, block)

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
