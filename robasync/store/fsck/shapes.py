"""What the body of a record must hold for the session to take it in. Pure.

A line whose checksum is right may still be forged, or written by a faulty program; the fold
relies on exactly these fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from robasync.books import Spend
from robasync.model import Status
from robasync.records import Kind, Record, is_session_id

Test = Callable[[Any], bool]

_MOST = 1e12  # of a currency, for one call
_HIGHEST = 10**15  # no count comes near it
_HEX_DIGITS = frozenset("0123456789abcdef")
_CALLS = frozenset({Kind.INTENT, Kind.REPLY, Kind.CALL_FAILED, Kind.CALL_RELEASED})


def complaint(record: Record) -> str:
    """Return what is wrong with a record, in a few words; "" where nothing is."""
    body = record.body

    if not isinstance(body, dict):
        return "holds no object"

    if record.kind in _CALLS and not _is_key(record.key):
        return "has no call key"

    for name, test in _REQUIRED[record.kind].items():
        if name not in body:
            return f"lacks {name!r}"

        if not test(body[name]):
            return f"has a wrong value in {name!r}"

    for name, test in _OPTIONAL.get(record.kind, {}).items():
        if name in body and not test(body[name]):
            return f"has a wrong value in {name!r}"

    if body.get("status") == Status.FAILED and body.get("failure") is None:
        return "lacks 'failure'"

    return ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != "" and "\0" not in value


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and is_session_id(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _HIGHEST


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_amount(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST
    )


def _is_sum(value: Any) -> bool:
    return value is not None and _is_amount(value)


def _is_percent(value: Any) -> bool:
    return _is_count(value) and 1 <= value <= 100


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_bytes(value: Any) -> bool:
    return isinstance(value, bytes)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_name, value))


def _is_reopened(value: Any) -> bool:
    return isinstance(value, dict) and _is_names(value.get("except"))


def _is_key(value: str) -> bool:
    return len(value) == 64 and _HEX_DIGITS.issuperset(value)


def _is_digest(value: Any) -> bool:
    return value == "" or (isinstance(value, str) and _is_key(value))


def _is_status(value: Any) -> bool:
    return isinstance(value, str) and value in tuple(Status)


def _is_usage(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and all(name in value for name in ("input_tokens", "output_tokens"))
        and all(_is_count(count) for count in value.values())
    )


def _is_spent(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_spend, value.values()))


def _is_spend(value: Any) -> bool:
    names = {field.name for field in fields(Spend)}

    return (
        isinstance(value, dict)
        and value.keys() <= names
        and all(_is_amount(part) if name == "cost" else _is_count(part) for name, part in value.items())
        and value.get("cost", 0) is not None
    )


def _is_failure(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and _is_text(value.get("message")))


def _is_anything(value: Any) -> bool:
    return True


_FACTS: Mapping[str, Test] = {
    "config": _is_object,
    "consent": _is_object,
    "prices": _is_object,
    "total": _is_count,
    "batch_size": _is_count,
    "workers": _is_count,
    "input_folder": _is_text,
    "output_folder": _is_text,
    "instrument": _is_text,
    "fingerprint": _is_text,
    "robasync": _is_text,
}
_OUTCOME: Mapping[str, Test] = {
    "document": _is_name,
    "status": _is_status,
    "digest": _is_digest,
    "size": _is_whole,
    "mtime_ns": _is_whole,
    "inode": _is_whole,
    "failure": _is_failure,
}

_REQUIRED: Mapping[Kind, Mapping[str, Test]] = {
    Kind.SESSION_STARTED: {"session_id": _is_id},
    Kind.SESSION_RESUMED: {},
    Kind.SESSION_ENDED: {"reason": _is_text},
    Kind.BATCH_STARTED: {"batch": _is_whole, "documents": _is_names},
    Kind.BATCH_COMPLETED: {"batch": _is_whole},
    Kind.INTENT: {"document": _is_text, "model": _is_text, "reserved": _is_amount},
    Kind.REPLY: {"model": _is_text, "cost": _is_amount, "usage": _is_usage, "raw": _is_bytes},
    Kind.CALL_FAILED: {"certain": _is_flag},
    Kind.CALL_RELEASED: {"document": _is_text, "model": _is_text, "reserved": _is_amount},
    Kind.COST_ALERT: {"percent": _is_percent, "spent": _is_sum, "cap": _is_sum},
    Kind.OUTCOME: _OUTCOME,
    Kind.SIGNAL: {},
    Kind.SETTING_CHANGED: {"name": _is_text, "old": _is_anything, "new": _is_anything},
}
_OPTIONAL: Mapping[Kind, Mapping[str, Test]] = {
    Kind.INTENT: {"stage": _is_text, "size": _is_count, "asks": _is_count},
    Kind.SESSION_STARTED: {**_FACTS, "started": _is_text, "spent": _is_spent},
    Kind.SESSION_RESUMED: {
        **_FACTS,
        "changes": _is_texts,
        "reopened": _is_reopened,
        "vanished": _is_texts,
        "moved": _is_texts,
    },
    Kind.BATCH_STARTED: {"total": _is_count},
    Kind.REPLY: {"from_session": _is_text},
}
