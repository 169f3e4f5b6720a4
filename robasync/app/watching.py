"""A run that goes on: new files become batches; reports are written when the work has run dry."""

from __future__ import annotations

import logging

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from robasync.ahead import Batches, at_hand
from robasync.app import folders
from robasync.app.closing import Closing
from robasync.app.running import Running
from robasync.batches import further
from robasync.errors import RobasyncError, StorageError
from robasync.service import arrivals
from robasync.service.inbox import Inbox
from robasync.settings import sizes

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks whether the work has run dry
RETRY_SECONDS = 5.0  # after a folder that could not be looked at
DISTANCE = 20  # reports are this many times as long apart as the last ones took: they tell of every document


def work(running: Running, beside: TaskGroup) -> Batches:
    """Return the work of the run, and start ``beside`` what a run needs that watches its folder."""
    if not running.is_watching:
        return at_hand(running.job.batches)

    watching = Watching(running)
    beside.start_soon(watching.notice)
    beside.start_soon(watching.report)

    return watching.batches()


class Watching:
    """The input folder of a run, and its reports, while it goes on."""

    def __init__(self, running: Running) -> None:
        job = running.job
        self._running = running
        self._live = running.live
        self._root = job.folder.root
        self._own = folders.own(job.settings, job.folder.root)
        self._inbox = Inbox(self._new)
        self._quiet = anyio.Lock()  # held while batches begin, and while reports are written
        self._told = ""
        self._reported: tuple[int, ...] = ()

    async def notice(self) -> None:
        """Listen for new files until cancelled."""
        await arrivals.notice(self._root, self._inbox.ring, without=self._own)

    async def batches(self) -> Batches:
        """Yield the batches of the job, then those of new files, as they are complete."""
        job, session = self._running.job, self._live.session
        last = max((batch.number for batch in session.batch_list), default=0)

        for batch in job.batches:
            last = max(last, batch.number)

            async with self._quiet:
                pass  # from here to the record of its beginning the loop does not turn

            yield batch

        while names := await self._complete():
            size = sizes.batch_size(job.settings)

            for batch in further(names, size=size, after=last, total=session.total):
                last = batch.number

                async with self._quiet:
                    pass  # as above

                yield batch

    async def report(self) -> None:
        """Write the reports whenever the work has run dry and something is new in them, until cancelled."""
        while True:
            rest = LOOK_SECONDS

            if self._live.is_done and self._counts != self._reported:
                began = anyio.current_time()
                await self._write()
                rest = max(rest, DISTANCE * (anyio.current_time() - began))

            await anyio.sleep(rest)

    @property
    def _counts(self) -> tuple[int, ...]:
        session = self._live.session

        return session.total, session.assessed, session.refused, session.failed

    async def _complete(self) -> tuple[str, ...]:
        """Return new documents that are complete; none where the journal takes no more."""
        while True:
            try:
                await self._live.journal.append()  # what has begun is known to the session from here on
            except StorageError as error:
                self._running.stop.request(error)
                return ()

            try:
                return (*await self._inbox.complete(),)
            except (RobasyncError, OSError) as error:
                self._tell(f"The input folder cannot be looked at: {str(error).splitlines()[0]}")
                await anyio.sleep(RETRY_SECONDS)
                self._inbox.ring()

    def _new(self) -> dict[str, str]:
        """Return the documents that the session does not know. In a thread.

        Those whose names are no Unicode are left to the next start, which knows how to call them.
        """
        known = self._live.session.documents
        folder = folders.found(self._running.job.settings, self._root, shared=known.shared)

        return {
            name: folder.location(name)
            for name in folder.names
            if name not in known and name not in folder.odd
        }

    async def _write(self) -> None:
        try:
            await self._write_results()

            async with self._quiet:
                await self._write_reports()
        except StorageError as error:
            self._tell(str(error))

    async def _write_results(self) -> None:
        """Write the result files that were not written while there was work. Raises StorageError."""
        files = self._live.result_files
        await files.catch_up()

        if missed := {*files.missed}:
            await self._closing().write_results(missed)
            files.missed -= missed

    async def _write_reports(self) -> None:
        await self._live.journal.append()  # a batch that has begun meanwhile is known now

        if not self._live.is_done:
            return

        self._reported = self._counts

        if self._live.session.total:
            self._live.checkpointer.mark("waiting for files")
            await anyio.to_thread.run_sync(self._closing().write_reports)

        log.info(
            "Waiting for new files: %s",
            self._root,
            extra={"event": "waiting_for_files", "folder": str(self._root)},
        )

    def _closing(self) -> Closing:
        job = self._running.job

        return Closing(
            settings=job.settings,
            plan=job.plan,
            files=job.files,
            place=job.opened.place,
            session=self._live.session,
        )

    def _tell(self, problem: str) -> None:
        """Say what is wrong, the same once."""
        if problem != self._told:
            self._told = problem
            log.warning("%s", problem, extra={"event": "new_file_refused"})
