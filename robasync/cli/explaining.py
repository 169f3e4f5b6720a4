"""Why one document stays, is judged again or asked: in words for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import orjson

from robasync.app.explanation import Cause, Explanation, Fate
from robasync.cli.phrases import about, count, money
from robasync.cli.terminal import say
from robasync.model import Outcome, Status
from robasync.settings import Change, Layer

SHORT = 12  # characters of a digest that are shown
MEANING = {
    Layer.CALLS: "it decides what is asked",
    Layer.JUDGEMENTS: "it decides how answers are judged",
    Layer.RUNS: "it decides about this failure",
}


def tell(explanation: Explanation, *, as_json: bool) -> None:
    """Print the explanation."""
    if as_json:
        say(orjson.dumps(facts(explanation), option=orjson.OPT_INDENT_2).decode())
        return

    for line in lines(explanation):
        say(line)


def lines(explanation: Explanation) -> Iterator[str]:
    """Yield what is recorded, what becomes of the document, and why."""
    yield from _recorded(explanation)
    yield f"{explanation.document} {explanation.fate}{_calls(explanation)}."

    if explanation.cause is not None:
        moved = f" ({explanation.moved_from})" if explanation.cause is Cause.MOVED else ""
        yield f"Because it {explanation.cause}{moved}."

    yield from (f"  {line}" for line in _differences(explanation))

    if explanation.is_unexplained:
        yield "  Neither bytes nor settings differ: this version of robasync reads it or asks otherwise."

    if explanation.fate is Fate.STAYS and explanation.changed:
        yield "What was assessed stays as it is whatever changes; to assess it anew: add --reassess"


def facts(explanation: Explanation) -> dict[str, object]:
    """Return the same facts for other programs."""
    recorded, forecast = explanation.recorded, explanation.forecast

    return {
        "document": explanation.document,
        "session": explanation.session,
        "fate": explanation.fate.name.lower(),
        "cause": explanation.cause.name.lower() if explanation.cause else None,
        "moved_from": explanation.moved_from or None,
        "recorded": _outcome(recorded.outcome) | {"time": recorded.time} if recorded else None,
        "digest_now": explanation.digest or None,
        "other_bytes": explanation.has_other_bytes,
        "other_instrument": explanation.is_other_instrument,
        "other_version_of_robasync": explanation.is_unexplained,
        "changed_settings": [asdict(change) for change in explanation.changed],
        "calls": forecast.calls if forecast else 0,
        "cost": asdict(forecast.estimate) if forecast else None,
    }


def _recorded(explanation: Explanation) -> Iterator[str]:
    recorded = explanation.recorded

    if recorded is None:
        yield f"Recorded in session {explanation.session}: no outcome of {explanation.document}"
        return

    outcome, when = recorded.outcome, recorded.time[:19].replace("T", " ")
    whose = ""

    if (assessment := outcome.assessment) is not None:
        model = f" ({assessment.model_returned})" if assessment.model_returned else ""
        whose = f" by {assessment.assessor}{model} with {assessment.instrument}"

    yield f"Recorded in session {explanation.session}: {outcome.status} on {when}{whose}"

    if outcome.digest:
        yield f"  of the bytes with the SHA-256 {outcome.digest[:SHORT]}..."

    if message := _message(outcome):
        yield f"  {about(outcome.document, message)}"


def _message(outcome: Outcome) -> str:
    if outcome.status is Status.FAILED:
        return outcome.failure.message if outcome.failure else ""

    return outcome.refusal.message if outcome.refusal else ""


def _calls(explanation: Explanation) -> str:
    forecast = explanation.forecast

    if forecast is None or not forecast.calls:
        return ""

    estimate = forecast.estimate
    most = money(estimate.most, estimate.currency)
    cost = most if estimate.most is None else f"at most {most}"

    return f": {count(forecast.calls, 'call')}, {cost}"


def _differences(explanation: Explanation) -> Iterator[str]:
    recorded = explanation.recorded

    if explanation.has_other_bytes and recorded is not None:
        yield f"bytes: {recorded.outcome.digest[:SHORT]}... -> {explanation.digest[:SHORT]}..."

    if explanation.is_other_instrument:
        yield "instrument: its file is another one than it was assessed with"

    for change in explanation.changed:
        yield f"{change.name}: {_value(change.old)} -> {_value(change.new)}; {_meaning(change)}"

    if explanation.forecast is not None:
        yield from (about(name, message) for name, message in explanation.forecast.failing_why)


def _meaning(change: Change) -> str:
    return MEANING[change.layer]


def _value(value: object) -> str:
    return orjson.dumps(value).decode()


def _outcome(outcome: Outcome) -> dict[str, object]:
    assessment = outcome.assessment

    return {
        "status": outcome.status,
        "digest": outcome.digest or None,
        "assessor": assessment.assessor if assessment else None,
        "model": assessment.model_returned if assessment else None,
        "instrument": assessment.instrument if assessment else None,
        "instrument_hash": assessment.instrument_hash if assessment else None,
        "message": _message(outcome) or None,
    }
