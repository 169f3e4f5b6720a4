"""When checkpoints are written: triggers mark, one task writes, bursts become one.

The journal holds every answer already, so a checkpoint may wait: automatic ones keep a
distance of fifty times what the last one took, and thus at most 2 % of the time. One that
is asked for now (a signal, SIGUSR1, the end) does not wait.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import anyio
import anyio.to_thread

from robasync.errors import StorageError
from robasync.session import Session
from robasync.store import checkpoint
from robasync.store.clock import local_time
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.saving import Options, Saving
from robasync.store.triggers import Reasons

__all__ = ["DISTANCE", "Cache", "Checkpointer", "Options"]

log = logging.getLogger(__name__)

DISTANCE = 50  # automatic checkpoints are this many times the last one's duration apart
RETRY_SECONDS = 5.0  # at least, after one that the disk refused


class Cache(Protocol):
    """Something that can be rebuilt from the journal, and is written after each checkpoint."""

    def image(self) -> Callable[[], None]:
        """Copy what is to be written, in the event loop and below 50 ms; return what writes it.

        What is returned is called once, in a thread. It may raise OSError or StorageError:
        then the cache stays as it was, and the run goes on.
        """


class Checkpointer:
    """Writes the session's checkpoint; create and use it inside the event loop.

    ``on_saved(path, reasons)`` is called in the loop after each one. ``on_failed(error)`` is
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
        self._saving = Saving(files, place, options)
        self._place = place
        self._session = session
        self._options = options
        self._on_saved = on_saved
        self._on_failed = on_failed
        self._caches = caches
        self._reasons = Reasons()
        self._is_urgent = False
        self._wake = anyio.Event()
        self._writing = anyio.Lock()
        self._thread = anyio.CapacityLimiter(1)
        self._backed_up = session.completed + session.failed
        self._is_clean = not options.clean_up
        self._told: set[str] = set()

    @property
    def path(self) -> Path:
        """The file that the checkpoint is written to."""
        return self._saving.path

    def mark(self, reason: str) -> None:
        """Ask for a checkpoint soon. Cheap; what is marked meanwhile goes into the same one."""
        if self._options.automatic:
            self._add(reason)

    def demand(self, reason: str) -> None:
        """Ask for a checkpoint at once, whatever the distance to the last one; cheap as well."""
        self._is_urgent = True
        self._add(reason)
        self._wake.set()

    async def run(self) -> None:
        """Write marked checkpoints until cancelled; one that has begun is finished first."""
        earliest = 0.0  # on the monotonic clock, for automatic ones

        if how := self._options.compression:
            log.info(
                "Checkpoints are compressed (%s); resume reads them as they are",
                how.spoken,
                extra={"event": "checkpoints_compressed"},
            )

        while True:
            await self._until_due(earliest)
            began, least = time.monotonic(), 0.0

            try:
                await self._save_marked()
            except (OSError, StorageError) as error:
                self._on_failed(error)
                least = RETRY_SECONDS

            now = time.monotonic()
            earliest = now + max(DISTANCE * (now - began), least)

    async def now(self, reason: str) -> None:
        """Write a checkpoint and return when it is on the disk, also while being cancelled.

        Raises StorageError if the disk refuses.
        """
        with anyio.CancelScope(shield=True):
            async with self._writing:
                self._add(reason)

                try:
                    await self._save()
                except OSError as error:
                    raise StorageError(self._refusal(error)) from error

    def _add(self, reason: str) -> None:
        if not self._reasons:
            self._wake.set()

        if self._reasons.add(reason):
            log.debug("Checkpoint due: %s", reason, extra={"event": "checkpoint_due", "reason": reason})

    async def _until_due(self, earliest: float) -> None:
        while not self._is_urgent:
            wait = earliest - time.monotonic() if self._reasons else math.inf

            if wait <= 0:
                return

            self._wake = anyio.Event()  # a mark sets it only where it is the first one

            with anyio.move_on_after(wait):
                await self._wake.wait()

    async def _save_marked(self) -> None:
        with anyio.CancelScope(shield=True):
            async with self._writing:
                if self._reasons:  # else one asked for meanwhile has said it all
                    await self._save()

    async def _save(self) -> None:
        began = time.monotonic()
        reasons, self._is_urgent = self._reasons.take(), False
        done = self._session.completed + self._session.failed
        sequence = self._session.last_sequence
        names = [self._place.segment(n + 1).name for n in range(self._session.last_position.segment)]
        view = checkpoint.view(self._session, time=local_time(), segments=names)

        try:
            await self._in_thread(lambda: self._saving.write(view))
        except (OSError, StorageError):
            self._reasons.add(reasons)  # it is as due as before
            raise

        log.debug(
            "Checkpoint written in %.3f s: %s",
            time.monotonic() - began,
            reasons,
            extra={"event": "checkpoint_timed", "seconds": time.monotonic() - began},
        )
        self._on_saved(self._saving.path, reasons)

        if self._options.makes_backups and done - self._backed_up >= self._options.backup_interval:
            await self._beside("No backup was made", lambda: self._saving.back_up(sequence))
            self._backed_up = done

        if not self._is_clean:
            await self._beside("Old files were not removed", self._saving.clean_up)
            self._is_clean = True

        for cache in self._caches:
            await self._beside("What makes the next resume quick was not written", cache.image())

    async def _beside(self, what: str, work: Callable[[], None]) -> None:
        """Do what a run can do without; where the disk refuses, ``what`` is said, as a warning once."""
        try:
            await self._in_thread(work)
        except (OSError, StorageError) as error:
            level = logging.DEBUG if what in self._told else logging.WARNING
            log.log(
                level,
                "%s: %s",
                what,
                str(error).partition("\n")[0],
                extra={"event": "checkpoint_side_work_failed"},
            )
            self._told.add(what)

    async def _in_thread(self, work: Callable[[], None]) -> None:
        await anyio.to_thread.run_sync(work, limiter=self._thread)

    def _refusal(self, error: OSError) -> str:
        return (
            f"the checkpoint {self._saving.path} could not be written: {error.strerror}.\n"
            "No answer is lost: the journal holds them, and resume rebuilds the checkpoint from it."
        )
