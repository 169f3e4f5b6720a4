"""What the disk does not take: a state that may pass, and what was lost to it. Values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The disk of ``folder`` takes nothing at present, and no new call is made.

    ``problem`` is what the system says; ``held`` counts the answers that wait in memory.
    """

    folder: Path
    problem: str
    held: int

    def __str__(self) -> str:
        return f"waiting for disk space in {self.folder} ({self.problem}), {_answers(self.held)} held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """Answers that arrived and are not on the disk; ``documents`` has one name for each.

    ``cost`` is what they cost together, None where a price is unknown.
    """

    documents: tuple[str, ...] = ()
    cost: float | None = 0.0

    @property
    def count(self) -> str:
        """How many answers, in words."""
        return _answers(len(self.documents))


def _answers(number: int) -> str:
    return "1 answer" if number == 1 else f"{number} answers"
