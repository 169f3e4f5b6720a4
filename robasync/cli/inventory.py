"""Sessions, checkpoints and their copies, in words for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import orjson

from robasync.cli.phrases import count
from robasync.cli.terminal import say

if TYPE_CHECKING:
    from robasync.app.clearing import Archived, Removed, Spared
    from robasync.app.keeping import Kept, Restored, Verdict
    from robasync.app.shelf import Progress, Shelved

_HEADS = ("SESSION", "STARTED", "PROGRESS", "STATE", "SIZE", "FILE")


def tell(facts: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the lines, or the facts instead."""
    if as_json:
        say(orjson.dumps(facts, option=orjson.OPT_INDENT_2, default=str).decode())
        return

    for line in lines:
        say(line)


def plain(values: Iterable[Any]) -> list[dict[str, object]]:
    """Return frozen values as JSON has them."""
    return [asdict(value) for value in values]


def facts(one: Shelved) -> dict[str, object]:
    """Return what a session is, for other programs."""
    progress = one.progress

    return {
        "session": one.id,
        "started": progress.started or None,
        "total": progress.total,
        "completed": progress.completed,
        "failed": progress.failed,
        "left": progress.left,
        "progress": progress.share,
        "state": one.state,
        "written_by": one.writer or None,
        "bytes": one.bytes,
        "file": str(one.checkpoint or one.found.place.segment(1)),
        "problem": one.problem or None,
    }


def table(sessions: Sequence[Shelved], *, folder: Path) -> Iterator[str]:
    """Yield a line for each session, below a line of titles."""
    if not sessions:
        yield f"There is no session in {folder}. Begin with: robasync run -i FOLDER"
        return

    rows = [_HEADS, *map(_row, sessions)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

    for one in sessions:
        if one.problem:
            yield f"{one.id}: {one.problem}"


def verdict(one: Verdict) -> dict[str, object]:
    """Return what a file is worth, for other programs."""
    return {
        "file": str(one.file),
        "session": one.session or None,
        "kind": _kind(one),
        "valid": one.is_valid,
        "message": one.message,
    }


def verdicts(found: Sequence[Verdict]) -> Iterator[str]:
    """Yield a line for each file, and what the damaged ones mean."""
    for one in found:
        reason = "" if one.is_valid else f": {one.message}"
        yield f"{'valid' if one.is_valid else 'INVALID':9}{_kind(one):12}{one.file}{reason}"

    damaged = sum(not one.is_valid for one in found)
    yield f"{count(len(found), 'file')}, {damaged} invalid"

    if damaged:
        yield "No answer depends on them: the journal holds them all, and resume rebuilds the checkpoint."


def kept(one: Kept) -> dict[str, object]:
    """Return where a copy is, for other programs."""
    return {"session": one.session, "file": str(one.file), "checkpoint_time": one.time, **_done(one.progress)}


def backed_up(one: Kept) -> Iterator[str]:
    """Yield where a copy is."""
    yield f"Backup: {one.file}"
    yield f"Session {one.session} as of {one.time[:19]}, {_progress(one.progress)}"
    yield f"Put it back with: robasync checkpoints restore {quote(str(one.file))}"


def put_back(one: Restored) -> dict[str, object]:
    """Return what was put back, for other programs."""
    return {
        "session": one.session,
        "file": str(one.file),
        "source": str(one.source),
        "replaced": str(one.replaced) if one.replaced else None,
        "checkpoint_time": one.time,
        "journal_is_newer": one.is_behind,
        **_done(one.progress),
    }


def restored(one: Restored) -> Iterator[str]:
    """Yield what was put back, and what counts."""
    yield f"Restored: {one.file} from {one.source}"
    yield f"Session {one.session} as of {one.time[:19]}, {_progress(one.progress)}"

    if one.replaced:
        yield f"The checkpoint before is kept: {one.replaced}"

    if one.is_behind:
        yield "The journal is newer and wins: resume goes on from its last answer, not from this copy."


def archived(moved: Sequence[Archived], spared: Sequence[Spared]) -> Iterator[str]:
    """Yield what was moved where, what was left and why."""
    for one in moved:
        yield f"Archived: session {one.session}, {size(one.bytes)}: {one.file}"

    for left in spared:
        yield f"Left: session {left.session} {left.reason}"

    if not moved:
        yield "Nothing was archived: no session is finished."
        return

    yield f"Answers of {count(len(moved), 'session')} are no longer reused by runs here."
    yield f"Look at one, or go on with it: robasync report -s {quote(str(moved[0].file))}"


def cleared(
    removed: Sequence[Removed], spared: Sequence[Spared], *, is_dry: bool, journals: bool
) -> Iterator[str]:
    """Yield what was removed, what was kept and why, and what became of the answers."""
    would = "Would remove" if is_dry else "Removed"

    for one in removed:
        what = f"session {one.session}" if one.session else "temporary files over a day old"
        yield f"{would}: {what}: {count(len(one.files), 'file')}, {size(one.bytes)}"

    for left in spared:
        yield f"Kept: session {left.session} {left.reason}"

    files = sum(len(one.files) for one in removed)
    yield f"{would} {count(files, 'file')}, {size(sum(one.bytes for one in removed))}."

    if answers := sum(one.is_answers for one in removed):
        verb = "would no longer be" if is_dry else "are no longer"
        yield f"Answers of {count(answers, 'session')} {verb} reused."
    elif removed and not journals:
        yield "Every answer is kept: the journals stay, and resume and report need nothing else."


def size(number: int) -> str:
    """Return ``12.3 MB``."""
    return f"{number / 1024**2:,.1f} MB" if number >= 1024**2 else f"{number / 1024:,.1f} KB"


def _row(one: Shelved) -> tuple[str, ...]:
    file = str(one.checkpoint or one.found.place.segment(1))

    return (one.id, _started(one.progress), _progress(one.progress), one.state, size(one.bytes), file)


def _started(progress: Progress) -> str:
    return progress.started[:19].replace("T", " ") or "-"


def _progress(progress: Progress) -> str:
    """Return ``90/150 (60.0%)``."""
    return f"{progress.completed}/{progress.total} ({progress.share:.1%})"


def _done(progress: Progress) -> dict[str, object]:
    return {"completed": progress.completed, "total": progress.total}


def _kind(one: Verdict) -> str:
    return "backup" if one.is_copy else "checkpoint"
