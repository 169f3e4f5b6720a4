"""What a check of a session has found, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

LISTED = 100  # findings of one subject and level that are kept word for word


class Subject(StrEnum):
    """What was looked at, in the order in which it is told."""

    JOURNAL = "journal"
    CALLS = "calls"
    COSTS = "costs"
    OUTCOMES = "outcomes"
    CHECKPOINT = "checkpoint"
    BACKUPS = "backups"
    INDEX = "index"
    RESULTS = "results"
    LEFTOVERS = "leftovers"


class Level(StrEnum):
    """How much a finding matters. Only a NOTE leaves a session clean."""

    NOTE = "note"  # ordinary after a crash, or while a run goes on
    DAMAGE = "damage"  # a file or an entry of the books is not what it must be; no answer is lost by it
    LOSS = "loss"  # something that was recorded cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be.

    ``file`` is a name in the session's folder or a path; ``offset`` a byte of it, None where
    that says nothing. ``document`` names the study concerned, "" where it is none or unknown.
    """

    subject: Subject
    level: Level
    message: str
    file: str = ""
    offset: int | None = None
    document: str = ""


@dataclass(slots=True)
class Findings:
    """Collects findings; of many alike it keeps the first ``LISTED`` and counts the others."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[Subject, Level]] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        """Take one in."""
        alike = (finding.subject, finding.level)
        self.counts[alike] += 1

        if self.counts[alike] <= LISTED:
            self.kept.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take all of them in."""
        for finding in findings:
            self.add(finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How much was looked at. ``cost`` is what the readable replies cost together.

    ``reserved`` is what the ``uncertain`` calls may have cost, ``given_up`` what the ``released`` may.
    ``priced`` counts the replies whose cost was worked out anew from usage and price.
    """

    files: int = 0
    bytes: int = 0
    records: int = 0
    later_kinds: int = 0
    asked: int = 0
    answered: int = 0
    uncertain: int = 0
    priced: int = 0
    cost: float = 0.0
    reserved: float = 0.0
    released: int = 0
    given_up: float = 0.0
    total: int = 0
    assessed: int = 0
    refused: int = 0
    failed: int = 0
    left: int = 0
    checkpoint: bool = False
    backups: int = 0
    index: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A session as the check saw it; ``checkpoint`` is the path that names it on the command line.

    ``writer`` names the process that was writing it meanwhile, "" where there was none;
    ``unseen`` says what could not be looked at, and why.
    """

    session: str
    checkpoint: str
    looked: Looked
    findings: tuple[Finding, ...]
    counts: dict[tuple[Subject, Level], int]
    writer: str = ""
    unseen: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is damaged and nothing lost."""
        return not (self.count(Level.DAMAGE) or self.count(Level.LOSS))

    def count(self, level: Level, subject: Subject | None = None) -> int:
        """Return how many findings are of ``level``, of all subjects or of one."""
        return sum(
            number
            for (about, how_bad), number in self.counts.items()
            if how_bad is level and subject in (None, about)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A copy that was written of what is whole: its folder, the path that names it, its files."""

    folder: str
    checkpoint: str
    files: tuple[str, ...]
    results: int
