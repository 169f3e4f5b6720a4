"""One writer each: a lock that the system frees when its holder dies, and its holder's name beside it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from robasync.errors import SessionLocked, StorageError
from robasync.store.files import Files, Hold
from robasync.store.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that holds a lock; ``since`` is ISO 8601."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


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


def holder_of(files: Files, path: Path) -> Holder | None:
    """Return who wrote beside the lock file at ``path`` that it holds it; None where nobody did.

    After a kill the name stays.
    """
    try:
        told = orjson.loads(files.read(_holder(path), 0, 4096))

        return Holder(pid=int(told["pid"]), host=str(told["host"]), since=str(told["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_held(files: Files, path: Path) -> bool:
    """Return whether the lock file at ``path`` is held, also where that cannot be found out.

    Whoever begins in that moment would find it taken: not for a lock that nobody seems to hold.
    """
    try:
        files.lock(path).release()
    except OSError:  # held; or a share that gives no locks
        return True

    return False


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
    holder = holder_of(files, path)

    return str(holder) if holder else "another process"  # it has not written its name yet
