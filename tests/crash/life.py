"""A process that writes a session, and the records it may come to next."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from robasync.errors import StorageError
from robasync.model import Status
from robasync.records import Kind, Record
from robasync.store.checkpointer import Checkpointer, Options
from robasync.store.index import Index
from robasync.store.journal import Journal
from robasync.store.opening import opened
from robasync.store.outcomes import bodies
from robasync.store.places import Place
from robasync.store.reading import read_line
from robasync.store.recording import RecordingFiles
from tests.crash import plain
from tests.stores import (
    TIME,
    batch_completed,
    batch_started,
    call_failed,
    call_released,
    intent,
    outcome,
    place_in,
    reply,
)

PLACE: Place = place_in(Path("checkpoints"))
BACKUPS = PLACE.folder / "backups"


class Process:
    """Journal, session and checkpointer over one disk. Dropping it is what a kill does."""

    def __init__(self, files: RecordingFiles, *, segment_limit: int, **options: Any) -> None:
        self._files = files
        self._segment_limit = segment_limit
        self._options = Options(backup_folder=BACKUPS, **options)

    async def open(self) -> None:
        """Hold the session and read it back."""
        self._holding = opened(self._files, PLACE)
        found = self._holding.__enter__()
        self.session, self.damage = found.session, found.damage
        self._keys = found.keys
        self.next_sequence = found.tail.next_sequence
        self._journal = Journal(
            self._files,
            PLACE,
            tail=found.tail,
            on_commit=self._committed,
            clock=lambda: TIME,
            segment_limit=self._segment_limit,
            headroom=0,
        )
        await self._journal.__aenter__()
        self._checkpointer = Checkpointer(
            self._files,
            PLACE,
            self.session,
            options=self._options,
            on_saved=lambda path, reason: None,
            on_failed=_raise,
            caches=[
                Index(self._files, PLACE, session=self.session, keys=self._keys, damage=self.damage),
            ],
        )

    async def append(self, records: list[Record]) -> list[int]:
        """Append the records as one group and wait for the disk; return their numbers."""
        first = self.next_sequence

        if records:
            await self._journal.append(*records)
            self.next_sequence += len(records)

        return list(range(first, self.next_sequence))

    async def save(self) -> None:
        """Write a checkpoint now, and the index after it."""
        await self._checkpointer.now("asked for")

    async def close(self) -> None:
        """End in order."""
        await self._journal.__aexit__(None, None, None)
        self._holding.__exit__(None, None, None)

    def outcomes(self) -> dict[str, Any]:
        """Return each document's newest outcome where it can be read from where the session says it lies."""
        found = {}

        for position in self.session.positions():
            with suppress(StorageError):
                found |= {body["document"]: body for body in bodies(self._files, PLACE, [position])}

        return found

    @property
    def mark(self) -> tuple[int, int]:
        """Number and CRC of the last record."""
        _, head = read_line(self._files, PLACE, self.session.last_position)

        return head.sequence, head.crc

    def _committed(self, entries) -> None:
        self._keys.observe(entries)

        for entry in entries:
            self.session.apply(entry)


def next_records(records: plain.Records, draw: Callable[..., Any]) -> list[Record]:
    """Draw up to four records that a run may write at once after ``records``.

    None of them rests on another: what comes first is waited for.
    """
    possible = st.sampled_from(_possible(records))

    return draw(st.lists(possible, min_size=1, max_size=4, unique_by=id))


def _possible(records: plain.Records) -> list[Record]:
    """Return what may come next; an outcome only once a run, an end only of what began."""
    number = max(records, default=0) + 1
    open_calls = [int(key[:16], 16) for key in plain.pending(records)]
    batches, outcomes = plain.batches(records), plain.newest(records)
    begun = max((at for at, one in records.items() if one.kind in _BEGINNINGS), default=0)
    in_this_run = {one.body["document"] for at, one in records.items() if at > begun and _is_outcome(one)}
    waiting = [name for names, _ in batches.values() for name in names if name not in in_this_run]

    return [
        Record(Kind.SIGNAL, {"signal": "SIGINT"}),
        Record(Kind.SETTING_CHANGED, {"name": "workers", "old": 1, "new": number}),
        *(intent(2 * number + later, f"{number % 5}.txt") for later in range(2)),
        batch_started(max(batches, default=0) + 1, f"{number}.txt", f"{number}b.txt"),
        *(_end(call, number) for call in open_calls),
        *(outcome(name, list(Status)[number % 3]) for name in waiting),
        *(
            batch_completed(batch)
            for batch, (names, is_completed) in batches.items()
            if not is_completed and outcomes.keys() >= set(names)
        ),
    ]


def _end(call: int, number: int) -> Record:
    if number % 4:
        return reply(call, cost=number / 64, raw=b"\xff%d\n" % number)

    return call_failed(call, certain=bool(number % 8)) if number % 16 else call_released(call)


_BEGINNINGS = frozenset({Kind.SESSION_STARTED.value, Kind.SESSION_RESUMED.value})


def _is_outcome(one: plain.Plain) -> bool:
    return one.kind == Kind.OUTCOME.value


def _raise(error: Exception) -> None:
    raise error
