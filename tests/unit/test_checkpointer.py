"""When checkpoints are written, what a burst costs, and what a failure leaves."""

from __future__ import annotations

import errno
import os
import threading

import anyio
import pytest

from robasync.errors import StorageError
from robasync.model import Status
from robasync.store import checkpoint, checkpointer
from robasync.store.backups import backups
from robasync.store.checkpointer import Checkpointer, Options
from robasync.store.files import DiskFiles
from tests.stores import NotingFiles, RefusingFiles, entries, outcome, place_in, session_of, started


class Watched:
    """A checkpointer with what it reported."""

    def __init__(self, folder, files=None, session=None, *, caches=(), **options) -> None:
        self.saved = []
        self.failed = []
        self.place = place_in(folder)
        self.session = session or session_of(started())
        self.checkpointer = Checkpointer(
            files or DiskFiles(),
            self.place,
            self.session,
            options=Options(**{"backup_folder": folder / "backups"} | options),
            on_saved=lambda path, reason: self.saved.append((path.name, reason)),
            on_failed=self.failed.append,
            caches=caches,
        )

    def read(self) -> checkpoint.Checkpoint:
        """Return the checkpoint on the disk."""
        return checkpoint.parse(self.place.checkpoint.read_bytes(), name="x")


async def test_a_checkpoint_asked_for_is_there_when_the_wait_is_over(tmp_path):
    """``now`` writes, and tells file and reason."""
    watched = Watched(tmp_path)
    await watched.checkpointer.now("the end")

    assert watched.saved == [("rob_session_20241201_143022.checkpoint.json", "the end")]
    assert watched.read().session_id == watched.session.id
    assert not watched.place.temporary.exists()


async def test_a_burst_of_marks_becomes_one_checkpoint(tmp_path):
    """Everything that is marked before the writing begins is one checkpoint with all reasons."""
    watched = Watched(tmp_path)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.checkpointer.run)

        for number in range(100):
            watched.checkpointer.mark(f"document {number % 2}")

        await _until(lambda: watched.saved)
        tasks.cancel_scope.cancel()

    assert [reason for _, reason in watched.saved] == ["document 0, document 1"]


@pytest.mark.parametrize("automatic", [True, False])
async def test_a_demanded_checkpoint_keeps_no_distance(tmp_path, monkeypatch, automatic):
    """SIGUSR1 is answered at once: between automatic checkpoints, and where there are none."""
    monkeypatch.setattr(checkpointer, "DISTANCE", 1e9)
    watched = Watched(tmp_path, automatic=automatic)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.checkpointer.run)

        for number in range(3):
            watched.checkpointer.demand("asked")
            await _until(lambda number=number: len(watched.saved) > number)

        tasks.cancel_scope.cancel()

    assert len(watched.saved) == 3


async def test_automatic_checkpoints_keep_their_distance(tmp_path, monkeypatch):
    """After one has been written the next waits, but goes at once where one is demanded."""
    monkeypatch.setattr(checkpointer, "DISTANCE", 1e9)
    watched = Watched(tmp_path)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.checkpointer.run)
        watched.checkpointer.mark("first")
        await _until(lambda: watched.saved)

        for number in range(100):
            watched.checkpointer.mark(f"document {number}")
            await anyio.lowlevel.checkpoint()

        assert len(watched.saved) == 1
        watched.checkpointer.demand("SIGUSR1")
        await _until(lambda: len(watched.saved) > 1)
        tasks.cancel_scope.cancel()

    assert watched.saved[1][1].startswith("document 0, document 1, ")
    assert watched.saved[1][1].endswith("81 more")


async def test_a_demand_is_heard_after_one_that_was_asked_for_within_the_distance(tmp_path, monkeypatch):
    """``now`` in between takes nothing from the task that waits."""
    monkeypatch.setattr(checkpointer, "DISTANCE", 1e9)
    watched = Watched(tmp_path)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.checkpointer.run)
        watched.checkpointer.mark("first")
        await _until(lambda: watched.saved)
        await watched.checkpointer.now("asked for")
        watched.checkpointer.demand("SIGUSR1")
        await _until(lambda: len(watched.saved) > 2)
        tasks.cancel_scope.cancel()

    assert [reason for _, reason in watched.saved] == ["first", "asked for", "SIGUSR1"]


