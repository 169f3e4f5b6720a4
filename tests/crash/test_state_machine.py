"""Long lives of one session: runs, kills, power cuts, changed settings, damage, lost and old copies.

The model is a plain dict of records by number. Whatever happens, an acknowledged record stays
what it was, none is invented, what they add up to is the same, and each record that was
damaged is named while all others are kept.

Many more and longer lives: pytest tests/crash/test_state_machine.py --hypothesis-profile=long
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from robasync.findings import Level
from robasync.records import Kind, Record
from robasync.store.backups import backups, rotate
from robasync.store.crashes import crashes
from robasync.store.disk import Disk
from robasync.store.fsck.check import check
from robasync.store.index import Recalled, examine
from robasync.store.operations import Deed
from robasync.store.recording import RecordingFiles
from robasync.store.scan import Scan
from tests.crash import plain
from tests.crash.life import BACKUPS, PLACE, Process, next_records
from tests.stores import started

CHANGES = frozenset({Deed.WRITE, Deed.TRUNCATE, Deed.RENAME, Deed.REMOVE, Deed.MAKE_FOLDER, Deed.OPEN})
MEASURES = st.fixed_dictionaries(
    {
        "segment_limit": st.sampled_from([1_000, 4_000, 1_000_000]),
        "backup_interval": st.sampled_from([0, 1, 3]),
        "max_backups": st.integers(1, 3),
        "validate": st.booleans(),
    }
)


class Store(RuleBasedStateMachine):
    """One session on a disk in memory; between two processes there is only that disk."""

    def __init__(self) -> None:
        super().__init__()
        self.files = RecordingFiles()
        self.process: Process | None = None
        self.runner = asyncio.Runner()
        self.acknowledged: dict[int, plain.Plain] = {}
        self.in_doubt: dict[int, plain.Plain] = {}  # written, but nobody was told so
        self.lost: set[int] = set()
        self.view: dict[int, plain.Plain] = {}  # what the process has folded
        self.named: set[int] = set()  # what it was told is damaged
        self.indexed: dict[tuple[int, int], tuple[dict[int, plain.Plain], set[int]]] = {}
        self.is_spoilt = False  # the checkpoint
        self.is_index_spoilt = False
        self.is_index_replaced = False  # perhaps: a save was cut short
        self.older_index = b""

    def teardown(self) -> None:
        self.runner.close()

    @property
    def records(self) -> dict[int, plain.Plain]:
        """What must be readable."""
        return {number: one for number, one in self.acknowledged.items() if number not in self.lost}

    @initialize(measures=MEASURES)
    def begin(self, measures) -> None:
        self._open(measures)
        self._append([started(3)])

    @precondition(lambda self: self.process is None)
    @rule(measures=MEASURES, total=st.integers(0, 9), size=st.integers(1, 4), says_so=st.booleans())
    def resume(self, measures, total, size, says_so) -> None:
        """Go on in another process, with other settings, or have it die before it says so."""
        self._open(measures)

        if says_so:
            facts = {"total": total, "batch_size": size, "changes": []}
            self._append([Record(Kind.SESSION_RESUMED, facts)])

    @precondition(lambda self: self.process is not None)
    @rule(data=st.data())
    def append(self, data) -> None:
        """Wait for records; then they are acknowledged."""
        self._append(next_records(self.records, data.draw))

    @precondition(lambda self: self.process is not None)
    @rule()
    def save(self) -> None:
        """Write a checkpoint, perhaps with a backup."""
        self._save()
        self.is_spoilt = self.is_index_spoilt = False
        self.is_index_replaced = False

    @precondition(lambda self: self.process is not None)
    @rule(data=st.data(), is_power_cut=st.booleans(), saves=st.booleans())
    def die(self, data, is_power_cut, saves) -> None:
        """Stop the process or the machine in the middle of what it does to the disk."""
        disk, begun = self.files.disk, len(self.files.log)
        records = next_records(self.records, data.draw)
        numbers = self._run(self.process.append(records))
        written = dict(zip(numbers, map(plain.plain, records), strict=True))
        self.view |= written

        if saves:
            self._save()

        log = self.files.log[begun:]
        done = log[: data.draw(st.integers(0, len(log)), label="operations")]

        for operation in done:
            disk = disk.after(operation)

        if is_power_cut:
            left = list(crashes(disk, bound=12))
            disk = left[data.draw(st.integers(0, len(left) - 1), label="disk")]

        synced = any(operation.deed is Deed.SYNC and "journal" in operation.path.name for operation in done)
        (self.acknowledged if synced else self.in_doubt).update(written)
        self.is_index_replaced |= saves
        self._restart(disk)

    @precondition(lambda self: self.process is not None)
    @rule(saves=st.booleans())
    def stop(self, saves) -> None:
        """End the process in order."""
        if saves:
            self.save()

        self._run(self.process.close())
        self._restart(self.files.disk)

    @precondition(lambda self: self.process is None)
    @rule(garbage=st.binary(min_size=1, max_size=80))
    def tear(self, garbage) -> None:
        """Put bytes that no sync had reached at the end of the newest segment."""
        self._add(PLACE.segment(self._segments()[-1]), garbage)

    @precondition(lambda self: self.process is None and not self.in_doubt and len(self.records) > 3)
    @rule(data=st.data())
    def damage(self, data) -> None:
        """Turn over a bit of a record in an earlier group."""
        lines = list(Scan(self.files, PLACE).lines())
        group = lines[-1][1].group
        candidates = [(line, head) for line, head in lines[1:] if head.group != group]

        if not candidates:
            return

        line, head = data.draw(st.sampled_from(candidates), label="record")
        path = PLACE.segment(line.segment)
        content = bytearray(self.files.read(path, 0, self.files.size(path)))
        place = line.offset + data.draw(st.integers(0, len(line.data) - 1), label="byte")
        content[place] ^= 1 << data.draw(st.integers(0, 7), label="bit")

        if b"\n" not in content[line.offset : line.offset + len(line.data)]:
            self._replace(path, bytes(content))
            self.lost.add(head.sequence)

    @precondition(lambda self: self.process is None)
    @rule(data=st.data(), what=st.sampled_from(["lost", "older", "spoilt"]))
    def change_checkpoint(self, data, what) -> None:
        """Lose the checkpoint, put an older one in its place, or add a byte to it."""
        older = backups(self.files, PLACE, folder=BACKUPS)

        if what == "lost":
            self.files.remove(PLACE.checkpoint)
            self.is_spoilt = False
        elif what == "older" and older:
            source = data.draw(st.sampled_from(older), label="backup")
            self._replace(PLACE.checkpoint, self.files.read(source, 0, self.files.size(source)))
            self.is_spoilt = False
        elif what == "spoilt" and PLACE.checkpoint.name in self.files.names(PLACE.folder):
            self._add(PLACE.checkpoint, b"}")
            self.is_spoilt = True

    @precondition(lambda self: self.process is None)
    @rule(what=st.sampled_from(["lost", "older", "spoilt"]))
    def change_index(self, what) -> None:
        """Lose the index, put an older one in its place, or add a byte to it."""
        is_there = PLACE.index.name in self.files.names(PLACE.folder)

        if what == "lost":
            self.files.remove(PLACE.index)
            self.is_index_spoilt = False
        elif what == "older" and self.older_index:
            self._replace(PLACE.index, self.older_index)
            self.is_index_spoilt = False
        elif what == "spoilt" and is_there:
            self._add(PLACE.index, b"}")
            self.is_index_spoilt = True

    @precondition(lambda self: self.process is not None and not self.is_index_spoilt)
    @rule()
    def keep_index(self) -> None:
        """Set a copy of the index aside."""
        if PLACE.index.name in self.files.names(PLACE.folder):
            self.older_index = self.files.read(PLACE.index, 0, self.files.size(PLACE.index))

    @rule(keep=st.integers(0, 2))
    def clean_up(self, keep) -> None:
        """Remove surplus backups."""
        rotate(self.files, PLACE, folder=BACKUPS, keep=keep)

    @rule()
    def look_through(self) -> None:
        """Let the check name what is lost and nothing else, change nothing, and know the writer."""
        begun = len(self.files.log)
        report = check(self.files, PLACE, backup_folder=BACKUPS, derived=lambda session: ())
        messages = [finding.message for finding in report.findings if finding.level is Level.LOSS]

        assert not {operation.deed for operation in self.files.log[begun:]} & CHANGES
        assert bool(report.writer) == (self.process is not None)
        harmed = self.lost or self.is_spoilt or self.is_index_spoilt
        assert harmed or report.is_clean, report.findings
        assert self.in_doubt or self._is_named(messages, self.lost), messages

    @invariant()
    def adds_up(self) -> None:
        """Compare what a running process says with what the plain records add up to."""
        if self.process is not None:
            assert plain.sums_of(self.process.session) == plain.sums(self.view)

    def _open(self, measures) -> None:
        index = examine(self.files, PLACE)
        assert self.is_index_replaced or isinstance(index, Recalled) <= (not self.is_index_spoilt)
        self.process = Process(self.files, **measures)
        self._run(self.process.open())
        found = {entry.sequence: plain.plain(entry.record) for entry in Scan(self.files, PLACE)}
        known = self.in_doubt | self.records

        assert self.records.items() <= found.items(), "an acknowledged record is not what it was"
        assert found.items() <= known.items(), "a record was invented"

        self.acknowledged |= found
        self.in_doubt = {}
        self._look_at(self.process, index)

    def _look_at(self, process: Process, index: Recalled | str | None) -> None:
        """Compare the opened session with the records, those before the index as they were then."""
        self.view, self.named, lost = self.records, set(), self.lost

        if isinstance(index, Recalled):
            before, self.named = self.indexed[index.mark.sequence, index.mark.crc]
            after = {number: one for number, one in self.records.items() if number > index.mark.sequence}
            lost = {number for number in self.lost if number > index.mark.sequence} | self.named
            self.view = before | after

        self.named = lost
        assert self._is_named([damage.message for damage in process.damage], lost)
        assert plain.sums_of(process.session) == plain.sums(self.view)
        assert process.outcomes() == plain.outcomes(self.view, without=self.lost)

    def _append(self, records) -> None:
        numbers = self._run(self.process.append(records))
        written = dict(zip(numbers, map(plain.plain, records), strict=True))
        self.acknowledged |= written
        self.view |= written

    def _save(self) -> None:
        self._run(self.process.save())
        self.indexed[self.process.mark] = dict(self.view), set(self.named)

    def _is_named(self, messages, lost: set[int]) -> bool:
        """Return whether what is ``lost`` is named, and beside it at most what was never acknowledged."""
        named = _numbers(messages)

        return named >= lost and named.isdisjoint(self.records) and bool(named) == bool(lost)

    def _run(self, work):
        return self.runner.run(work)

    def _restart(self, disk: Disk) -> None:
        self.files, self.process = RecordingFiles(disk), None

    def _segments(self) -> list[int]:
        return PLACE.segments(self.files.names(PLACE.folder))

    def _replace(self, path: Path, content: bytes) -> None:
        handle = self.files.open(path)
        self.files.truncate(handle, 0)
        self.files.close(handle)
        self._add(path, content)

    def _add(self, path: Path, content: bytes) -> None:
        handle = self.files.open(path)
        self.files.write(handle, content)
        self.files.sync(handle)
        self.files.close(handle)
        self.files.sync_folder(path.parent)


def _numbers(messages) -> set[int]:
    """Return the numbers of all records that the messages name as not readable."""
    found: set[int] = set()

    for message in messages:
        match = re.match(r"records? (\d+)(?: to (\d+))? (?:is|are) not readable", message)

        if match:
            found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))

    return found


LONG = settings.get_current_profile_name() == "long"
TestStore = Store.TestCase
TestStore.settings = settings(
    max_examples=1_000 if LONG else 80,
    stateful_step_count=100 if LONG else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
