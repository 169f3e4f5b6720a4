"""When checkpoints are written: triggers mark, one task writes, bursts become one.

The journal holds every answer already, so a checkpoint may wait: automatic ones keep a
distance of fifty times what the last one took, and thus at most 2 % of the time. One that
is asked for now (a signal, SIGUSR1, the end) does not wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import anyio
import anyio.to_thread

from robasync.errors import StorageError
from robasync.session import Session
from robasync.store import checkpoint
from robasync.store.backups import backup_name, rotate
from robasync.store.files import Files
from robasync.store.journal import local_time
from robasync.store.places import Place
from robasync.store.snapshots import copy_file, replace_file

log = logging.getLogger(__name__)

DISTANCE = 50  # automatic checkpoints are this many times the last one's duration apart


class Cache(Protocol):
    """Something that can be rebuilt from the journal, and is written after each checkpoint."""

    def image(self) -> Callable[[], None]:
        """Copy what is to be written, in the event loop and below 50 ms; return what writes it.

        What is returned is called once, in a thread. It may raise OSError or StorageError:
        then the cache stays as it was, and the run goes on.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How checkpoints are written. ``backup_interval`` is in documents; 0 means no backups.

    ``automatic`` false writes only those that are asked for (``enable_resume: false``).
    """

    backup_folder: Path
    backup_interval: int = 50
    max_backups: int = 5
    validate: bool = True
    automatic: bool = True


class Checkpointer:
    """Writes the session's checkpoint; create and use it inside the event loop.

    ``on_saved(path, reason)`` is called in the loop after each one. ``on_failed(error)`` is
    called where an automatic one could not be written: the run goes on, the journal is whole.
    ``caches`` are written after each checkpoint, one at a time; their time counts as its own.
    """

    def __init__(
        self,
        files: Files,
        place: Place,
        session: Session,
        *,
        options: Options,
        on_saved: Callable[[Path, str], None],
        on_failed: Callable[[Exception], None],
        caches: Sequence[Cache] = (),
    ) -> None:
        self._files = files
        self._place = place
        self._session = session
        self._options = options
        self._on_saved = on_saved
        self._on_failed = on_failed
        self._caches = caches
        self._reasons: dict[str, None] = {}
        self._marked = anyio.Event()
        self._demanded = anyio.Event()
        self._writing = anyio.Lock()
        self._thread = anyio.CapacityLimiter(1)
        self._backed_up = session.completed + session.failed

    def mark(self, reason: str) -> None:
        """Ask for a checkpoint soon. Cheap; what is marked meanwhile goes into the same one."""
        if self._options.automatic:
            self._reasons[reason] = None
            self._marked.set()

    def demand(self, reason: str) -> None:
        """Ask for a checkpoint at once, whatever the distance to the last one; cheap as well."""
        self._reasons[reason] = None
        self._marked.set()
        self._demanded.set()

    async def run(self) -> None:
        """Write marked checkpoints until cancelled; one that has begun is finished first."""
        while True:
            while not self._reasons:  # the event is another one after each checkpoint
                await self._marked.wait()

            began = time.monotonic()

            try:
                await self._save_marked()
            except (OSError, StorageError) as error:
                self._on_failed(error)

            with anyio.move_on_after(DISTANCE * (time.monotonic() - began)):
                await self._demanded.wait()

    async def now(self, reason: str) -> None:
        """Write a checkpoint and return when it is on the disk, also while being cancelled.

        Raises StorageError if the disk refuses.
        """
        with anyio.CancelScope(shield=True):
            async with self._writing:
                self._reasons[reason] = None

                try:
                    await self._save()
                except OSError as error:
                    raise StorageError(self._refusal(error)) from error

    async def _save_marked(self) -> None:
        with anyio.CancelScope(shield=True):
            async with self._writing:
                if self._reasons:  # else one asked for meanwhile has said it all
                    await self._save()

    async def _save(self) -> None:
        reasons, self._reasons = ", ".join(self._reasons), {}
        self._marked, self._demanded = anyio.Event(), anyio.Event()
        done = self._session.completed + self._session.failed
        interval = self._options.backup_interval
        is_backup_due = interval > 0 and done - self._backed_up >= interval
        sequence = self._session.last_sequence
        names = [self._place.segment(n + 1).name for n in range(self._session.last_position.segment)]
        view = checkpoint.view(self._session, time=local_time(), segments=names)
        await anyio.to_thread.run_sync(self._write, view, limiter=self._thread)

        if is_backup_due:
            await anyio.to_thread.run_sync(self._back_up, sequence, limiter=self._thread)
            self._backed_up = done

        self._on_saved(self._place.checkpoint, reasons)
        await self._write_caches()

    async def _write_caches(self) -> None:
        for cache in self._caches:
            try:
                await anyio.to_thread.run_sync(cache.image(), limiter=self._thread)
            except (OSError, StorageError) as error:
                log.debug("A cache was not written: %s", error)

    def _write(self, view: checkpoint.View) -> None:
        pieces = checkpoint.encode(view)
        validate = self._options.validate
        replace_file(
            self._files, self._place.checkpoint, pieces, temporary=self._place.temporary, validate=validate
        )

    def _back_up(self, sequence: int) -> None:
        folder = self._options.backup_folder
        self._files.make_folder(folder)
        target = folder / backup_name(self._place, sequence=sequence, when=datetime.now().astimezone())
        copy_file(self._files, self._place.checkpoint, target, temporary=folder / self._place.temporary.name)
        rotate(self._files, self._place, folder=folder, keep=self._options.max_backups)

    def _refusal(self, error: OSError) -> str:
        return (
            f"the checkpoint {self._place.checkpoint} could not be written: {error.strerror}.\n"
            "No answer is lost: the journal holds them, and resume rebuilds the checkpoint from it."
        )
