"""Outcomes and runs for the tests of the reports."""

from __future__ import annotations

import orjson

from robasync import instruments
from robasync.model import (
    Assessment,
    AssessorKind,
    Evidence,
    Failure,
    ItemState,
    Judgement,
    Outcome,
    Refusal,
    Status,
    Verification,
)
from robasync.reports import rows

INSTRUMENT = instruments.load("robust-rct")
QUOTE = "Allocation followed a computer-generated list in blocks of four."


def evidence(quote=QUOTE, *, page=3, verification=Verification.EXACT, place=""):
    """Return a quote that was found."""
    return Evidence(
        quote=quote,
        verification=verification,
        page=page,
        start=0,
        end=len(quote),
        score=1.0,
        place=place,
    )


def judged(item="1", **changes):
    """Return a judged item with one quote, or with the fields that are given."""
    facts = {
        "item": item,
        "state": ItemState.JUDGED,
        "step1": "definitely_yes",
        "level": "definitely_low",
        "rule": "identity",
        "support": "The report names a random method.",
        "evidence": (evidence(),),
    }

    return Judgement(**(facts | changes))


def assessed(name="okafor.pdf", *judgements, study="Okafor, 2012", kind=AssessorKind.MODEL):
    """Return an assessed document with the judgements, or with one."""
    assessment = Assessment(
        study=study,
        result="proposed",
        instrument="robust-rct@2025.1",
        instrument_hash=INSTRUMENT.hash,
        assessor="example-model",
        assessor_kind=kind,
        model_returned="example-model-1",
        judgements=judgements or (judged(),),
    )

    return _outcome(name, Status.ASSESSED, assessment=assessment)


def refused(name="protocol.pdf", *, study="Lind, 2015", message="This is a protocol.", quote=QUOTE):
    """Return a document that was refused with a passage."""
    refusal = Refusal(study=study, kind="protocol", message=message, evidence=evidence(quote, page=1))

    return _outcome(name, Status.REFUSED, refusal=refusal)


def failed(
    name="scan.pdf", *, error="NoTextLayer", message="no text layer: 12 pages are images", may_pass=False
):
    """Return a document that failed."""
    return _outcome(
        name, Status.FAILED, failure=Failure(stage="extract", error=error, message=message, may_pass=may_pass)
    )


def body(outcome):
    """Return the outcome as the journal gives it back."""
    return orjson.loads(orjson.dumps(outcome))


def source(*outcomes):
    """Return what the reports read records from."""
    bodies = [body(outcome) for outcome in outcomes]

    return lambda: iter(bodies)


def run(total=1, **changes):
    """Return the facts of a run, or with the fields that are given."""
    facts = {
        "session": "rob_session_20261123_101502",
        "started": "2026-11-23T10:15:02.000001",
        "finished": "2026-11-23T10:16:02.000001",
        "total": total,
        "assessor": "example-model",
        "assessor_kind": AssessorKind.MODEL,
        "thresholds": instruments.Thresholds(),
        "version": "0.1.0",
    }

    return rows.Run(**(facts | changes))


def _outcome(name, status, **what):
    return Outcome(document=name, digest="a" * 64, size=9, mtime_ns=1, inode=1, status=status, **what)
