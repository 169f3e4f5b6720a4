"""The journal: records in, durable lines out, many waiters sharing one write and one sync.

The event loop owns the open group; one thread writes closed groups. ``append`` encodes its
records into the open group before it returns, so that the record of a caller who is then
cancelled is written all the same. While a group is on its way to the disk the next fills.

A disk that refuses for now is waited for: what it refused and what is appended meanwhile
stays in memory, in order. No call is admitted then, which bounds what is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import anyio

from robasync.errors import StorageError
from robasync.records import Entry, Record
from robasync.store import codec
from robasync.store.admission import NO_ROOM, Admission
from robasync.store.clock import LocalClock
from robasync.store.files import Files
from robasync.store.groups import Group, is_answer
from robasync.store.places import Place
from robasync.store.recovery import Tail
from robasync.store.segments import SEGMENT_LIMIT, SegmentWriter
from robasync.store.space import Room
from robasync.store.waiting import Waiting, passing_problem
from robasync.trouble import Trouble, Unsaved


def _pass(*told: object) -> None:
    """Take no notice."""


class Journal:
    """Appends records to a session's journal; an async context manager.

    ``on_commit`` is called in the event loop once per durable group, before the waiters wake;
    ``on_trouble`` once when the disk begins to be waited for, ``on_relief`` when that is over.
    ``headroom`` is the space, in bytes, that must be certain for a call to begin: for what it
    and all calls in flight may write. Leaving the context makes durable what was appended.
    Used from one event loop only.
    """

    def __init__(
        self,
        files: Files,
        place: Place,
        *,
        tail: Tail,
        on_commit: Callable[[Sequence[Entry]], None],
        on_trouble: Callable[[Trouble], None] = _pass,
        on_relief: Callable[[], None] = _pass,
        clock: Callable[[], str] | None = None,
        segment_limit: int = SEGMENT_LIMIT,
        headroom: int = 0,
    ) -> None:
        self._place = place
        self._seal = place.seal
        self._writer = SegmentWriter(files, place, tail=tail, limit=segment_limit, headroom=headroom)
        self._on_commit = on_commit
        self._on_trouble = on_trouble
        self._clock = clock or LocalClock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._admission = Admission(place.folder, headroom=headroom, look=self._look)
        self._waiting = Waiting(self._try_again, on_trouble=self._tell, on_relief=on_relief)
        self._next_sequence = tail.next_sequence
        self._open: Group | None = None
        self._writing: Group | None = None
        self._is_stuck = False  # the disk refused the group that is being written
        self._is_looking = False  # the thread looks for room
        self._is_patient = True
        self._refusal: StorageError | None = None
        self._lost: list[Record] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._take_room(await loop.run_in_executor(self._thread, self._writer.room))

        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_up()

        with anyio.CancelScope(shield=True):
            for group in iter(lambda: self._writing or self._open, None):
                await _settled(group)

            self._waiting.cancel()
            self._refusal = self._refusal or StorageError("the journal is closed")
            self._thread.shutdown()
            self._writer.close()

    @property
    def trouble(self) -> Trouble | None:
        """What the disk is waited for, None while it is not."""
        if not self._waiting.problem:
            return None

        held = sum(1 for group in self._groups for _ in group.answers) if self._is_stuck else 0

        return Trouble(folder=self._place.folder, problem=self._waiting.problem, held=held)

    @property
    def refusal(self) -> StorageError | None:
        """Why the run ends as one that the disk refused, if it ended now; else None."""
        if self._refusal is None and (trouble := self.trouble) is not None:
            return StorageError(
                f"stopped while {trouble}.\n"
                "Everything recorded so far is safe; make room or repair the disk, then: robasync resume"
            )

        return self._refusal

    @property
    def unsaved(self) -> Unsaved:
        """The answers that were bought and that the disk refused for good."""
        costs = [record.body["cost"] for record in self._lost]

        return Unsaved(
            documents=tuple(record.body["document"] for record in self._lost),
            cost=None if None in costs else round(sum(costs, 0.0), 9),
        )

    def append(self, *records: Record) -> Awaitable[None]:
        """Take the records into one commit group, next to each other, and return a wait for it.

        The wait is over once they are on the disk; a disk that refuses for now is waited for,
        and one that refuses for good raises StorageError. Not awaiting it is fine.
        """
        if self._refusal is not None:
            self._lost += filter(is_answer, records)
            return _refused(self._refusal)

        group = self._open or self._begin_group()
        now = self._clock()
        sequence = group.first + len(group.lines)
        lines = [
            codec.encode(record, sequence + index, group=group.first, time=now, seal=self._seal)
            for index, record in enumerate(records)
        ]
        group.add(lines, records, now)
        self._admission.room -= sum(map(len, lines))

        return group

    def admission(self) -> Awaitable[None]:
        """Return a wait until a call may begin, over at once as a rule; append its intent right after it.

        Raises StorageError where the disk never had room for a call in this run, or is waited
        for no longer.
        """
        return self._admission.wait()

    def give_up(self) -> None:
        """Wait for the disk no longer: what it refuses when it is tried once more is lost."""
        self._is_patient = False
        self._admission.close()

        if self._is_stuck:
            self._waiting.cancel()
            self._submit()

    async def release(self) -> None:
        """Give the disk back what is held ahead, for the last checkpoint; no call may begin after it."""
        self._admission.close()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.release)

    @property
    def _groups(self) -> Iterator[Group]:
        return filter(None, (self._writing, self._open))

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
        self._submit()

    def _submit(self) -> None:
        assert self._writing is not None
        self._is_stuck = False
        loop = asyncio.get_running_loop()
        commit = self._thread.submit(self._commit, self._writing.lines)
        # Straight to the loop: a future of its own would cost every waiter another turn.
        commit.add_done_callback(lambda done: loop.call_soon_threadsafe(self._committed, done))

    def _commit(self, lines: list[bytes]) -> tuple[int, int, Room]:
        segment, offset = self._writer.commit(b"".join(lines))

        return segment, offset, self._writer.room()

    def _committed(self, commit: Future[tuple[int, int, Room]]) -> None:
        group = self._writing
        assert group is not None

        if (error := commit.exception()) is not None:
            self._fail(error)
            return

        segment, offset, room = commit.result()
        self._writing = None
        self._take_room(room)
        self._write_open()

        try:
            self._on_commit(group.entries(segment, offset))
        finally:
            group.finish()

    def _fail(self, error: BaseException) -> None:
        self._admission.room = NO_ROOM
        problem = passing_problem(error)

        if problem and self._is_patient and self._admission.has_begun:
            self._is_stuck = True
            self._waiting.go_on(problem)
        else:
            self._refuse(error)

    def _refuse(self, error: BaseException) -> None:
        self._refusal = error if isinstance(error, StorageError) else StorageError(str(error))
        self._waiting.end()
        self._admission.close()
        groups = list(self._groups)
        self._writing = self._open = None

        for group in groups:
            self._lost += group.answers
            group.finish(error)

    def _look(self) -> None:
        """Have room looked for, unless the thread is about to tell."""
        if self._writing is None and not self._is_looking:
            self._is_looking = True
            look = asyncio.get_running_loop().run_in_executor(self._thread, self._writer.room)
            look.add_done_callback(self._looked)

    def _looked(self, look: asyncio.Future[Room]) -> None:
        self._is_looking = False
        self._take_room(look.result())

    def _take_room(self, room: Room) -> None:
        # What is in memory takes some of it.
        if self._admission.found(room.size - sum(group.size for group in self._groups)):
            self._waiting.relieve()
        elif self._admission.is_sought or self._waiting.problem:
            self._waiting.go_on(room.problem)

    def _try_again(self) -> None:
        if self._is_stuck:
            self._submit()
        else:
            self._look()

    def _tell(self) -> None:
        trouble = self.trouble
        assert trouble is not None
        self._on_trouble(trouble)


def _refused(error: StorageError) -> Group:
    group = Group(0)
    group.finish(error)

    return group


async def _settled(group: Group) -> None:
    try:
        await group
    except StorageError:
        return  # those who wait for the records are told; closing goes on
