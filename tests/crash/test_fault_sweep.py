"""Every fault at every operation of a run: it goes on or says why not, and nothing acknowledged is lost."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import anyio
import pytest

from robasync.errors import StorageError
from robasync.store import waiting
from robasync.store.crashes import crashes
from robasync.store.operations import Deed
from robasync.store.recording import Fault, RecordingFiles
from tests.crash.explorer.course import Course
from tests.crash.explorer.explore import check
from tests.crash.explorer.runs import Run
from tests.crash.explorer.scenarios import GROUPS

pytestmark = pytest.mark.long

TAKES_SPACE = {Deed.OPEN, Deed.WRITE, Deed.ALLOCATE, Deed.SYNC, Deed.MAKE_FOLDER, Deed.RENAME, Deed.LOCK}
TAKES_HANDLES = {Deed.OPEN, Deed.READ, Deed.NAMES, Deed.SYNC_FOLDER, Deed.LOCK}
KINDS = {
    "no space": (errno.ENOSPC, TAKES_SPACE, {}),
    "half a write": (errno.ENOSPC, {Deed.WRITE}, {"part": 0.5}),
    "a broken disk": (errno.EIO, set(Deed), {}),
    "no more open files": (errno.EMFILE, TAKES_HANDLES, {}),
    "interrupted": (errno.EINTR, set(Deed), {}),
    "a sync that drops": (errno.EIO, {Deed.SYNC}, {}),
    "a sync that keeps": (errno.EIO, {Deed.SYNC}, {"keeps": True}),
}
LEFT = 3  # crashes that are looked at after each run, spread over what there may be


async def _script(course: Course, *, is_mended: bool = False) -> None:
    """Open, append, write checkpoint, backup and index after each group; close."""
    with course.opened() as found:
        async with Run(course, found, indexed=True, is_mended=is_mended, headroom=1_000) as run:
            for group in GROUPS[:4]:
                await run.append(*group)

                with suppress(StorageError):  # the run goes on without it
                    await run.checkpoint()


def _course(*faults: Fault, is_mended: bool = False) -> tuple[Course, StorageError | None]:
    """Return what happened on a disk with these faults, and how it ended."""
    course = Course(RecordingFiles(faults=faults))

    try:
        anyio.run(partial(_script, course, is_mended=is_mended))
    except StorageError as error:
        return course, error

    return course, None


def _faults(kind: str, *, lasting: bool) -> Iterator[Fault]:
    error, deeds, how = KINDS[kind]

    for number, operation in enumerate(_course()[0].files.log, start=1):
        if operation.deed in deeds:
            yield Fault(at=number, error=error, lasting=lasting, deeds=frozenset(deeds), **how)


def _told(fault: Fault) -> str:
    return f"{errno.errorcode[fault.error]} at operation {fault.at}{' and after' if fault.lasting else ''}"


def _holds(course: Course, fault: Fault) -> None:
    """Open what is left, by a new process and after a crash."""
    left = list(crashes(course.files.disk, bound=30))

    for disk in (course.files.disk, *left[:: -(-len(left) // LEFT)]):
        try:
            check(disk, course.promised)
        except Exception as error:
            raise AssertionError(f"after {_told(fault)}: {error}") from error


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_anywhere(kind, lasting):
    """The run ends well or with StorageError, no other error; what was acknowledged is there afterwards."""
    for fault in _faults(kind, lasting=lasting):
        try:
            course, _ = _course(fault)
        except Exception as error:
            raise AssertionError(f"{_told(fault)} ended the run with {error!r}") from error

        _holds(course, fault)


@pytest.mark.parametrize("kind", ["no space", "a broken disk", "a sync that drops"])
def test_a_disk_that_is_mended_is_gone_on_with(kind, monkeypatch):
    """A run that waits for its disk saves everything once the disk takes it again."""
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0.0)
    waited = 0

    for fault in _faults(kind, lasting=True):
        course, error = _course(fault, is_mended=True)
        waited += error is None and any(operation.error for operation in course.files.log)
        _holds(course, fault)

        if error is None:
            assert len(course.promised.kept) == sum(map(len, GROUPS[:4])), fault

    assert waited
