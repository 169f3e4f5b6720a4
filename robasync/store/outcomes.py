"""The outcomes of a session, read back from where they lie in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from robasync.records import Position
from robasync.store.files import Files
from robasync.store.places import Place
from robasync.store.reading import read_known


def bodies(files: Files, place: Place, positions: Iterable[Position]) -> Iterator[dict[str, Any]]:
    """Yield the decoded body of each outcome, in the order of ``positions``.

    Raises StorageError for a line that is not what was recorded there.
    """
    for position in positions:
        yield read_known(files, place, position).body
