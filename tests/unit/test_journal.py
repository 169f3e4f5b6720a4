"""Group commit: who wakes when, what shares a write, and what happens when the disk refuses."""

from __future__ import annotations

from datetime import datetime, timedelta

import anyio
import pytest

from robasync.errors import StorageError
from robasync.store import recovery
from robasync.store.clock import LocalClock
from robasync.store.files import DiskFiles
from robasync.store.scan import Scan
from tests.stores import NotingFiles, RefusingFiles, intent, journal, outcome, place_in, reply, started


def _records(place) -> list:
    return [entry.record for entry in Scan(DiskFiles(), place)]


async def test_no_waiter_wakes_before_its_group_is_synced(tmp_path):
    """The order is write, sync, fold, wake; kill -9 could not show it."""
    files = NotingFiles()
    place = place_in(tmp_path)
    events = files.done

    async with journal(files, place) as log:
        log._on_commit = lambda entries: events.append("fold")
        await log.append(started())
        events.append("wake")

    assert events == ["sync_folder", "write", "sync", "fold", "wake"]


async def test_records_of_many_tasks_share_one_write(tmp_path):
    """A hundred waiting tasks cost a few syncs, not a hundred."""
    files = NotingFiles()

    async with journal(files, place_in(tmp_path)) as log, anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(_append, log, intent(number))

    assert files.done.count("sync") <= 3


async def test_records_of_one_append_lie_next_to_each_other_in_one_group(tmp_path):
    """Reply and outcome are on the disk together or not at all."""
    entries = []

    async with journal(DiskFiles(), place_in(tmp_path), entries) as log:
        log.append(reply(1))
        await log.append(outcome("a.txt"))

    assert [entry.sequence for entry in entries] == [1, 2]
    assert {entry.group for entry in entries} == {1}


async def test_positions_say_where_the_lines_lie(tmp_path):
    """What on_commit reports is what a reader finds, over several groups and segments."""
    entries, place = [], place_in(tmp_path)

    async with journal(DiskFiles(), place, entries, segment_limit=700) as log:
        for number in range(8):
            await log.append(intent(number), reply(number))

    read = list(Scan(DiskFiles(), place))
    assert [(entry.sequence, entry.group, entry.time, entry.position) for entry in read] == [
        (entry.sequence, entry.group, entry.time, entry.position) for entry in entries
    ]
    assert read[-1].position.segment > 2
    assert all(place.segment(n).stat().st_size <= 1400 for n in range(1, read[-1].position.segment + 1))


async def test_an_append_that_nobody_awaits_is_written(tmp_path):
    """Leaving the journal makes durable what was appended."""
    place = place_in(tmp_path)

    async with journal(DiskFiles(), place) as log:
        log.append(started())
        log.append(outcome("a.txt"))

    assert len(_records(place)) == 2


async def test_a_cancelled_caller_waits_for_its_group_and_its_record_is_kept(tmp_path):
    """Cancellation ends the caller only after its record is durable."""
    entries, place = [], place_in(tmp_path)

    async with journal(DiskFiles(), place, entries) as log:
        with anyio.CancelScope() as scope:
            scope.cancel()

            try:
                await log.append(intent(1))
            finally:
                durable_at_the_end_of_the_wait = len(entries)

    assert durable_at_the_end_of_the_wait == 1
    assert len(_records(place)) == 1


async def test_numbers_go_on_where_the_journal_ended(tmp_path):
    """A resumed journal appends to the same file with the next numbers."""
    place = place_in(tmp_path)

    for _ in range(3):
        scan = Scan(DiskFiles(), place)
        list(scan)

        async with journal(DiskFiles(), place, tail=recovery.tail(DiskFiles(), place, scan)) as log:
            await log.append(intent(1))
            await log.append(reply(1))

    assert [entry.sequence for entry in Scan(DiskFiles(), place)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("refusal", [{"writes": 1}, {"syncs": 1}])
async def test_after_a_failed_write_or_sync_the_group_goes_into_a_new_segment(tmp_path, refusal):
    """A file that failed once is not trusted again; nobody is told but the reader of file names."""
    files, place = RefusingFiles(), place_in(tmp_path)

    async with journal(files, place) as log:
        await log.append(started())
        files.writes, files.syncs = refusal.get("writes", 0), refusal.get("syncs", 0)
        await log.append(intent(1), reply(1))
        await log.append(outcome("a.txt"))

    scan = Scan(DiskFiles(), place)
    assert [entry.sequence for entry in scan] == [1, 2, 3, 4]
    assert (scan.damage, scan.torn) == ([], [])
    assert place.segment(2).exists()


async def test_a_disk_that_refuses_for_good_is_told_to_every_waiter(tmp_path):
    """Nothing is acknowledged that is not safe, and nothing acknowledged is lost."""
    files, place, refused = RefusingFiles(), place_in(tmp_path), []

    async with journal(files, place) as log:
        await log.append(started())
        log.give_up()
        files.writes = 2

        async with anyio.create_task_group() as tasks:
            for number in range(5):
                tasks.start_soon(_append, log, intent(number), refused)

        with pytest.raises(StorageError, match="No space left"):
            await log.append(reply(1))

    assert len(refused) == 5
    assert [record.kind for record in _records(place)][:1] == ["session_started"]


async def test_no_call_begins_on_a_disk_that_never_had_room(tmp_path):
    """Whoever starts a run is told at once; what was paid for is still recorded."""
    place = place_in(tmp_path)

    async with journal(DiskFiles(), place, headroom=1 << 60) as log:
        with pytest.raises(StorageError, match="no call is made"):
            await log.admission()

        await log.append(reply(1))

    assert [record.kind for record in _records(place)] == ["reply"]


async def test_a_closed_journal_refuses(tmp_path):
    """Nothing is lost silently after the end."""
    async with journal(DiskFiles(), place_in(tmp_path)) as log:
        pass

    with pytest.raises(StorageError, match="closed"):
        await log.append(intent(1))


def test_the_clock_tells_the_local_time_with_its_offset():
    """Readable by fromisoformat, never going back, and at most a breath behind the system's."""
    clock = LocalClock()
    times = [clock() for _ in range(3)]
    now = datetime.now().astimezone()

    assert times == sorted(times)
    assert timedelta(0) <= now - datetime.fromisoformat(times[-1]) < timedelta(minutes=1)
    assert len(times[0]) == len("2024-12-01T14:30:22.123456+01:00")


async def _append(log, record, refused: list | None = None) -> None:
    try:
        await log.append(record)
    except StorageError as error:
        assert refused is not None
        refused.append(error)
