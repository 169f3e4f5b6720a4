"""The first pass over the outcomes: labels and counts, nothing that grows with the texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from robasync import studies
from robasync.model import AssessorKind, ItemState, Outcome, Status
from robasync.reports import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from robasync.model import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is known of all outcomes before the first line is written.

    ``cells`` counts judgements by (item id, level id or, where nothing was judged, state);
    ``images`` the failed documents that text recognition could read.
    """

    labels: tuple[str, ...]
    statuses: Mapping[Status, int]
    cells: Mapping[tuple[str, str], int]
    kinds: Mapping[AssessorKind, int]
    images: int = 0

    @property
    def items(self) -> frozenset[str]:
        """The ids of the items that occur."""
        return frozenset(item for item, _ in self.cells)

    @property
    def proposed(self) -> int:
        """The number of proposed judgements."""
        return sum(self.cells.values()) - self.unjudged

    @property
    def unjudged(self) -> int:
        """The number of items without a judgement."""
        return sum(count for (_, value), count in self.cells.items() if value in _UNJUDGED)


RECOGNISE = "resume with --ocr"
"""Stands in the messages of failures that text recognition may mend (see ``extract.notes``)."""

_UNJUDGED = frozenset(ItemState) - {ItemState.JUDGED}


def survey(bodies: Iterable[object]) -> Survey:
    """Read all outcomes once. Memory: one label each."""
    labels: list[str] = []
    statuses: Counter[Status] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    kinds: Counter[AssessorKind] = Counter()
    images = 0

    for outcome in map(rows.outcome, bodies):
        labels.append(rows.label(outcome))
        statuses[outcome.status] += 1
        images += outcome.failure is not None and RECOGNISE in outcome.failure.message
        cells.update(_cells(outcome))

        if outcome.assessment is not None:
            kinds[outcome.assessment.assessor_kind] += 1

    return Survey(
        labels=tuple(studies.unique(labels)), statuses=statuses, cells=cells, kinds=kinds, images=images
    )


def cell(judgement: Judgement) -> str:
    """Return what a judgement counts as: its level, or its state where nothing was judged."""
    if judgement.state is ItemState.JUDGED and judgement.level is not None:
        return judgement.level

    return judgement.state


def _cells(outcome: Outcome) -> list[tuple[str, str]]:
    if outcome.assessment is None:
        return []

    return [(judgement.item, cell(judgement)) for judgement in outcome.assessment.judgements]
