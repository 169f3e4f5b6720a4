"""Outcome records as the reports see them: parsed strictly, in input order, each with a label of its own.

Labels must be known for all studies before the first is written ("Okafor, 2012a" exists only
because a second one follows), so records are read twice; between the two passes memory holds
one label for each document and nothing else of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import TypeAdapter, ValidationError

from robasync.errors import StorageError
from robasync.model import AssessorKind, Outcome, Status, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from robasync.instruments import Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The facts of a run that the records of its outcomes do not hold.

    Times are ISO 8601. ``cost`` is in ``currency``, None where the price is unknown.
    ``prices`` are those that were reckoned with, as recorded, by the server's name of the model.
    ``thresholds`` is None where no item uses them. ``total`` counts all documents, those
    left included.
    """

    session: str
    started: str
    finished: str
    total: int
    assessor: str
    assessor_kind: AssessorKind
    model_returned: str = ""
    cost: float | None = None
    currency: str = "USD"
    usage: Usage = field(default_factory=Usage)
    prices: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Thresholds | None = None
    outcome: str = "proposed"
    version: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """One document's outcome under the label that no other study of the session has."""

    label: str
    outcome: Outcome


def outcome(body: object) -> Outcome:
    """Return the outcome that a record's decoded body holds.

    Every type is checked, nothing is converted; raises StorageError for anything else.
    """
    try:
        parsed = _adapter().validate_json(orjson.dumps(body), strict=True)
    except (ValidationError, orjson.JSONEncodeError) as error:
        raise StorageError(_complaint(body, _where(error))) from error

    held = {
        Status.ASSESSED: parsed.assessment is not None,
        Status.REFUSED: parsed.refusal is not None,
        Status.FAILED: parsed.failure is not None,
    }

    if not held[parsed.status] or sum(held.values()) != 1:
        raise StorageError(_complaint(body, "status"))

    return parsed


def label(outcome: Outcome) -> str:
    """Return a study's label before it is made unique; a failed document has only its name."""
    if outcome.assessment is not None:
        return outcome.assessment.study or outcome.document

    if outcome.refusal is not None:
        return outcome.refusal.study or outcome.document

    return outcome.document


def labelled(bodies: Iterable[object], labels: Iterable[str]) -> Iterator[Study]:
    """Yield each outcome with its label; raises ValueError where the two differ in number."""
    for body, name in zip(bodies, labels, strict=True):
        yield Study(name, outcome(body))


@cache
def _adapter() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)


def _where(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)

    return ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"])) or "record"


def _complaint(body: object, where: str) -> str:
    name = body.get("document") if isinstance(body, dict) else None
    shown = repr(name)[:200] if isinstance(name, str) else "a document"

    return (
        f"The recorded outcome of {shown} cannot be read (at {where[:100]}). Check the session: robasync fsck"
    )
