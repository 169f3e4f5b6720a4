"""The journal: records in, durable lines out, many waiters sharing one write and one sync.

The event loop owns the open group; one thread writes closed groups. ``append`` encodes its
records into the open group before it returns, so that the record of a caller who is then
cancelled is written all the same. While a group is on its way to the disk the next fills.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import anyio

from robasync.errors import StorageError
from robasync.records import Entry, Kind, Position, Record
from robasync.store import codec
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.recovery import Tail
from robasync.store.segments import SEGMENT_LIMIT, SegmentWriter

HEADROOM = 64 * 1024 * 1024  # bytes that must be free for a new call to be admitted


class LocalClock:
    """The local time with its offset from UTC, to the microsecond, as in ISO 8601.

    Cheap enough for every record: what does not change within a second is kept.
    """

    def __init__(self) -> None:
        self._second = -1
        self._before = ""
        self._after = ""

    def __call__(self) -> str:
        """Return the time now."""
        second, nanoseconds = divmod(time.time_ns(), 1_000_000_000)

        if second != self._second:
            text = datetime.fromtimestamp(second, UTC).astimezone().isoformat(timespec="seconds")
            self._second, self._before, self._after = second, text[:19], text[19:]

        return f"{self._before}.{nanoseconds // 1_000:06}{self._after}"


def local_time() -> str:
    """Return the local time now, as ``LocalClock`` writes it."""
    return LocalClock()()


class Group:
    """The records that one write makes durable together. Awaiting it waits for the disk.

    The wait is shielded from cancellation: what is on its way to the disk is waited for.
    """

    __slots__ = ("_done", "_error", "first", "lines", "records")

    def __init__(self, first: int) -> None:
        self.first = first
        self.lines: list[bytes] = []
        self.records: list[tuple[Record, str]] = []
        self._done: anyio.Event | None = anyio.Event()
        self._error: BaseException | None = None

    def __await__(self) -> Generator[Any, Any, None]:
        return self._wait().__await__()

    async def _wait(self) -> None:
        if self._done is not None:
            with anyio.CancelScope(shield=True):
                await self._done.wait()

        if self._error is not None:
            raise StorageError(str(self._error)) from self._error

    def finish(self, error: BaseException | None = None) -> None:
        """Wake the waiters, with StorageError where there was an error."""
        if self._done is not None:
            self._error = error
            self._done.set()
            self._done = None

    def entries(self, segment: int, offset: int) -> list[Entry]:
        """Return the group's records as they lie in the journal from ``offset``."""
        entries = []

        for sequence, ((record, moment), line) in enumerate(
            zip(self.records, self.lines, strict=True), start=self.first
        ):
            length = len(line)
            entries.append(Entry(sequence, self.first, moment, record, Position(segment, offset, length)))
            offset += length

        return entries


class Journal:
    """Appends records to a session's journal; an async context manager.

    ``on_commit`` is called in the event loop once per durable group, before the waiters wake.
    Leaving the context makes durable what was appended. Used from one event loop only.
    """

    def __init__(
        self,
        files: Files,
        place: Place,
        *,
        tail: Tail,
        on_commit: Callable[[Sequence[Entry]], None],
        clock: Callable[[], str] | None = None,
        segment_limit: int = SEGMENT_LIMIT,
        headroom: int = HEADROOM,
    ) -> None:
        self._files = files
        self._place = place
        self._seal = place.seal
        self._writer = SegmentWriter(files, place, tail=tail, limit=segment_limit)
        self._on_commit = on_commit
        self._clock = clock or LocalClock()
        self._headroom = headroom
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._next_sequence = tail.next_sequence
        self._open: Group | None = None
        self._writing: Group | None = None
        self._refusal: BaseException | None = None
        self._has_room = True

    async def __aenter__(self) -> Self:
        self._has_room = self._files.free(self._place.folder) >= self._headroom

        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            while (group := self._open or self._writing) is not None:
                await _settled(group)

            self._refusal = self._refusal or StorageError("the journal is closed")
            self._thread.shutdown()
            self._writer.close()

    def append(self, *records: Record) -> Awaitable[None]:
        """Take the records into one commit group, next to each other, and return a wait for it.

        The wait is over once they are on the disk; it raises StorageError if the disk refuses.
        Not awaiting it is fine; without records it waits for all that was appended before. An
        intent is refused, and nothing of the call recorded, while the disk has less room than
        ``headroom``: then no new call may be made.
        """
        if self._refusal is not None:
            return _refused(self._refusal)

        if not self._has_room and any(record.kind is Kind.INTENT for record in records):
            return _refused(self._no_room())

        group = self._open or self._begin_group()
        now = self._clock()
        sequence = group.first + len(group.lines)
        lines = [
            codec.encode(record, sequence + index, group=group.first, time=now, seal=self._seal)
            for index, record in enumerate(records)
        ]
        group.lines.extend(lines)
        group.records.extend((record, now) for record in records)

        return group

    def _begin_group(self) -> Group:
        self._open = Group(self._next_sequence)

        if self._writing is None:
            # Everything that this turn of the loop appends joins the group.
            asyncio.get_running_loop().call_soon(self._write_open)

        return self._open

    def _write_open(self) -> None:
        group = self._open

        if group is None or self._writing is not None:
            return

        self._open, self._writing = None, group
        self._next_sequence = group.first + len(group.lines)
        commit = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, group.lines)
        commit.add_done_callback(self._committed)

    def _commit(self, lines: list[bytes]) -> tuple[int, int, int]:
        segment, offset = self._writer.commit(b"".join(lines))

        return segment, offset, self._files.free(self._place.folder)

    def _committed(self, commit: asyncio.Future[tuple[int, int, int]]) -> None:
        group, self._writing = self._writing, None
        assert group is not None

        if (error := commit.exception()) is not None:
            self._refuse(group, error)
            return

        segment, offset, free = commit.result()
        self._has_room = free >= self._headroom
        self._write_open()

        try:
            self._on_commit(group.entries(segment, offset))
        finally:
            group.finish()

    def _refuse(self, group: Group, error: BaseException) -> None:
        self._refusal = error
        waiting, self._open = self._open, None

        for refused in filter(None, (group, waiting)):
            refused.finish(error)

    def _no_room(self) -> StorageError:
        return StorageError(
            f"less than {self._headroom // 1024**2} MiB are free in {self._place.folder}: no call is made.\n"
            "Everything recorded so far is safe; make room, then: robasync resume"
        )


def _refused(error: BaseException) -> Group:
    group = Group(0)
    group.finish(error)

    return group


async def _settled(group: Group) -> None:
    try:
        await group
    except StorageError:
        return  # those who wait for the records are told; closing goes on
