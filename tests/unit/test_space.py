"""Space before admission: whatever fills the disk, what was paid for finds room."""

from __future__ import annotations

import errno
from functools import partial
from pathlib import Path
from threading import Semaphore

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import StorageError
from robasync.store import codec, space
from robasync.store.operations import Deed
from robasync.store.recording import RecordingFiles
from robasync.store.scan import Scan
from robasync.store.sealing import aes_gcm
from tests.stores import TIME, intent, journal, outcome, place_in, reply, started

MIB = 1024 * 1024
HOME = Path("/disk/checkpoints")
PLACE = place_in(HOME)
BALLAST = HOME / "ballast"
CALLS = 8
HEADROOM = space.headroom(calls=CALLS, max_tokens=4096, is_sealed=False)


def disk(capacity=128 * MIB):
    """Return a disk in memory with the folder on it."""
    files = RecordingFiles(capacity=capacity)
    files.make_folder(HOME)

    return files


def fill(files):
    """Take all that is left of the disk; return what gives it back."""
    handle = files.open(BALLAST)
    files.allocate(handle, files.free(HOME))

    return partial(files.truncate, handle, 0)


def allocated(files, number=1):
    """Return what a segment takes of the disk, and how long it is."""
    file = files.disk.files[files.disk.inode(PLACE.segment(number))]

    return max(file.allocated, file.size), file.size


@given(calls=st.integers(1, 2000), max_tokens=st.integers(0, 200_000))
def test_headroom_grows_with_calls_and_tokens(calls, max_tokens):
    """Every call in flight has its own part, none less than the floor."""
    size = space.headroom(calls=calls, max_tokens=max_tokens, is_sealed=False)

    assert size - space.SLACK >= calls * (8 * max_tokens + 20_000)
    assert size > space.headroom(calls=calls - 1, max_tokens=max_tokens, is_sealed=False)
    assert size >= space.headroom(calls=calls, max_tokens=0, is_sealed=False)


def test_what_is_sealed_has_room_for_its_base64():
    """Records that just fit in when they are in clear fit in when they are encrypted, and are longer."""
    clear, sealed = (
        space.headroom(calls=1, max_tokens=4096, is_sealed=is_sealed) for is_sealed in (False, True)
    )
    record = reply(1, raw=b"x" * (clear - space.REPLY_BYTES))
    line = codec.encode(record, 1, group=1, time=TIME, seal=aes_gcm(bytes(32)))

    assert clear < len(line) <= sealed


def test_the_reserve_is_twice_the_newest_checkpoint_and_never_nothing():
    """A checkpoint is written beside the last one, and it grows."""
    files = disk()
    assert space.reserve(files, PLACE) == space.RESERVE

    handle = files.open(PLACE.checkpoint)
    files.write(handle, bytes(5 * MIB))
    assert space.reserve(files, PLACE) == 10 * MIB


async def test_all_calls_in_flight_are_recorded_on_a_disk_that_is_full():
    """Their space was allocated before they were admitted: nothing waits, nothing is refused."""
    files, troubles = disk(), []

    async with journal(files, PLACE, headroom=HEADROOM, on_trouble=troubles.append) as log:
        await log.append(started())

        for number in range(CALLS):
            await log.admission()
            await log.append(intent(number))

        fill(files)
        assert files.free(HOME) == 0

        for number in range(CALLS):
            await log.append(reply(number, raw=b"x" * 8 * 4096), outcome(f"{number}.txt"))

    assert troubles == []
    assert len(list(Scan(files, PLACE))) == 1 + 3 * CALLS


async def test_no_call_begins_once_the_space_is_used_up_and_the_next_one_when_there_is_some():
    """What was admitted is recorded all the same; the run waits and goes on by itself."""
    files, troubles, relief, number = disk(), [], anyio.Event(), 0

    async with journal(
        files, PLACE, headroom=HEADROOM, on_trouble=troubles.append, on_relief=relief.set
    ) as log:
        await log.admission()
        empty = fill(files)

        while not troubles:
            number += 1

            with anyio.move_on_after(0.2):
                await log.admission()
                await log.append(intent(number))
                await log.append(reply(number, raw=b"x" * MIB))

        size = allocated(files)[1]
        assert files.free(HOME) == 0
        assert allocated(files)[0] - size >= space.RESERVE + HEADROOM - 2 * MIB
        assert not any(operation.error for operation in files.log)  # some systems keep what a refusal found
        assert troubles[0].held == 0
        empty()
        await log.admission()
        await log.append(intent(number + 1))

    assert relief.is_set()
    assert len(list(Scan(files, PLACE))) == 2 * (number - 1) + 1


