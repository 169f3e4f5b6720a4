"""Passages that were set apart from a document, or that speak to a model, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from robasync.reports.rows import Study

LONGEST: Final = 500
MOST_OF_ONE: Final = 20
"""Characters of a passage, and passages of a document, that the page shows; its result file has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One passage; ``sent`` says that it was visible, and so part of what the model read."""

    study: str
    document: str
    place: str
    reason: str
    text: str
    sent: bool


def passages(study: Study) -> Iterator[Passage]:
    """Yield the study's passages, those that were not sent first."""
    outcome = study.outcome
    pieces = [(piece, False) for piece in outcome.set_aside] + [(piece, True) for piece in outcome.suspicious]

    for piece, sent in pieces[:MOST_OF_ONE]:
        yield Passage(
            study=study.label,
            document=outcome.document,
            place=piece.place or f"page {piece.page}",
            reason=piece.reason,
            text=piece.text if len(piece.text) <= LONGEST else f"{piece.text[:LONGEST]} [...]",
            sent=sent,
        )
