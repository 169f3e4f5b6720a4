"""An instrument's items as questions for a model, and as the JSON schema of the answer.

The schema keeps to what strict structured output takes everywhere: every property is
required, no other is allowed, choices are enumerations, and limits on length are left to
the parser of replies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from .instruments.schema import DESIGNS, NOT_REPORTED, Criterion, Instrument, Item, Rule

#: The outcome of a study for which nobody has named one.
PROPOSED = "proposed"

_TEXT = {"type": "string"}
_DESIGN_QUESTION = """\
design: what kind of paper is this? kind is one of {designs}; quote is the passage that shows it. A report \
of the results of a randomised trial is a randomised_trial; its protocol, a review of trials, an erratum are \
not."""


def render(instrument: Instrument, items: Sequence[Item], *, outcome: str, asks_design: bool) -> str:
    """Return the questions in plain text, with the criteria of every answer."""
    blocks = [
        f"{instrument.title} (version {instrument.version}).",
        _outcome(outcome),
        *([_DESIGN_QUESTION.format(designs=", ".join(DESIGNS))] if asks_design else ()),
        *("\n".join(_item(item)) for item in items),
    ]

    return "\n\n".join(blocks)


def schema(items: Iterable[Item], *, asks_design: bool) -> bytes:
    """Return the JSON schema of the answer, in one canonical encoding."""
    design = {"design": _object(kind=_enum(DESIGNS), quote=_TEXT)} if asks_design else {}
    answers = _object(**{item.id: _answer(item) for item in items})

    return orjson.dumps(_object(**design, items=answers))


def _outcome(outcome: str) -> str:
    if outcome == PROPOSED:
        return (
            "Answer for the outcome that the report calls primary; if it names none, for the first outcome "
            "in its results. Say in each reason that depends on it which outcome that is."
        )

    return f"Answer for this outcome: {outcome}"


def _item(item: Item) -> Iterator[str]:
    yield f"Item {item.id}: {item.name}. {item.question}"

    if item.rule.asks_answer:
        yield "step1, what happened:"
        yield from _criteria(item.answers)

    if item.rule.asks_level:
        yield "step2, the risk of bias:"
        yield from _criteria(item.levels)

    if item.rule.asks_counts:
        yield "Two numbers, each with the quote that shows it; value is null if the report does not give it:"
        yield from (f"- {count.id}: {count.text}" for count in item.counts)

    for constraint in item.constraints:
        yield f"The steps must agree: {constraint.message}."


def _criteria(criteria: Iterable[Criterion]) -> Iterator[str]:
    yield from (f"- {criterion.id}: {criterion.text}" for criterion in criteria)
    yield f"- {NOT_REPORTED}: None of these applies, because the document does not say."


def _answer(item: Item) -> dict[str, Any]:
    """Return an item's schema; quotes stand first, so that a model reads before it answers."""
    if item.rule is Rule.SHARE_MISSING:
        count = _object(quote=_TEXT, value={"type": ["integer", "null"]})
        return _object(**{each.id: count for each in item.counts}, reason=_TEXT)

    fields: dict[str, Any] = {"quotes": {"type": "array", "items": _TEXT}, "reason": _TEXT}

    if item.rule.asks_answer:
        fields["step1"] = _choices(item.answers)

    if item.rule.asks_level:
        fields["step2"] = _choices(item.levels)

    return _object(**fields)


def _choices(criteria: Iterable[Criterion]) -> dict[str, Any]:
    return _enum([*(criterion.id for criterion in criteria), NOT_REPORTED])


def _enum(values: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