async def test_every_trigger_is_logged_with_its_reason(tmp_path, caplog):
    """When it fires, and again with the checkpoint that it led to."""
    caplog.set_level("DEBUG", logger="robasync.store.checkpointer")
    watched = Watched(tmp_path)

    for reason in ("batch 1 starts", "error in a.txt", "batch 1 starts"):
        watched.checkpointer.mark(reason)

    await watched.checkpointer.now("end of the run")
    due = [line for line in caplog.messages if line.startswith("Checkpoint due: ")]

    assert [line.partition(": ")[2] for line in due] == ["batch 1 starts", "error in a.txt", "end of the run"]
    assert caplog.messages[-1].endswith(": batch 1 starts, error in a.txt, end of the run")


async def test_without_automatic_checkpoints_only_those_asked_for_are_written(tmp_path):
    """``enable_resume: false`` writes the last one only."""
    watched = Watched(tmp_path, automatic=False)
    watched.checkpointer.mark("a batch")
    await watched.checkpointer.now("the end")

    assert [reason for _, reason in watched.saved] == ["the end"]


async def test_a_checkpoint_asked_for_is_written_although_its_caller_is_cancelled(tmp_path):
    """The last checkpoint of a shutdown does not fall to the shutdown."""
    watched = Watched(tmp_path)

    with anyio.CancelScope() as scope:
        scope.cancel()
        await watched.checkpointer.now("signal")

    assert watched.read()


async def test_the_new_file_is_durable_before_it_gets_its_name(tmp_path):
    """Write, sync, rename, sync of the folder: the old checkpoint or the new one, never neither."""
    files = NotingFiles()
    await Watched(tmp_path, files).checkpointer.now("the end")

    assert files.done == ["write", "sync", "rename", "sync_folder"]


@pytest.mark.parametrize("refusal", [{"writes": 1}, {"syncs": 1}])
async def test_a_refusing_disk_leaves_the_old_checkpoint(tmp_path, refusal):
    """An automatic one is reported and tried again later; one that is asked for raises."""
    await Watched(tmp_path).checkpointer.now("first")
    watched = Watched(tmp_path, RefusingFiles(**refusal), session_of(started(), outcome("a")))

    with pytest.raises(StorageError, match="could not be written"):
        await watched.checkpointer.now("second")

    assert watched.read().content["completed_documents"] == 0
    await watched.checkpointer.now("third")
    assert watched.read().content["completed_documents"] == 1


async def test_an_automatic_checkpoint_that_fails_does_not_end_the_run(tmp_path):
    """The journal holds every answer; the failure is told."""
    watched = Watched(tmp_path, RefusingFiles(writes=1))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.checkpointer.run)
        watched.checkpointer.mark("a batch")
        await _until(lambda: watched.failed)
        tasks.cancel_scope.cancel()

    assert watched.saved == []


async def test_a_refused_checkpoint_stays_due(tmp_path, monkeypatch):
    """It is tried again with the same reasons, and does not hold its space meanwhile."""
    monkeypatch.setattr(checkpointer, "RETRY_SECONDS", 0)
    monkeypatch.setattr(checkpointer, "DISTANCE", 0)
    watched = Watched(tmp_path, RefusingFiles(writes=3))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched.checkpointer.run)
        watched.checkpointer.mark("a batch")
        await _until(lambda: watched.failed)
        assert not watched.place.temporary.exists() or watched.saved
        await _until(lambda: watched.saved)
        tasks.cancel_scope.cancel()

    assert len(watched.failed) == 3
    assert watched.saved[0][1] == "a batch"


