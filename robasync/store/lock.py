"""One writer each: a lock that the system frees when its holder dies, and its holder's name beside it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import orjson

from robasync.errors import SessionLocked, StorageError
from robasync.store.files import Files, Hold
from robasync.store.places import Place


def held(files: Files, place: Place) -> AbstractContextManager[None]:
    """Hold the session at ``place``, and with it the path of its checkpoint. Raises as ``locked``."""
    return locked(files, place.lock, what=f"session {place.stem}", option="paths.checkpoint_file")


@contextmanager
def locked(files: Files, path: Path, *, what: str, option: str) -> Iterator[None]:
    """Hold the lock file at ``path`` for this process.

    A message begins with ``what`` is locked; ``option`` names another place for it. Raises
    SessionLocked, naming the holder, and StorageError where nothing can be written.
    """
    hold = _take(files, path, what=what, option=option)

    try:
        with suppress(OSError):  # the name is a courtesy; a full disk must not keep a session shut
            _write_holder(files, _holder(path))

        yield
    finally:
        _release(files, path, hold)


def writer(files: Files, path: Path) -> str:
    """Return who holds the lock file at ``path``; "" where nobody does, or it cannot be told."""
    if path.name not in files.names(path.parent):
        return ""

    try:
        files.lock(path).release()
    except BlockingIOError:
        return _describe(files, path)
    except OSError:
        return ""

    return ""


def _take(files: Files, path: Path, *, what: str, option: str) -> Hold:
    try:
        files.make_folder(path.parent)

        return files.lock(path)
    except BlockingIOError as error:
        holder = _describe(files, path)

        raise SessionLocked(
            f"{what} is being written by {holder}.\nWait until it ends, or stop it."
        ) from error
    except OSError as error:
        raise StorageError(
            f"nothing can be kept in {path.parent}: {error.strerror}.\n"
            f"Make the folder writable, or name another with {option}."
        ) from error


def _release(files: Files, path: Path, hold: Hold) -> None:
    # The name goes first: after the release it may be the next holder's.
    with suppress(OSError):  # as for writing it: the disk may have become read-only meanwhile
        files.remove(_holder(path))

    hold.release()


def _holder(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder")


def _write_holder(files: Files, path: Path) -> None:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    content = orjson.dumps({"host": socket.gethostname(), "pid": os.getpid(), "since": since})
    handle = files.open(path)

    try:
        files.truncate(handle, 0)
        files.write(handle, content)
    finally:
        files.close(handle)


def _describe(files: Files, path: Path) -> str:
    try:
        holder = orjson.loads(files.read(_holder(path), 0, 4096))

        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return "another process"  # it has the lock, but has not written its name yet
