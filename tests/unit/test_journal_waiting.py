"""A disk that refuses: what waits in memory, what is admitted, what is lost at a stop, and nothing else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import anyio
import pytest

from robasync.errors import StorageError
from robasync.store.operations import Deed
from robasync.store.recording import RecordingFiles
from robasync.store.scan import Scan
from tests.stores import intent, journal, outcome, place_in, reply, started

HOME = Path("/disk/checkpoints")
PLACE = place_in(HOME)
PASSING = [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO]


class Moody(RecordingFiles):
    """A disk that refuses what is in ``deeds`` with ``error`` while it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.make_folder(HOME)
        self.error = 0
        self.deeds = {Deed.WRITE}

    def open(self, path):
        self._refuse(Deed.OPEN)

        return super().open(path)

    def write(self, handle, data):
        self._refuse(Deed.WRITE)
        super().write(handle, data)

    def sync(self, handle):
        self._refuse(Deed.SYNC)
        super().sync(handle)

    def remove(self, path):
        self._refuse(Deed.REMOVE)
        super().remove(path)

    def _refuse(self, deed):
        if self.error and deed in self.deeds:
            raise OSError(self.error, os.strerror(self.error))


class Watch:
    """Hears of trouble and relief."""

    def __init__(self) -> None:
        self.heard = []
        self.trouble = anyio.Event()
        self.relief = anyio.Event()

    def journal(self, files, committed=None, **options):
        """Return a journal that tells this watch."""
        return journal(files, PLACE, committed, on_trouble=self._trouble, on_relief=self._relief, **options)

    def _trouble(self, trouble):
        self.heard.append(trouble)
        self.trouble.set()

    def _relief(self):
        self.heard.append(None)
        self.relief.set()


def kinds(files):
    """Return what a reader of the disk finds, which must be whole."""
    scan = Scan(files, PLACE)
    found = [str(entry.record.kind) for entry in scan]
    assert scan.damage == []

    return found


@pytest.mark.parametrize("error", PASSING)
@pytest.mark.parametrize("deeds", [{Deed.WRITE}, {Deed.SYNC}, {Deed.SYNC, Deed.OPEN, Deed.REMOVE}])
async def test_what_a_disk_refuses_for_now_is_written_in_order_when_it_takes_records_again(error, deeds):
    """Nobody is told but that the run waits; nothing is acknowledged before it is on the disk."""
    files, watch, committed = Moody(), Watch(), []
    files.deeds = deeds

    async with watch.journal(files, committed) as log:
        await log.append(started())
        files.error = error

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_append, log, reply(1))
            await watch.trouble.wait()
            log.append(reply(2), outcome("b.txt"))
            tasks.start_soon(_append, log, outcome("a.txt"))
            assert [entry.sequence for entry in committed] == [1]
            assert log.trouble.problem == os.strerror(error)
            files.error = 0

    assert [entry.sequence for entry in committed] == [1, 2, 3, 4, 5]
    assert kinds(files) == ["session_started", "reply", "reply", "outcome", "outcome"]
    assert [bool(told) for told in watch.heard] == [True, False]


@pytest.mark.parametrize("error", [errno.EACCES, errno.ENOENT, errno.EBADF])
async def test_what_a_disk_refuses_for_good_ends_the_run(error):
    """A folder that is gone or closed to us is not waited for."""
    files, watch = Moody(), Watch()

    async with watch.journal(files) as log:
        await log.append(started())
        files.error = error

        with pytest.raises(StorageError, match=os.strerror(error)):
            await log.append(intent(1))

        with pytest.raises(StorageError):
            await log.admission()

    assert watch.heard == []


async def test_the_state_counts_the_answers_that_wait_and_names_the_folder():
    """Copies from other journals, intents and outcomes are no answers that could be lost."""
    files, watch = Moody(), Watch()

    async with watch.journal(files) as log:
        await log.append(started())
        assert log.trouble is None
        files.error = errno.ENOSPC
        log.append(reply(1), outcome("a.txt"))
        await watch.trouble.wait()
        log.append(reply(2))
        log.append(reply(3, from_session="another"))

        assert (
            str(log.trouble) == f"waiting for disk space in {HOME} (No space left on device), 2 answers held"
        )
        files.error = 0
        await watch.relief.wait()
        assert log.trouble is None


async def test_no_call_begins_while_answers_wait():
    """Admission ends the moment the disk refuses, so that what is held stays bounded; then it goes on."""
    files, watch = Moody(), Watch()

    async with watch.journal(files) as log, anyio.create_task_group() as tasks:
        await log.admission()
        files.error = errno.EROFS
        log.append(reply(1))
        await watch.trouble.wait()
        tasks.start_soon(_call, log, 2)
        await anyio.wait_all_tasks_blocked()
        assert kinds(files) == []
        files.error = 0

    assert kinds(files) == ["reply", "intent"]


