"""The journal's line format. Pure functions from record to line and back.

    {"crc":"0a1b2c3d","seq":7,"group":5,"kind":"reply","time":"...","key":"...","body":{...}}

A line is JSON on its own. ``crc`` is the CRC-32 (zlib's) of every byte after its comma, so
that a line is checked, and its head read, without parsing the body. ``group`` is the
sequence number of the first record of the line's commit group: of a missing line it can
thus be told whether it belonged to the group that follows it.

The body of an encrypted session is sealed; see ``bodies``.
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
from robasync.store import bodies
from robasync.store.sealing import PLAIN, Seal, no_key

IN_CLEAR = ("session_id", "fingerprint", "encryption_key")  # of an encrypted session's first record

_CHECKED_FROM = len(b'{"crc":"00000000",')
_HEAD = re.compile(
    rb'\{"crc":"([0-9a-f]{8})","seq":(\d{1,18}),"group":(\d{1,18}),"kind":"([a-z_]{1,40})",'
    rb'"time":"([ -!#-\[\]-~]{1,40})","key":"([0-9A-Za-z]{0,128})","body":'
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


def encode(record: Record, sequence: int, *, group: int, time: str, seal: Seal = PLAIN) -> bytes:
    """Return the record's line, newline included; ``seal`` is bound to the session.

    Raises TypeError for a body that is not JSON, ValueError for a key that is not hex.
    """
    if record.key and not (record.key.isalnum() and record.key.isascii()):
        raise ValueError(f"a record's key must be letters and digits, not {record.key!r}")

    head = b'"seq":%d,"group":%d,"kind":"%b","time":"%b","key":"%b","body":' % (
        sequence,
        group,
        record.kind.encode(),
        time.encode(),
        record.key.encode(),
    )
    body = dump(_storable(record.body))

    if seal is not PLAIN:
        body = bodies.closed(body, head=head, clear=_clear(record), seal=seal)

    checked = b"%b%b}" % (head, body)

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


def read_record(line: bytes, head: Head, seal: Seal = PLAIN) -> Record:
    """Return the record of a line whose head was read; raises ValueError for an unknown kind.

    Raises SealError where the body is encrypted and ``seal``, bound to the session, has no key
    or another one; SealBroken where the line was changed, or is not encrypted as it should be.
    """
    if seal is PLAIN:
        body = orjson.loads(memoryview(line)[head.body_from : -1])

        if isinstance(body, dict) and "sealed" in body:
            raise no_key("the journal", bodies.texts(body)["key_id"])
    else:
        what = f"record {head.sequence} of the journal"
        body = orjson.loads(bodies.opened(line[_CHECKED_FROM:], what=what, seal=seal))

    return Record(Kind(head.kind), _restored(body), head.key)


def read_clear(line: bytes, head: Head) -> dict[str, str]:
    """Return the texts in a body that can be read without a key; see ``bodies.texts``."""
    try:
        return bodies.texts(orjson.loads(memoryview(line)[head.body_from : -1]))
    except orjson.JSONDecodeError:
        return bodies.texts(None)


def dump(value: Any, option: int = 0) -> bytes:
    """Return ``value`` as JSON. Text that no UTF-8 can hold is written with backslashes."""
    try:
        return orjson.dumps(value, default=_plain, option=option)
    except orjson.JSONEncodeError:
        return orjson.dumps(_printable(value), default=_plain, option=option)


def _clear(record: Record) -> dict[str, str]:
    if record.kind is not Kind.SESSION_STARTED:
        return {}

    return {name: record.body[name] for name in IN_CLEAR if name in record.body}


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
