"""A session as a plain dict of records by number, and what they add up to: the model of the store.

Written without the fold that it is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from robasync.records import Kind, Record
from robasync.session import Session


class Plain(NamedTuple):
    """A record as anybody would write it down."""

    kind: str
    key: str
    body: dict[str, Any]


Records = Mapping[int, Plain]

_ENDS = (Kind.REPLY.value, Kind.CALL_RELEASED.value)


def plain(record: Record) -> Plain:
    """Return the record with nothing but JSON in it."""
    return Plain(record.kind.value, record.key, orjson.loads(orjson.dumps(record.body, default=bytes.hex)))


def bodies(records: Records, kind: Kind) -> list[dict[str, Any]]:
    """Return the bodies of all records of a kind, in order."""
    return [one.body for _, one in sorted(records.items()) if one.kind == kind.value]


def pending(records: Records) -> list[str]:
    """Return the keys of the calls whose end nobody knows."""
    open_calls: dict[str, None] = {}

    for _, one in sorted(records.items()):
        if one.kind == Kind.INTENT:
            open_calls[one.key] = None
        elif one.kind in _ENDS or (one.kind == Kind.CALL_FAILED and one.body["certain"]):
            open_calls.pop(one.key, None)

    return list(open_calls)


def newest(records: Records) -> dict[str, dict[str, Any]]:
    """Return each document's newest outcome."""
    return {body["document"]: body for body in bodies(records, Kind.OUTCOME)}


def outcomes(records: Records, *, without: set[int]) -> dict[str, dict[str, Any]]:
    """Return each document's newest outcome, but for those whose newest one is ``without``."""
    numbers = {one.body["document"]: at for at, one in sorted(records.items()) if one.kind == Kind.OUTCOME}

    return {name: records[at].body for name, at in numbers.items() if at not in without}


def batches(records: Records) -> dict[int, tuple[list[str], bool]]:
    """Return the documents of each batch as first started, and whether it is completed."""
    completed = {body["batch"] for body in bodies(records, Kind.BATCH_COMPLETED)}
    found: dict[int, tuple[list[str], bool]] = {}

    for body in bodies(records, Kind.BATCH_STARTED):
        found.setdefault(body["batch"], (body["documents"], body["batch"] in completed))

    return found


def sums(records: Records) -> dict[str, Any]:
    """Return what the records add up to."""
    replies = bodies(records, Kind.REPLY)
    facts = [*bodies(records, Kind.SESSION_STARTED), *bodies(records, Kind.SESSION_RESUMED)]
    statuses = [body["status"] for body in newest(records).values()]

    return {
        "total": next((body["total"] for body in reversed(facts) if "total" in body), 0),
        "batch_size": next((body["batch_size"] for body in reversed(facts) if "batch_size" in body), 1),
        "assessed": statuses.count("assessed"),
        "refused": statuses.count("refused"),
        "failed": statuses.count("failed"),
        "errors": sum(body["status"] == "failed" for body in bodies(records, Kind.OUTCOME)),
        "replies": len(replies),
        "spent": round(sum(body["cost"] for body in replies), 9),
        "tokens": sum(body["usage"]["input_tokens"] for body in replies),
        "uncertain": sorted(pending(records)),
        "batches": batches(records),
        "changes": len(bodies(records, Kind.SETTING_CHANGED)),
    }


def sums_of(session: Session) -> dict[str, Any]:
    """Return what the session says of the same."""
    return {
        "total": session.total,
        "batch_size": session.batch_size,
        "assessed": session.assessed,
        "refused": session.refused,
        "failed": session.failed,
        "errors": session.errors_total,
        "replies": sum(spend.replies for spend in session.spend.values()),
        "spent": session.spent,
        "tokens": sum(spend.input_tokens for spend in session.spend.values()),
        "uncertain": sorted(session.uncertain),
        "batches": {batch.number: (list(batch.documents), batch.is_completed) for batch in session.batches},
        "changes": len(session.changes),
    }
