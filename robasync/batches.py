"""Windows of consecutive documents in input order. They order and report the work; they are no barrier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A window of documents. ``left`` are those still to be done, in input order.

    ``started`` tells whether the journal already holds the batch's list.
    """

    number: int
    documents: tuple[str, ...]
    left: tuple[str, ...]
    started: bool = False


class Started(Protocol):
    """A batch that the journal already holds."""

    @property
    def number(self) -> int:
        """Its number, counted from 1."""

    @property
    def documents(self) -> Sequence[str]:
        """The names it was started with."""

    @property
    def is_completed(self) -> bool:
        """Whether its end is recorded."""


def plan(
    names: Sequence[str],
    started: Sequence[Started],
    *,
    size: int,
    is_left: Callable[[str], bool],
) -> Iterator[Batch]:
    """Yield the batches that are still to be worked on, first things first.

    A started batch that was not completed keeps its list and number, and what it lacks is
    done first. Names that no batch has seen are windowed anew by ``size`` and numbered on.
    Documents of completed batches that are left again (a failure that may pass, changed
    bytes) form new batches at the end.
    """
    present = set(names)
    seen: set[str] = set()
    again: list[str] = []
    last = 0

    for batch in started:
        seen.update(batch.documents)
        last = max(last, batch.number)
        left = tuple(name for name in batch.documents if name in present and is_left(name))

        if batch.is_completed:
            again.extend(left)
        else:
            yield Batch(number=batch.number, documents=tuple(batch.documents), left=left, started=True)

    fresh = (name for name in names if name not in seen)

    for window in chain(_windows(fresh, size), _windows(again, size)):
        last += 1
        yield Batch(number=last, documents=window, left=window)


def _windows(names: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    window: list[str] = []

    for name in names:
        window.append(name)

        if len(window) == size:
            yield tuple(window)
            window = []

    if window:
        yield tuple(window)
