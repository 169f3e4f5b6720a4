"""How a run ended: the numbers, the exit code, and what is left to do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from robasync.errors import BudgetReached, RobasyncError
from robasync.model import AssessorKind
from robasync.trouble import Unsaved

FAILED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What reading recorded answers again came to; names of documents.

    ``failed`` documents had failed on what the model replied. Of these ``failing`` are read and fail
    again; all answers of the ``assessed`` and the ``refused`` are recorded and can be read now.
    """

    session: str
    failed: int
    failing: int
    assessed: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def read(self) -> int:
        """How many documents were read again; of the others an answer is not recorded."""
        return self.failing + len(self.assessed) + len(self.refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a run. ``reason`` is the error that ended it early; ``signal_code`` 130, 143 or 0.

    ``name`` is what means the session in a command, as a word of the shell.

    ``proposed`` counts the proposed judgements, ``open_items`` the items without one; it,
    ``report`` and ``table`` are None where no reports were written. ``uncertain`` counts the
    calls whose end nobody knows. ``elsewhere`` pairs a report's usual place with where it
    was written instead. ``undone`` counts the documents that were to be done in this run and were
    not, those among them that keep an earlier outcome. ``unsaved`` are the answers that the disk
    refused; ``reread`` those that were read again, where that was asked for. ``images`` counts the
    failed documents that text recognition, which was not asked for, could read.
    """

    session: str
    name: str
    total: int
    assessed: int
    refused: int
    failed: int
    proposed: int | None
    open_items: int
    uncertain: int
    cost: float | None
    currency: str
    assessor_kind: AssessorKind
    report: Path | None
    table: Path | None
    results: Path
    checkpoint: Path | None
    elsewhere: tuple[tuple[Path, Path], ...] = ()
    reason: RobasyncError | None = None
    signal_code: int = 0
    undone: int = 0
    unsaved: Unsaved = field(default_factory=Unsaved)
    reread: Reread | None = None
    images: int = 0

    @property
    def left(self) -> int:
        """The number of documents without an outcome."""
        return max(0, self.total - self.assessed - self.refused - self.failed)

    @property
    def is_cut_short(self) -> bool:
        """Whether work remains that a resume would do."""
        return bool(self.left or self.undone)

    @property
    def next_cap(self) -> float | None:
        """A cap with which the rest can be done if it costs what the studies so far did; None for none due.

        To two digits, upwards; one call more can always be made with it.
        """
        if not isinstance(self.reason, BudgetReached):
            return None

        done = self.total - self.left
        needed = self.reason.least + (self.cost or 0.0) / max(done, 1) * self.left
        step = 10.0 ** (math.floor(math.log10(needed)) - 1) if needed > 0 else 1.0

        return float(f"{math.ceil(needed / step) * step:.9g}")

    @property
    def exit_code(self) -> int:
        """0 all assessed or refused; 3 with failures; 130, 143, 4 or 5 when it ended early."""
        if self.reason is not None:
            return self.reason.exit_code

        if self.signal_code and self.is_cut_short:
            return self.signal_code

        if self.is_cut_short:
            return RobasyncError.exit_code

        return FAILED if self.failed else 0
