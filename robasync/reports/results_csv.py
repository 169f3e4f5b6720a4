"""results.csv: one line for each study, item and quote.

Each quote has a line of its own, so that page and verification can be filtered and sorted;
what belongs to the item is repeated. ``line`` counts the lines of an item from 1: filter on 1
to count judgements. An item without a quote has one line.
"""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING, Final

from robasync.reports import cells, wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from robasync.instruments import Instrument
    from robasync.model import Assessment, Evidence, Judgement
    from robasync.reports.rows import Study

COLUMNS: Final = (
    "study",
    "document",
    "result",
    "item",
    "item name",
    "step 1",
    "step 2",
    "support",
    "line",
    "quote",
    "page",
    "verification",
    "state",
    "rule",
    "notes",
    "searched",
    "assessor",
    "assessor kind",
    "model returned",
    "instrument",
)
JOIN: Final = " | "


class Table:
    """Writes assessed studies to an open file, header first."""

    def __init__(self, file: IO[str], instrument: Instrument) -> None:
        self._instrument = instrument
        self._names: Mapping[str, str] = {item.id: item.name for item in instrument.items}
        self._writer = csv.writer(file)
        self._writer.writerow(COLUMNS)

    def add(self, study: Study) -> None:
        """Write the study's lines; one that was not assessed has none."""
        assessment = study.outcome.assessment

        if assessment is not None:
            self._writer.writerows(self._lines(study, assessment))

    def _lines(self, study: Study, assessment: Assessment) -> Iterator[list[str]]:
        head = [study.label, study.outcome.document, assessment.result]
        tail = _assessor(assessment)

        for judgement in assessment.judgements:
            item = self._item(judgement)
            rest = [
                _state(judgement),
                judgement.rule,
                JOIN.join(judgement.notes),
                JOIN.join(judgement.searched),
            ]

            for number, evidence in enumerate(judgement.evidence or (None,), start=1):
                line = [*head, *item, str(number), *_quote(evidence), *rest, *tail]
                yield [cells.cell(text) for text in line]

    def _item(self, judgement: Judgement) -> list[str]:
        return [
            judgement.item,
            self._names.get(judgement.item, judgement.item),
            wording.answer(self._instrument, judgement),
            wording.level(self._instrument, judgement),
            judgement.support,
        ]


def _quote(evidence: Evidence | None) -> list[str]:
    if evidence is None:
        return ["", "", ""]

    return [evidence.quote, wording.place(evidence), wording.verification(evidence)]


def _state(judgement: Judgement) -> str:
    return wording.STATES[judgement.state]


def _assessor(assessment: Assessment) -> list[str]:
    return [
        assessment.assessor,
        wording.assessor_kind(assessment.assessor_kind),
        assessment.model_returned,
        assessment.instrument,
    ]
