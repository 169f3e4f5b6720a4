"""A process that appends records and says on its standard output which ones are acknowledged.

Started by ``test_kill.py`` and killed by it: python writer.py FOLDER
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import anyio

from robasync.session import Session
from robasync.store.checkpointer import Checkpointer, Options
from robasync.store.files import DiskFiles
from robasync.store.journal import Journal
from robasync.store.opening import opened
from tests.stores import intent, outcome, place_in, reply, started


async def _main(folder: Path) -> None:
    files, place = DiskFiles(), place_in(folder)

    with opened(files, place) as found:
        session = found.session

        async with Journal(files, place, tail=found.tail, on_commit=_into(session), headroom=0) as journal:
            if not session.id:
                await journal.append(started(1_000_000))

            options = Options(backup_folder=folder / "backups", backup_interval=20)
            checkpointer = Checkpointer(
                files, place, session, options=options, on_saved=_ignore, on_failed=_raise
            )

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(checkpointer.run)

                for worker in range(8):
                    tasks.start_soon(_work, journal, checkpointer, session.last_sequence * 8 + worker)


async def _work(journal: Journal, checkpointer: Checkpointer, number: int) -> None:
    while True:
        name = f"{number}.txt"
        await journal.append(intent(number, name))
        journal.append(reply(number, name, raw=os.urandom(300)))
        await journal.append(outcome(name))
        os.write(1, b"%d\n" % number)
        checkpointer.mark("document")
        number += 8


def _into(session: Session):
    def apply(entries) -> None:
        for entry in entries:
            session.apply(entry)

    return apply


def _ignore(path: Path, reason: str) -> None:
    """Take no notice."""


def _raise(error: Exception) -> None:
    raise error


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
