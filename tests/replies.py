"""Legal replies to a questionnaire, as the tests of parsing and judging need them."""

from __future__ import annotations

from typing import Any

from robasync.instruments import Instrument, Item
from robasync.model import Extract, Segment
from robasync.prompt import Questionnaire

QUOTE = "Participants were randomly assigned by computer."


def extract(text: str, *, pages: int = 1) -> Extract:
    """Return an extract whose text is spread evenly over its pages."""
    size = max(len(text) // pages, 1)
    segments = tuple(Segment(page * size, page + 1) for page in range(pages))

    return Extract(text=text, segments=segments, pages=pages, media="text", engine="test")


def answer(item: Item, *, instrument: Instrument) -> dict[str, Any]:
    """Return the most favourable legal answer to an item, as a reply spells it."""
    if item.rule.asks_counts:
        counts = {count.id: {"value": 120, "quote": QUOTE} for count in item.counts}
        return {**counts, "reason": "It says so."}

    fields: dict[str, Any] = {"quotes": [QUOTE], "reason": "It says so."}

    if item.rule.asks_answer:
        fields["step1"] = instrument.answers[0].id

    if item.rule.asks_level:
        fields["step2"] = instrument.levels[0].id

    return fields


def body(questionnaire: Questionnaire) -> dict[str, Any]:
    """Return a legal reply to every item."""
    items = {item.id: answer(item, instrument=questionnaire.instrument) for item in questionnaire.items}

    design = {"design": {"kind": "randomised_trial", "quote": QUOTE}} if questionnaire.asks_design else {}

    return {**design, "items": items}
