"""The disk in memory answers every operation as the real disk does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from robasync.store.disk import Disk
from robasync.store.files import DiskFiles, Files
from robasync.store.recording import RecordingFiles

NAMES = st.sampled_from(["a", "b", "folder/c", "missing/d"])
SIZES = st.integers(0, 40)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), NAMES),
        st.tuples(st.just("write"), st.integers(0, 3), st.binary(max_size=30)),
        st.tuples(st.just("truncate"), st.integers(0, 3), SIZES),
        st.tuples(st.just("sync"), st.integers(0, 3)),
        st.tuples(st.just("close"), st.integers(0, 3)),
        st.tuples(st.just("read"), NAMES, SIZES, SIZES),
        st.tuples(st.just("size"), st.sampled_from(["a", "b", "folder/c", "missing/d"])),
        st.tuples(st.just("rename"), st.sampled_from(["a", "b"]), st.sampled_from(["a", "b"])),
        st.tuples(st.just("remove"), st.sampled_from(["a", "b", "folder/c"])),
        st.tuples(st.just("names"), st.sampled_from(["", "folder", "missing"])),
        st.tuples(st.just("sync_folder"), st.sampled_from(["", "folder", "missing"])),
        st.tuples(st.just("make_folder"), st.sampled_from(["folder", "folder/deep"])),
        st.tuples(st.just("lock"), st.just("a.lock")),
    ),
    max_size=25,
)


class Hasty(DiskFiles):
    """The real disk without waiting for content; folders are synced."""

    def sync(self, handle: int) -> None:
        """Do not wait."""


class Course:
    """What a sequence of operations answers, with handles and paths made comparable."""

    def __init__(self, files: Files, root: Path) -> None:
        self._files = files
        self._root = root
        self._handles: list[int] = []
        self._holds = []

    def step(self, deed: str, *rest: object) -> object:
        """Return the answer to one operation, or the kind of its error."""
        try:
            return self._answer(deed, *rest)
        except OSError as error:
            return type(error)

    def end(self) -> dict[str, object]:
        """Close what is open; return the contents of all files."""
        for handle in self._handles:
            self._files.close(handle)

        for hold in self._holds:
            hold.release()

        return {name: self.step("read", name, 0, 1_000) for name in ("a", "b", "folder/c", "a.lock")}

    def _answer(self, deed: str, *rest) -> object:
        if deed == "open":
            self._handles.append(self._files.open(self._root / rest[0]))
            return len(self._handles)

        if deed == "lock":
            self._holds.append(self._files.lock(self._root / rest[0]))
            return len(self._holds)

        if deed in {"write", "truncate", "sync", "close"}:
            if rest[0] >= len(self._handles):
                return None

            handle = self._handles.pop(rest[0]) if deed == "close" else self._handles[rest[0]]
            return getattr(self._files, deed)(handle, *rest[1:])

        paths = [self._root / part if isinstance(part, str) else part for part in rest]

        return getattr(self._files, deed)(*paths)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_both_disks_answer_alike(steps):
    """Results, kinds of errors, and what the files hold in the end."""
    with tempfile.TemporaryDirectory() as folder:
        real, memory = Hasty(), RecordingFiles()
        courses = Course(real, Path(folder)), Course(memory, Path("/disk"))
        memory.make_folder(Path("/disk"))

        for step in steps:
            there, here = (course.step(*step) for course in courses)
            assert there == here, step

        assert courses[0].end() == courses[1].end()


def test_a_new_disk_is_empty():
    """Its roots exist, so that absolute and relative paths work."""
    assert list(Disk().contents()) == []
    assert RecordingFiles().names(Path("/")) == RecordingFiles().names(Path()) == []
    assert DiskFiles().names(Path("/"))
