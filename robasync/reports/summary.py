"""summary.json: counts, distribution of judgements, cost and provenance of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from robasync.model import ItemState, Status
from robasync.reports import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from robasync.instruments import Instrument, Item
    from robasync.reports.place import Written
    from robasync.reports.rows import Run
    from robasync.reports.survey import Survey

UNPRICED: Final = "price unknown"


def encode(run: Run, instrument: Instrument, survey: Survey, *, written: Sequence[Written]) -> str:
    """Return the file's text."""
    content = {
        "robasync": run.version,
        "session": run.session,
        "started": run.started,
        "finished": run.finished,
        "outcome": run.outcome,
        "studies": studies(run, survey),
        "judgements": {"proposed": survey.proposed, "not_judged": survey.unjudged, "reviewed": 0},
        "items": [_item(item, instrument, survey) for item in instrument.items if item.id in survey.items],
        "instrument": {
            "id": instrument.id,
            "version": instrument.version,
            "title": instrument.title,
            "hash": instrument.hash,
        },
        "assessor": {
            "name": run.assessor,
            "kind": wording.assessor_kind(run.assessor_kind),
            "model_returned": run.model_returned,
        },
        "thresholds": _thresholds(run),
        "cost": run.cost,  # null: the price is unknown
        "currency": run.currency,
        "prices": run.prices,
        "tokens": run.usage,
        "files": [one.path.name for one in written],
    }

    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def studies(run: Run, survey: Survey) -> dict[str, int]:
    """Return the number of documents by what became of them; they add up to the total."""
    counts = {status.value: survey.statuses.get(status, 0) for status in Status}

    return {"total": run.total, **counts, "left": max(run.total - sum(counts.values()), 0)}


def _thresholds(run: Run) -> dict[str, Any] | None:
    if run.thresholds is None:
        return None

    return {"percent": run.thresholds.bounds, "pre_specified": run.thresholds.prespecified}


def _item(item: Item, instrument: Instrument, survey: Survey) -> dict[str, Any]:
    values = {level.label: survey.cells.get((item.id, level.id), 0) for level in instrument.levels}
    states = {
        wording.STATES[state]: survey.cells.get((item.id, state), 0)
        for state in ItemState
        if state is not ItemState.JUDGED
    }

    return {"item": item.id, "name": item.name, "levels": values, "not_judged": states}
