"""One writer per session: a lock that the system frees when its holder dies, and its holder's name."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import orjson
from filelock import BaseFileLock, FileLock, Timeout

from robasync.errors import SessionLocked, StorageError
from robasync.store.files import Files
from robasync.store.places import Place


@contextmanager
def locked(files: Files, place: Place) -> Iterator[None]:
    """Hold the session for this process.

    Raises SessionLocked, naming the holder, and StorageError where nothing can be written.
    """
    lock = FileLock(place.lock, blocking=False, thread_local=False)

    try:
        files.make_folder(place.folder)
        lock.acquire()
    except Timeout as error:
        raise SessionLocked(_refusal(files, place)) from error
    except OSError as error:
        raise StorageError(
            f"no session can be kept in {place.folder}: {error.strerror}.\n"
            "Make the folder writable, or name another with paths.checkpoint_file."
        ) from error

    try:
        with suppress(OSError):  # the name is a courtesy; a full disk must not keep a session shut
            _write_holder(files, _holder(place))

        yield
    finally:
        _release(files, place, lock)


def _release(files: Files, place: Place, lock: BaseFileLock) -> None:
    # The name goes first: after the release it may be the next holder's.
    try:
        files.remove(_holder(place))
    finally:
        lock.release()


def _holder(place: Place) -> Path:
    return place.lock.with_suffix(".lock.holder")


def _write_holder(files: Files, path: Path) -> None:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    content = orjson.dumps({"host": socket.gethostname(), "pid": os.getpid(), "since": since})
    handle = files.open(path)

    try:
        files.truncate(handle, 0)
        files.write(handle, content)
    finally:
        files.close(handle)


def _refusal(files: Files, place: Place) -> str:
    holder = _describe(files, place)

    return f"session {place.stem} is being written by {holder}.\nWait until it ends, or stop it."


def _describe(files: Files, place: Place) -> str:
    try:
        holder = orjson.loads(files.read(_holder(place), 0, 4096))

        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return "another process"  # it has the lock, but has not written its name yet
