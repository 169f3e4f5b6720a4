"""The journal's line format. Pure functions from record to line and back.

    {"crc":"0a1b2c3d","seq":7,"group":5,"kind":"reply","time":"...","key":"...","body":{...}}

A line is JSON on its own. ``crc`` is the CRC-32 (zlib's) of every byte after its comma, so
that a line is checked, and its head read, without parsing the body. ``group`` is the
sequence number of the first record of the line's commit group: of a missing line it can
thus be told whether it belonged to the group that follows it.
"""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import asdict, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any, NamedTuple

import orjson

from robasync.records import Kind, Record

_CHECKED_FROM = len(b'{"crc":"00000000",')
_HEAD = re.compile(
    rb'\{"crc":"([0-9a-f]{8})","seq":(\d{1,18}),"group":(\d{1,18}),"kind":"([a-z_]{1,40})",'
    rb'"time":"([^"\\]{1,40})","key":"([0-9A-Za-z]{0,128})","body":'
)


class Head(NamedTuple):
    """What a line says before its body. ``body_from`` is where the body begins."""

    sequence: int
    group: int
    kind: str
    time: str
    key: str
    crc: int
    body_from: int


def encode(record: Record, sequence: int, *, group: int, time: str) -> bytes:
    """Return the record's line, newline included.

    Raises TypeError for a body that is not JSON, ValueError for a key that is not hex.
    """
    if record.key and not (record.key.isalnum() and record.key.isascii()):
        raise ValueError(f"a record's key must be letters and digits, not {record.key!r}")

    checked = b'"seq":%d,"group":%d,"kind":"%b","time":"%b","key":"%b","body":%b}' % (
        sequence,
        group,
        record.kind.encode(),
        time.encode(),
        record.key.encode(),
        dump(_storable(record.body)),
    )

    return b'{"crc":"%08x",%b\n' % (zlib.crc32(checked), checked)


def read_head(line: bytes) -> Head | None:
    """Return the head of a line without its newline, or None if the line is not whole."""
    match = _HEAD.match(line)

    if match is None or zlib.crc32(memoryview(line)[_CHECKED_FROM:]) != int(match[1], 16):
        return None

    _, sequence, group, kind, time, key = match.groups()

    return Head(
        int(sequence), int(group), kind.decode(), time.decode(), key.decode(), int(match[1], 16), match.end()
    )


def read_record(line: bytes, head: Head) -> Record:
    """Return the record of a line whose head was read; raises ValueError for an unknown kind."""
    body = orjson.loads(memoryview(line)[head.body_from : -1])

    return Record(Kind(head.kind), _restored(body), head.key)


def dump(value: Any, option: int = 0) -> bytes:
    """Return ``value`` as JSON. Text that no UTF-8 can hold is written with backslashes."""
    try:
        return orjson.dumps(value, default=_plain, option=option)
    except orjson.JSONEncodeError:
        return orjson.dumps(_printable(value), default=_plain, option=option)


def _storable(body: Any) -> Any:
    """Return the body with ``raw`` bytes as text where that is exact, else as base64."""
    if not isinstance(body, dict) or not isinstance(body.get("raw"), bytes):
        return body

    raw = body["raw"]

    try:
        return {**body, "raw": raw.decode()}
    except UnicodeDecodeError:
        rest = {name: value for name, value in body.items() if name != "raw"}

        return {**rest, "raw_base64": base64.b64encode(raw).decode()}


def _restored(body: Any) -> Any:
    """Undo ``_storable``: ``raw`` is bytes again."""
    if isinstance(body, dict):
        if "raw_base64" in body:
            body["raw"] = base64.b64decode(body.pop("raw_base64"))
        elif isinstance(body.get("raw"), str):
            body["raw"] = body["raw"].encode()

    return body


def _plain(value: Any) -> Any:
    """Return a JSON value for the few types that settings hold and orjson does not know."""
    if isinstance(value, PurePath):
        return str(value)

    raise TypeError(f"a record's body cannot hold a {type(value).__name__}")


def _printable(value: Any) -> Any:
    """Return the value with lone surrogates, as in odd file names, written as backslashes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()

    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)

    if isinstance(value, dict):
        return {_printable(name): _printable(entry) for name, entry in value.items()}

    if isinstance(value, list | tuple) and not isinstance(value, Enum):
        return [_printable(entry) for entry in value]

    return value