async def test_what_reads_back_differently_is_not_taken(tmp_path):
    """``validation_on_save`` compares what is on the disk before the rename."""

    class LyingFiles(DiskFiles):
        def read(self, path, offset, length):
            return super().read(path, offset, length).replace(b"rob", b"rot")

    watched = Watched(tmp_path, LyingFiles())

    with pytest.raises(StorageError, match="reads back differently"):
        await watched.checkpointer.now("the end")

    assert not watched.place.checkpoint.exists()
    assert not watched.place.temporary.exists()


async def test_without_validation_nothing_is_read_back(tmp_path):
    """``validation_on_save: false`` trusts the disk."""

    class BlindFiles(DiskFiles):
        def read(self, path, offset, length):
            raise AssertionError(f"{path} was read")

    watched = Watched(tmp_path, BlindFiles(), validate=False)
    await watched.checkpointer.now("the end")

    assert watched.read()


async def test_backups_are_rotated_by_their_place_in_the_journal(tmp_path):
    """Every so many documents a copy; of those, the newest few stay; people's copies are left alone."""
    session = session_of(started(100))
    watched = Watched(tmp_path, session=session, backup_interval=10, max_backups=3)
    (tmp_path / "backups").mkdir()
    own = tmp_path / "backups" / f"{watched.place.stem}.checkpoint_20240101.json"
    own.write_text("mine")

    for entry in entries(
        outcome(str(n), Status.FAILED if n % 9 == 0 else Status.ASSESSED) for n in range(60)
    ):
        session.apply(entry)

        if entry.sequence % 5 == 0:
            await watched.checkpointer.now("documents")

    found = backups(DiskFiles(), watched.place, folder=tmp_path / "backups")
    assert [checkpoint.parse(path.read_bytes(), name="x").sequence for path in found] == [60, 50, 40]
    assert own.read_text() == "mine"


@pytest.mark.parametrize("options", [{"max_backups": 0}, {"backup_interval": 0}])
async def test_no_backups_are_made_where_none_are_wanted(tmp_path, options):
    """``max_checkpoint_backups: 0`` means none, not one that goes at once."""
    session = session_of(started(100))
    watched = Watched(tmp_path, session=session, **{"backup_interval": 1} | options)
    session.apply(entries([started(100), outcome("a")])[1])
    await watched.checkpointer.now("documents")

    assert not (tmp_path / "backups").exists()


async def test_a_backup_that_cannot_be_made_is_said_once_and_hurts_nothing(tmp_path, caplog):
    """The checkpoint itself is there; the folder is named."""
    (tmp_path / "backups").write_text("in the way")
    session = session_of(started(100))
    watched = Watched(tmp_path, session=session, backup_interval=1)

    for entry in entries([started(100), outcome("a"), outcome("b")])[1:]:
        session.apply(entry)
        await watched.checkpointer.now("documents")

    said = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert [line.partition(":")[0] for line in said if "backup" in line] == ["No backup was made"]
    assert (len(watched.saved), watched.failed) == (2, [])


async def test_caches_are_written_after_the_checkpoint_and_never_hurt(tmp_path):
    """Each is copied in the loop and written in a thread, after the checkpoint has its name."""
    done = []

    class Noted:
        def __init__(self, name, error=None) -> None:
            self.name, self.error = name, error

        def image(self):
            done.append((self.name, "image", watched.place.checkpoint.exists(), threading.current_thread()))

            return self.write

        def write(self):
            if self.error:
                raise self.error

            done.append((self.name, "write", True, threading.current_thread()))

    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    watched = Watched(tmp_path, caches=[Noted("a", full), Noted("b", StorageError("no")), Noted("c")])
    await watched.checkpointer.now("the end")

    assert [(name, what, is_there) for name, what, is_there, _ in done] == [
        ("a", "image", True),
        ("b", "image", True),
        ("c", "image", True),
        ("c", "write", True),
    ]
    assert [thread is threading.main_thread() for *_, thread in done] == [True, True, True, False]
    assert (len(watched.saved), watched.failed) == (1, [])


async def _until(condition) -> None:
    with anyio.fail_after(10):
        while not condition():
            await anyio.lowlevel.checkpoint()
