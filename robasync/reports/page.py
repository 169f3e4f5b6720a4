"""What stands on the page: the table's columns, cells, legend and bars, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson

from robasync.model import ItemState, Status
from robasync.reports import aside, not_assessed_csv, survey, wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from robasync.instruments import Instrument, Item
    from robasync.model import Evidence, Judgement
    from robasync.reports.aside import Passage
    from robasync.reports.not_assessed_csv import Line
    from robasync.reports.rows import Study
    from robasync.reports.survey import Survey

STUDIES_PER_PAGE: Final = 1_000
"""Studies, and documents without an assessment, that one page shows; a browser is slow beyond."""

PASSAGES_PER_PAGE: Final = 500

_SYMBOLS: Final[Mapping[ItemState, str]] = {
    ItemState.NOT_REPORTED: "?",
    ItemState.UNVERIFIED: "!",
    ItemState.INCOMPLETE: "…",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a level or a state is drawn: a style, a symbol of at most two signs, and full words."""

    key: str
    style: str
    symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One study's line of the table; ``details`` is JSON that is safe inside a script element."""

    label: str
    document: str
    result: str
    cells: tuple[tuple[Item, Mark | None], ...]
    details: str


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an item's bar, in percent."""

    mark: Mark
    count: int
    start: float
    width: float


def marks(instrument: Instrument) -> dict[str, Mark]:
    """Return the marks of all levels, then of all states without a judgement."""
    last = max(len(instrument.levels) - 1, 1)
    levels = {
        level.id: Mark(level.id, f"level-{round(3 * place / last)}", _initials(level.label), level.label)
        for place, level in enumerate(instrument.levels)
    }
    states = {
        state.value: Mark(
            state.value, f"state-{state.name.lower().replace('_', '-')}", sign, wording.STATES[state]
        )
        for state, sign in _SYMBOLS.items()
    }

    return {**levels, **states}


def columns(instrument: Instrument, found: Survey) -> list[Item]:
    """Return the items that occur, or the core items where none does."""
    return [item for item in instrument.items if item.id in found.items or (item.core and not found.items)]


def bar(item: Item, marked: Mapping[str, Mark], found: Survey) -> list[Part]:
    """Return the item's distribution over all studies, empty parts left out."""
    counts = [(mark, found.cells.get((item.id, key), 0)) for key, mark in marked.items()]
    total = sum(count for _, count in counts) or 1
    parts: list[Part] = []
    start = 0.0

    for mark, count in counts:
        if count:
            parts.append(Part(mark, count, round(start, 3), round(100 * count / total, 3)))
            start += 100 * count / total

    return parts


class Feed:
    """Deals studies out to the table and to the list of those that were not assessed.

    ``rows`` is to be exhausted before ``others`` and ``passages`` are read. Neither holds or yields more than
    ``STUDIES_PER_PAGE``; no study is read beyond the last that is shown.
    """

    def __init__(self, studies: Iterable[Study], instrument: Instrument, *, found: Survey) -> None:
        self._studies = studies
        self._instrument = instrument
        self._columns = columns(instrument, found)
        self._marks = marks(instrument)
        assessed = found.statuses.get(Status.ASSESSED, 0)
        self._rows_left = min(assessed, STUDIES_PER_PAGE)
        self._others_left = min(len(found.labels) - assessed, STUDIES_PER_PAGE)
        self.others: list[Line] = []
        self.passages: list[Passage] = []

    def rows(self) -> Iterator[Row]:
        """Yield the table's rows in input order, and collect the others on the way."""
        for study in self._studies:
            line = not_assessed_csv.line(study)
            self.passages += islice(aside.passages(study), PASSAGES_PER_PAGE - len(self.passages))

            if line is None and self._rows_left:
                self._rows_left -= 1
                yield self._row(study)
            elif line is not None and self._others_left:
                self._others_left -= 1
                self.others.append(line)

            if not self._rows_left and not self._others_left:
                return

    def _row(self, study: Study) -> Row:
        assessment = study.outcome.assessment
        assert assessment is not None
        judgements = {judgement.item: judgement for judgement in assessment.judgements}
        cells = tuple((item, self._mark(judgements.get(item.id))) for item in self._columns)
        details = {
            "study": study.label,
            "document": study.outcome.document,
            "result": assessment.result,
            "notes": assessment.notes,
            "kind": wording.assessor_kind(assessment.assessor_kind),
            "items": {name: self._details(judgement) for name, judgement in judgements.items()},
        }

        return Row(study.label, study.outcome.document, assessment.result, cells, _inert(details))

    def _mark(self, judgement: Judgement | None) -> Mark | None:
        if judgement is None:
            return None

        key = survey.cell(judgement)

        return self._marks.get(key) or Mark(key, "state-incomplete", "…", key.replace("_", " ").capitalize())

    def _details(self, judgement: Judgement) -> dict[str, Any]:
        return {
            "step1": wording.answer(self._instrument, judgement),
            "step2": wording.level(self._instrument, judgement),
            "state": wording.STATES[judgement.state],
            "support": judgement.support,
            "rule": judgement.rule,
            "notes": judgement.notes,
            "searched": judgement.searched,
            "quotes": [_quote(evidence) for evidence in judgement.evidence],
        }


def _quote(evidence: Evidence) -> dict[str, Any]:
    return {
        "text": evidence.quote,
        "place": wording.place(evidence),
        "found": evidence.found,
        "verification": wording.verification(evidence),
    }


def _inert(details: dict[str, Any]) -> str:
    # "<" is the only way out of a script element; in JSON it can only stand inside a string.
    return orjson.dumps(details).decode().replace("<", "\\u003c")


def _initials(label: str) -> str:
    return "".join(word[0] for word in label.split()[:2]).upper()