async def test_who_stops_waiting_to_be_admitted_leaves_nothing_behind():
    """A call that never began is not in the books."""
    files, watch = Moody(), Watch()

    async with watch.journal(files) as log:
        files.error = errno.ENOSPC
        log.append(reply(1))
        await watch.trouble.wait()

        with anyio.move_on_after(0):
            await _call(log, 2)

        files.error = 0

    assert kinds(files) == ["reply"]


async def test_a_stop_names_the_answers_that_are_not_saved():
    """After one more try every waiter is told, and what arrives later is counted too."""
    files, watch, refused = Moody(), Watch(), []

    async with watch.journal(files) as log:
        await log.append(started(), reply(9, "safe.txt"))
        files.error = errno.ENOSPC

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_append, log, reply(1, "a.txt"), refused)
            await watch.trouble.wait()
            tasks.start_soon(_append, log, reply(2, "b.txt", from_session="another"), refused)
            tasks.start_soon(_append, log, outcome("c.txt"), refused)
            await anyio.wait_all_tasks_blocked()
            assert "stopped while waiting for disk space" in str(log.refusal)
            log.give_up()

        log.append(reply(3, "d.txt"))

    assert len(refused) == 3
    assert log.unsaved.documents == ("a.txt", "d.txt")
    assert log.unsaved.cost == 0.2
    assert log.refusal.exit_code == 5
    assert kinds(files) == ["session_started", "reply"]


async def test_the_cost_of_what_is_not_saved_is_unknown_without_a_price():
    """No sum is made up."""
    files = Moody()

    async with journal(files, PLACE) as log:
        log.give_up()
        files.error = errno.EIO
        log.append(reply(1))
        log.append(reply(2, cost=None))

    assert (len(log.unsaved.documents), log.unsaved.cost) == (2, None)


async def test_a_stop_that_finds_the_disk_well_again_loses_nothing():
    """It is tried once more before anything is given up."""
    files, watch = Moody(), Watch()

    async with watch.journal(files) as log:
        files.error = errno.ENOSPC
        waits = log.append(reply(1))
        await watch.trouble.wait()
        files.error = 0
        log.give_up()
        await waits

    assert log.unsaved.documents == ()
    assert kinds(files) == ["reply"]


async def test_leaving_a_journal_whose_disk_refuses_does_not_wait_for_ever():
    """Whatever ends the run, it ends."""
    files = Moody()

    async with journal(files, PLACE) as log:
        await log.append(started())
        files.error = errno.ENOSPC
        log.append(reply(1))

    assert log.unsaved.documents == ("a.txt",)


async def test_a_file_whose_sync_failed_is_never_written_again():
    """The system may have dropped what it could not write, and says so once only."""
    files, watch = Moody(), Watch()
    files.deeds = {Deed.SYNC}

    async with watch.journal(files) as log:
        await log.append(started())
        files.error = errno.EIO
        waits = log.append(reply(1))
        await watch.trouble.wait()
        spoilt = PLACE.segment(1)
        before = len(files.log)
        files.error = 0
        await waits
        await log.append(reply(2))

    later = [operation.path for operation in files.log[before:] if operation.deed in {Deed.WRITE, Deed.SYNC}]
    assert spoilt not in later
    assert PLACE.segment(2) in later


async def test_a_disk_that_refuses_for_long_is_not_littered_with_segments():
    """A new segment in which nothing was acknowledged gives way to the next try."""
    files, watch = Moody(), Watch()
    files.deeds = {Deed.SYNC}

    async with watch.journal(files) as log:
        await log.append(started())
        files.error = errno.EIO
        waits = log.append(reply(1))

        for _ in range(6):
            log._waiting._pause = 0  # do not wait for it
            await _tried_again(files)

        files.error = 0
        await waits

    assert PLACE.segments(files.names(HOME)) == [1, 2]
    assert kinds(files) == ["session_started", "reply"]


def test_a_disk_is_tried_again_after_pauses_that_grow():
    """No busy loop, and no long wait once there is space."""
    from robasync.store import waiting

    async def pauses():
        state = waiting.Waiting(lambda: None, on_trouble=lambda: None, on_relief=lambda: None)
        found = []

        for _ in range(9):
            state.go_on("full")
            found.append(state._timer.when() - anyio.current_time())
            state.cancel()

        return found

    found = anyio.run(pauses)
    assert [round(pause, 1) for pause in found[:4]] == [0.1, 0.2, 0.4, 0.8]
    assert found[-1] <= waiting.LONGEST_PAUSE == 5


async def _tried_again(files):
    """Return once another sync was refused."""
    before = len(files.log)

    while len(files.log) < before + 3:
        await anyio.lowlevel.checkpoint()


async def _call(log, number):
    await log.admission()
    await log.append(intent(number))


async def _append(log, record, refused=None):
    try:
        await log.append(record)
    except StorageError as error:
        assert refused is not None
        refused.append(error)
