"""What documents hold: their bytes read once, digested, and kept where they are few."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from aiofiles.ospath import wrap  # type: ignore[attr-defined]  # public, but not in the stubs

from robasync.documents import Folder
from robasync.errors import Changed, DocumentError, Unreadable
from robasync.model import Document

KEEP_BYTES = 256 * 1024  # a file up to this size is read once and kept while it is assessed

# Without waiting: what was a file at the walk may be a pipe now that nobody writes into.
_OPEN = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_CLOEXEC", "O_BINARY", "O_NONBLOCK"))
_NO_WAIT = getattr(os, "RWF_NOWAIT", 0)  # Linux: what is not in memory is refused instead of waited for
_WOULD_WAIT = frozenset({errno.EAGAIN, errno.EOPNOTSUPP})

Identified = Document | DocumentError


async def identify(folder: Folder, names: Sequence[str]) -> list[Identified]:
    """Read each document's bytes once and return what identifies it, or why it cannot be read.

    Small files whose content the system has in memory are read here: a thread would wait
    longer for its turn than the reading takes. From the first one on that has to be waited
    for, a thread reads. The error is Unreadable where a file cannot be opened or read,
    Changed where it grew or shrank while it was read.
    """
    at_once = [*_at_once(folder, names)] if _NO_WAIT else []
    rest = names[len(at_once) :]

    # One crossing for all of them; opening, reading and closing would be three for each.
    return [*at_once, *await wrap(_identify)(folder, rest)] if rest else at_once


def _at_once(folder: Folder, names: Sequence[str]) -> Iterator[Identified]:
    """Yield the documents up to the first one whose bytes are not all in memory, or are many."""
    space = bytearray(KEEP_BYTES + 1)

    for name in names:
        identified = _cached(name, folder.path(name), space)

        if identified is None:
            return

        yield identified


def _cached(name: str, path: Path, space: bytearray) -> Identified | None:
    try:
        handle = os.open(path, _OPEN)

        try:
            size = os.preadv(handle, [space], 0, _NO_WAIT)
            facts = os.fstat(handle)
        finally:
            os.close(handle)

    except OSError as error:
        return None if error.errno in _WOULD_WAIT else _unreadable(name, error)

    if size > KEEP_BYTES or size < facts.st_size:
        return None

    return _kept(name, path, bytes(memoryview(space)[:size]), facts=facts)


def _identify(folder: Folder, names: Sequence[str]) -> list[Identified]:
    return [read(name, folder.path(name)) for name in names]


def read(name: str, path: Path) -> Identified:
    """Read one document's bytes, waiting for them, and return what identifies it, or why that fails."""
    try:
        # Plain system calls: a file object makes three times as many, and each one gives the
        # interpreter away to threads that want it.
        handle = os.open(path, _OPEN)

        try:
            facts = os.fstat(handle)

            if facts.st_size <= KEEP_BYTES:
                return _kept(name, path, os.read(handle, KEEP_BYTES + 1), facts=facts)

            return _document(name, path, _digest(handle), facts=facts)
        finally:
            os.close(handle)

    except OSError as error:
        return _unreadable(name, error)


def _digest(handle: int) -> str:
    digest = hashlib.sha256()

    while block := os.read(handle, KEEP_BYTES):
        digest.update(block)

    return digest.hexdigest()


def _kept(name: str, path: Path, content: bytes, *, facts: os.stat_result) -> Identified:
    if len(content) != facts.st_size:
        return Changed(f"{name}: changed while it was being read. It is tried again at the next resume.")

    return _document(name, path, hashlib.sha256(content).hexdigest(), facts=facts, content=content)


def _document(
    name: str, path: Path, digest: str, *, facts: os.stat_result, content: bytes | None = None
) -> Document:
    return Document(
        name=name,
        path=path,
        digest=digest,
        size=facts.st_size,
        mtime_ns=facts.st_mtime_ns,
        inode=facts.st_ino,
        content=content,
    )


def _unreadable(name: str, error: OSError) -> Unreadable:
    return Unreadable(f"{name}: cannot be read: {error.strerror}. Check the file and its permissions.")
