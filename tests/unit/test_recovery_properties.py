"""What holds for any journal and any way in which its last group was torn."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from robasync.store import codec
from robasync.store.opening import opened
from robasync.store.places import Place
from robasync.store.scan import Scan
from tests.stores import TIME, QuickFiles, intent, outcome, place_in, reply, started, write_groups

RECORDS = st.one_of(
    st.builds(intent, st.integers(0, 99)),
    st.builds(reply, st.integers(0, 99), raw=st.binary(max_size=60)),
    st.builds(outcome, st.sampled_from(["a", "b"])),
)
GROUPS = st.lists(st.lists(RECORDS, min_size=1, max_size=4), min_size=1, max_size=5)
FILES = QuickFiles()


class Crash(BaseException):
    """The process is gone: nothing after this moment happens."""


class CrashingFiles(QuickFiles):
    """The real disk until so many changes were made to it."""

    def __init__(self, changes: int) -> None:
        self.changes = changes

    def _count(self) -> None:
        self.changes -= 1

        if self.changes < 0:
            raise Crash

    def write(self, handle: int, data: bytes) -> None:
        """Write half of the data if this is the last change."""
        if self.changes == 0:
            super().write(handle, data[: len(data) // 2])

        self._count()
        super().write(handle, data)

    def truncate(self, handle: int, size: int) -> None:
        """See ``Files``."""
        self._count()
        super().truncate(handle, size)


def _sequences(place: Place) -> list[int]:
    return [entry.sequence for entry in Scan(FILES, place)]


def _append(place: Place, tail) -> None:
    line = codec.encode(outcome("new"), tail.next_sequence, group=tail.next_sequence, time=TIME)

    with place.segment(tail.segment).open("ab") as file:
        file.write(line)


def _torn(data: bytes, draw) -> bytes:
    """Return the bytes of the last group as a crash may leave them: blocks of it lost, its end cut."""
    torn = bytearray(data)

    for _ in range(draw(st.integers(0, 3))):
        start, length = draw(st.integers(0, len(data))), draw(st.integers(1, 80))
        filler = draw(st.sampled_from([b"\0", b"\n", b"}", b"\xff"]))
        torn[start : start + length] = filler * len(torn[start : start + length])

    return bytes(torn[: draw(st.integers(0, len(data)))])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_however_the_last_group_is_torn_the_journal_goes_on(data):
    """All groups before it are read, no damage is seen, now or after the next records."""
    groups = [[started()], *data.draw(GROUPS)]

    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        *before, last = write_groups(place, groups)
        acknowledged = sum(map(len, groups[:-1]))
        place.segment(1).write_bytes(b"".join(before) + _torn(last, data.draw))

        for _ in range(2):
            with opened(FILES, place) as found:
                assert found.damage == ()
                _append(place, found.tail)

        read = _sequences(place)
        assert read[:acknowledged] == list(range(1, acknowledged + 1))
        assert read == sorted(set(read))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_crash_during_recovery_is_recovered_from(data):
    """Whatever of the repair was done: the same records are found as without the crash."""
    groups = [[started()], *data.draw(GROUPS)]

    with tempfile.TemporaryDirectory() as folder:
        place = place_in(Path(folder))
        *before, last = write_groups(place, groups)
        place.segment(1).write_bytes(b"".join(before) + _torn(last, data.draw))
        expected = _sequences(place)

        try:
            with opened(CrashingFiles(data.draw(st.integers(0, 8))), place):
                pass
        except Crash:
            pass

        with opened(FILES, place) as found:
            assert found.damage == ()

        assert _sequences(place) == expected