async def test_the_last_checkpoint_finds_the_space_that_was_held_for_it():
    """On a disk that is full its reserve is given up for it, and no call begins after that."""
    files = disk()

    async with journal(files, PLACE, headroom=HEADROOM) as log:
        await log.append(started())
        empty = fill(files)
        await log.release()
        assert files.free(HOME) >= space.RESERVE
        empty()
        await log.append(outcome("a.txt"))
        assert allocated(files)[0] == allocated(files)[1]

        with pytest.raises(StorageError):
            await log.admission()


async def test_what_is_held_is_given_back_at_the_end():
    """A journal takes no more of the disk than its lines."""
    files = disk()

    async with journal(files, PLACE, headroom=HEADROOM) as log:
        await log.append(started())
        assert allocated(files)[0] >= HEADROOM + space.RESERVE

    held, size = allocated(files)
    assert held == size


async def test_a_full_segment_gives_its_space_back_to_the_next_one():
    """Only the newest segment holds space ahead."""
    files = disk()

    async with journal(files, PLACE, headroom=HEADROOM, segment_limit=1000) as log:
        await log.append(started())
        await log.append(reply(1, raw=b"x" * 2000))
        assert allocated(files, 1)[0] == allocated(files, 1)[1]
        assert allocated(files, 2)[0] >= HEADROOM + space.RESERVE


async def test_a_segment_outgrows_its_limit_rather_than_give_up_what_it_holds():
    """Where the next segment finds no space, the promise to the calls in flight stays kept."""
    files = disk()

    async with journal(files, PLACE, headroom=HEADROOM, segment_limit=1000) as log:
        await log.append(started())
        empty = fill(files)
        await log.append(reply(1, raw=b"x" * 2000))
        await log.append(reply(2, raw=b"x" * 2000))
        assert PLACE.segments(files.names(HOME)) == [1]
        empty()
        await log.append(reply(3))
        assert PLACE.segments(files.names(HOME)) == [1, 2]


async def test_admission_asks_the_disk_nothing():
    """A call is admitted and its intent taken without a system call in the event loop."""
    files = disk()

    async with journal(files, PLACE, headroom=HEADROOM) as log:
        await log.append(started())
        before = len(files.log)
        await log.admission()
        waits = log.append(intent(1))
        assert len(files.log) == before
        await waits


class Gated(RecordingFiles):
    """A disk that lets as many writes through as it has permits."""

    def __init__(self, *, capacity):
        super().__init__(capacity=capacity)
        self.permits = Semaphore(0)

    def write(self, handle, data):
        self.permits.acquire()
        super().write(handle, data)


async def test_what_is_appended_counts_before_it_is_written():
    """Neither the open group nor the one on its way to the disk has its space given away twice."""
    files, large = Gated(capacity=128 * MIB), reply(1, raw=b"x" * 30 * MIB)
    files.make_folder(HOME)

    async with journal(files, PLACE, headroom=HEADROOM) as log:
        first = log.append(started())
        await anyio.lowlevel.checkpoint()
        log.append(large)
        assert not await _is_admitted(log)
        files.permits.release()
        await first
        assert not await _is_admitted(log)
        files.permits.release()


async def _is_admitted(log):
    with anyio.move_on_after(0):
        await log.admission()
        return True

    return False


async def test_space_is_allocated_in_large_steps():
    """Hundreds of groups between two allocations."""
    files = disk()

    async with journal(files, PLACE, headroom=HEADROOM) as log:
        for number in range(400):
            await log.append(intent(number), reply(number))

    assert [operation.deed for operation in files.log].count(Deed.ALLOCATE) == 1


class Unpromising(RecordingFiles):
    """A file system that cannot allocate."""

    def allocate(self, handle, size):
        return False


async def test_where_space_cannot_be_allocated_what_is_free_counts():
    """Admission ends while there is still room for the calls in flight."""
    files, troubles = Unpromising(capacity=HEADROOM + 60 * MIB), []
    files.make_folder(HOME)

    async with journal(files, PLACE, headroom=HEADROOM, on_trouble=troubles.append) as log:
        await log.admission()
        await log.append(started())
        await log.admission()
        handle = files.open(BALLAST)
        files.write(handle, bytes(files.free(HOME) - HEADROOM))
        await log.append(intent(1))

        with anyio.move_on_after(0.2) as scope:
            await log.admission()

        assert scope.cancelled_caught
        assert len(troubles) == 1
        await log.append(reply(1, raw=b"x" * (HEADROOM // 2)))

    assert len(list(Scan(files, PLACE))) == 3


class Limited(RecordingFiles):
    """A disk with a quota that ``free`` knows nothing of."""

    def allocate(self, handle, size):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")


async def test_a_quota_refuses_the_first_call_in_words():
    """Nothing begins that could not be recorded."""
    files = Limited()
    files.make_folder(HOME)

    async with journal(files, PLACE, headroom=HEADROOM) as log:
        await log.append(started())

        with pytest.raises(StorageError, match="no call is made"):
            await log.admission()
