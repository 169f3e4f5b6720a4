"""Windows of consecutive documents in input order. They order and report the work; they are no barrier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A window of documents. ``left`` are those still to be done, in input order.

    ``started`` tells whether the journal already holds the batch's list; ``total`` how many documents
    the session has with it, None where it was known before.
    """

    number: int
    documents: tuple[str, ...]
    left: tuple[str, ...]
    started: bool = False
    total: int | None = None


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
    fresh: Iterable[str],
    started: Iterable[Started],
    *,
    size: int,
    is_left: Callable[[str], bool],
) -> Iterator[Batch]:
    """Return the batches that are still to be worked on, first things first.

    A started batch that was not completed keeps its list and number, and what it lacks is
    done first. The ``fresh`` names, which no batch has seen, are windowed anew by ``size``
    and numbered on. Documents of completed batches that are left again (a failure that may
    pass, changed bytes) form new batches at the end. A document that several batches name is
    done once, in the first of them that was not completed. ``is_left`` is asked of documents
    of started batches only, and all of them before this returns; the windows are made as
    they are wanted.
    """
    begun: list[Batch] = []
    again: list[str] = []
    taken: set[str] = set()
    last = 0

    for batch in started:
        last = max(last, batch.number)
        left = tuple(filter(is_left, batch.documents))

        if batch.is_completed:
            again.extend(left)
        else:
            left = tuple(name for name in left if name not in taken)
            taken.update(left)
            begun.append(
                Batch(number=batch.number, documents=tuple(batch.documents), left=left, started=True)
            )

    once = dict.fromkeys(name for name in again if name not in taken)
    windows = chain(_windows(fresh, size), _windows(once, size))
    new = (
        Batch(number=number, documents=window, left=window) for number, window in enumerate(windows, last + 1)
    )

    return chain(begun, new)


def further(names: Iterable[str], *, size: int, after: int, total: int) -> Iterator[Batch]:
    """Return batches of names that are new to a session of ``total`` documents, numbered after ``after``."""
    for number, window in enumerate(_windows(names, size), after + 1):
        total += len(window)
        yield Batch(number=number, documents=window, left=window, total=total)


def _windows(names: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    window: list[str] = []

    for name in names:
        window.append(name)

        if len(window) == size:
            yield tuple(window)
            window = []

    if window:
        yield tuple(window)
