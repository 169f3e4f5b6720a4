"""Scripted runs of the store, each with one of the turns that a run can take."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence

import anyio

from robasync.records import Record
from robasync.store.operations import Deed
from robasync.store.recording import Fault, RecordingFiles
from tests.crash.explorer.course import Course
from tests.crash.explorer.runs import Run
from tests.stores import batch_completed, batch_started, intent, outcome, reply, started

GROUPS: Sequence[Sequence[Record]] = (
    [started(4, config={})],
    [batch_started(1, "a.txt", "b.txt"), intent(1)],
    [reply(1, raw=b"\xff\n\x00"), outcome("a.txt")],
    [intent(2, "b.txt"), reply(2, "b.txt"), outcome("b.txt"), batch_completed(1)],
    [batch_started(2, "c.txt"), intent(3, "c.txt")],
    [reply(3, "c.txt", raw=b"x" * 300), outcome("c.txt")],
)


def course(
    script: Callable[[Course], object], *, faults: Sequence[Fault] = (), files: RecordingFiles | None = None
) -> Course:
    """Return the course of a script on an empty disk, or on ``files``."""
    result = Course(files or RecordingFiles(faults=faults))
    anyio.run(script, result)

    return result


async def groups(course: Course) -> None:
    """Write a few commit groups, one after another."""
    await _write(course)


async def segments(course: Course) -> None:
    """Begin a new segment every two groups."""
    await _write(course, segment_limit=700)


async def resumed(course: Course) -> None:
    """Close and open it again, and go on."""
    await _write(course, GROUPS[:3])
    await _write(course, GROUPS[3:])


async def checkpoints(course: Course) -> None:
    """Write a checkpoint and a backup after every group; the oldest backups go."""
    with course.opened() as found:
        async with Run(course, found) as run:
            for group in GROUPS:
                await run.append(*group)
                await run.checkpoint()


async def indexed(course: Course) -> None:
    """Write checkpoint and index after every other group, and resume from the index."""
    for some in (GROUPS[:2], GROUPS[2:4], GROUPS[4:]):
        with course.opened() as found:
            async with Run(course, found, backup_interval=0, indexed=True) as run:
                for group in some:
                    await run.append(*group)

                await run.checkpoint()


async def at_once(course: Course) -> None:
    """Write a checkpoint while the journal goes on."""
    with course.opened() as found:
        async with Run(course, found) as run:
            await run.append(*GROUPS[0])

            for group in GROUPS[1:4]:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(run.checkpoint)
                    run.append(*group)


def failing(nth: int, deed: Deed, **how) -> list[Fault]:
    """Return the fault that makes the journal's ``nth`` deed of a kind fail in the script ``groups``."""
    log = course(groups).files.log
    places = [n for n, one in enumerate(log, start=1) if one.deed is deed and one.path.suffix == ".jsonl"]

    return [Fault(at=places[nth], error=errno.EIO, **how)]


async def _write(course: Course, some: Sequence[Sequence[Record]] = GROUPS, **options) -> None:
    with course.opened() as found:
        async with Run(course, found, **options) as run:
            for group in some:
                await run.append(*group)
