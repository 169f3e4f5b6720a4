"""Making a journal ready for the next record after whatever happened to it.

What was torn, and only that, is cut off; it is copied first, and nothing else in a journal
is ever rewritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from robasync.store import codec
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.scan import Scan


@dataclass(frozen=True, slots=True)
class Tail:
    """Where the next record goes."""

    segment: int = 1
    size: int = 0
    next_sequence: int = 1


def settle(files: Files, place: Place) -> None:
    """Make what is in the segments durable before any of it is believed.

    After a crash of the process complete lines may lie in the page cache only; where a sync
    had failed before it they even stay there, in the newest two segments, and are dropped.
    """
    numbers = place.segments(files.names(place.folder))

    for number in numbers:
        handle = files.open(place.segment(number))

        try:
            files.sync(handle)

            if number in numbers[-2:]:
                files.forget(handle)
        finally:
            files.close(handle)

    files.sync_folder(place.folder)


def repair(files: Files, place: Place, scan: Scan) -> None:
    """Cut off what a finished scan found torn, after copying it to ``*.torn-OFFSET``.

    Whole lines behind it go to a new segment: what was read has to be read again.
    """
    cuts: dict[int, int] = {}

    for gap in scan.torn:
        cuts.setdefault(gap.segment, gap.offset)

    for segment, offset in cuts.items():
        _cut(files, place, segment=segment, offset=offset)


def tail(files: Files, place: Place, scan: Scan) -> Tail:
    """Return where the next record goes after a finished and repaired scan."""
    numbers = place.segments(files.names(place.folder))
    next_sequence = max(scan.last_sequence, scan.durable) + 1

    if not numbers:
        return Tail(next_sequence=next_sequence)

    size = files.size(place.segment(numbers[-1]))

    # Damage stays where it is, and an unfinished line must not swallow the next record.
    if size and files.read(place.segment(numbers[-1]), size - 1, 1) != b"\n":
        return Tail(numbers[-1] + 1, 0, next_sequence)

    return Tail(numbers[-1], size, next_sequence)


def _cut(files: Files, place: Place, *, segment: int, offset: int) -> None:
    path = place.segment(segment)
    torn = files.read(path, offset, files.size(path) - offset)
    whole = [line for line in torn.split(b"\n")[:-1] if codec.read_head(line) is not None]

    _write_new(files, path.with_name(f"{path.name}.torn-{offset}"), torn)

    if whole:
        # In a segment of their own first, which is there whole or not at all: a crash before
        # the cut leaves them twice, never lost, and never in part.
        last = place.segments(files.names(place.folder))[-1]
        draft = path.with_name(f"{path.name}.moved.tmp")
        _write_new(files, draft, b"".join(line + b"\n" for line in whole))
        files.rename(draft, place.segment(last + 1))
        files.sync_folder(place.folder)

    handle = files.open(path)

    try:
        files.truncate(handle, offset)
        files.sync(handle)
    finally:
        files.close(handle)


def _write_new(files: Files, path: Path, data: bytes) -> None:
    handle = files.open(path)

    try:
        files.truncate(handle, 0)
        files.write(handle, data)
        files.sync(handle)
    finally:
        files.close(handle)

    files.sync_folder(path.parent)
