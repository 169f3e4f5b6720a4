"""What a session keeps account of besides its documents: batches, open calls, costs, errors."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from robasync.records import Kind, Record

MOST = 1e12  # of tokens or of a currency, for one call

Slots: TypeAlias = "array[int] | range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as it was started. ``slots`` are those of its documents; ``completed`` is a time or "".

    Of a window of documents that nothing named before, as most are, the slots are a range: that
    takes a sixth of the memory.
    """

    number: int
    slots: Slots
    started: str
    completed: str = ""

    @property
    def is_completed(self) -> bool:
        """Whether its end is recorded."""
        return bool(self.completed)


def compact(slots: array[int]) -> Slots:
    """Return the same slots, as a range where they follow one another."""
    if not slots:
        return slots

    window = range(slots[0], slots[0] + len(slots))

    return window if slots == array("I", window) else slots


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedBatch:
    """A batch with the names it was started with."""

    number: int
    documents: Sequence[str]
    is_completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainCall:
    """A call whose end nobody knows: it may have been billed. ``reserved`` is None without a price."""

    key: str
    document: str
    model: str
    reserved: float | None
    time: str

    @property
    def released(self) -> Record:
        """The record by which its money is free again, at somebody's word."""
        body = {"document": self.document, "model": self.model, "reserved": self.reserved}

        return Record(Kind.CALL_RELEASED, body, self.key)


@dataclass(slots=True, kw_only=True)
class Spend:
    """What one model's replies cost. ``unpriced`` counts replies whose cost is unknown."""

    cost: float = 0.0
    replies: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class LoggedError:
    """A document that failed, why, and when."""

    document: str
    error: str
    time: str


def together(calls: Iterable[UncertainCall]) -> float:
    """Return what the calls reserved, to a billionth of the currency."""
    return round(sum(call.reserved or 0.0 for call in calls), 9)


def check(text: str, *numbers: float | None) -> None:
    """Raise ValueError or TypeError for what no call can have: it comes from a forged record."""
    if type(text) is not str:
        raise TypeError("a name is no text")

    if not all(0 <= (number or 0) < MOST for number in numbers):
        raise ValueError("a number is out of range")
