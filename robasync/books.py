"""What a session keeps account of besides its documents: batches, open calls, costs, errors."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as it was started. ``slots`` are those of its documents; ``completed`` is a time or ""."""

    number: int
    slots: array[int]
    started: str
    completed: str = ""

    @property
    def is_completed(self) -> bool:
        """Whether its end is recorded."""
        return bool(self.completed)


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
