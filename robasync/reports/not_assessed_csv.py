"""not_assessed.csv: every study without an assessment, the reason, and what to do about it."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from typing import IO, TYPE_CHECKING

from robasync.reports import cells, wording

if TYPE_CHECKING:
    from robasync.model import Evidence, Outcome
    from robasync.reports.rows import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One study that was not assessed, in words."""

    study: str
    document: str
    status: str
    reason: str
    message: str
    passage: str = ""
    page: str = ""
    verification: str = ""
    advice: str = ""


COLUMNS = tuple("what to do" if field.name == "advice" else field.name for field in fields(Line))


class Table:
    """Writes studies that were not assessed to an open file, header first."""

    def __init__(self, file: IO[str]) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(COLUMNS)

    def add(self, study: Study) -> None:
        """Write the study's line; an assessed one has none."""
        if (found := line(study)) is not None:
            self._writer.writerow([cells.cell(text) for text in astuple(found)])


def line(study: Study) -> Line | None:
    """Return why the study was not assessed, or None if it was."""
    outcome = study.outcome

    if outcome.failure is not None:
        return Line(
            study=study.label,
            document=outcome.document,
            status="failed",
            reason=f"{outcome.failure.stage}: {outcome.failure.error}",
            message=outcome.failure.message,
            advice=wording.advice(outcome),
        )

    return _refused(study, outcome) if outcome.refusal is not None else None


def _refused(study: Study, outcome: Outcome) -> Line:
    assert outcome.refusal is not None
    passage, page, verification = _passage(outcome.refusal.evidence)

    return Line(
        study=study.label,
        document=outcome.document,
        status="refused",
        reason=outcome.refusal.kind.replace("_", " "),
        message=outcome.refusal.message,
        passage=passage,
        page=page,
        verification=verification,
        advice=wording.advice(outcome),
    )


def _passage(evidence: Evidence | None) -> tuple[str, str, str]:
    if evidence is None:
        return "", "", ""

    return evidence.quote, wording.place(evidence), wording.verification(evidence)
