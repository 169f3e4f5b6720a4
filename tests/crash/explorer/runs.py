"""The real journal and checkpointer on a recording disk, with a course that notes their promises."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Self

from robasync.records import Entry, Record
from robasync.store.checkpointer import Checkpointer, Options
from robasync.store.index import Index
from robasync.store.journal import Journal
from robasync.store.opening import Opened
from robasync.trouble import Trouble
from tests.crash.explorer.course import HOME, PLACE, Course


class Run:
    """One run of the session: an async context manager, inside ``Course.opened``."""

    def __init__(
        self,
        course: Course,
        found: Opened,
        *,
        backup_interval: int = 1,
        indexed: bool = False,
        is_mended: bool = False,
        **options,
    ) -> None:
        self.session = found.session
        self.keys = found.keys
        self.troubles = 0
        self._course = course
        self._is_mended = is_mended
        self._next = found.tail.next_sequence
        self.journal = Journal(
            course.files,
            PLACE,
            tail=found.tail,
            on_commit=self._committed,
            on_trouble=self._troubled,
            **{"headroom": 0} | options,
        )
        self.checkpointer = Checkpointer(
            course.files,
            PLACE,
            self.session,
            options=Options(backup_folder=HOME / "backups", backup_interval=backup_interval, max_backups=2),
            on_saved=self._saved,
            on_failed=self._failed,
            caches=[Index(course.files, PLACE, session=self.session, keys=self.keys, damage=())] * indexed,
        )
        self._saving = 0

    async def __aenter__(self) -> Self:
        await self.journal.__aenter__()

        return self

    async def __aexit__(self, *error) -> None:
        await self.journal.__aexit__(*error)

    def append(self, *records: Record) -> Awaitable[None]:
        """Append records to the journal, noted as such."""
        self._course.appended(self._next, records)
        self._next += len(records)

        return self.journal.append(*records)

    async def checkpoint(self) -> None:
        """Write a checkpoint now."""
        self._saving = self.session.last_sequence
        await self.checkpointer.now("now")

    def _committed(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.session.apply(entry)

        self.keys.observe(entries)
        self._course.committed(entries)

    def _troubled(self, trouble: Trouble) -> None:
        """Do as a user who mends the disk, or one who stops the run."""
        self.troubles += 1

        if self._is_mended:
            self._course.files.mend()
        else:
            asyncio.get_running_loop().call_soon(self.journal.give_up)

    def _saved(self, path: Path, reason: str) -> None:
        self._course.saved(self._saving)

    def _failed(self, error: Exception) -> None:
        raise error
