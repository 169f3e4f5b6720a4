"""How a worker's answer crosses to this process: JSON, either an extract or an error by name.

Lines after that are questions about pages (see ``asking``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from robasync import errors
from robasync.model import Extract, Figure, Segment, SetAside


def encode(extract: Extract) -> bytes:
    """Return an extract as JSON; segments as rows of numbers, boxes to a tenth of a point."""
    body = {
        "segments": [_row(segment) for segment in extract.segments],
        "set_aside": extract.set_aside,
        "extract": replace(extract, segments=(), set_aside=()),
    }
    return orjson.dumps(body)


def encode_error(error: errors.DocumentError) -> bytes:
    """Return an error as JSON: the name of its class and its message."""
    return orjson.dumps({"error": type(error).__name__, "message": str(error)})


def joined(answer: bytes, questions: Iterable[bytes]) -> bytes:
    """Return an answer with the questions (see ``asking``) that it leaves open, a line for each."""
    return b"\n".join((answer, *questions))


def questions(answer: bytes) -> list[bytes]:
    """Return the questions that an answer leaves open."""
    return answer.splitlines()[1:]


def decode(answer: bytes) -> Extract:
    """Return the extract that an answer holds, or raise the error that it names."""
    body = orjson.loads(answer.partition(b"\n")[0])
    if "error" in body:
        raise _error(body["error"])(body["message"])

    segments = tuple([Segment(row[0], row[1], (*row[2:],)) for row in body["segments"]])
    return rebuilt(body["extract"] | {"set_aside": body["set_aside"]}, segments)


def rebuilt(fields: dict[str, Any], segments: tuple[Segment, ...]) -> Extract:
    """Return the extract whose fields JSON gave back, with its segments."""
    known = {
        "set_aside": tuple(SetAside(**piece) for piece in fields["set_aside"]),
        "suspicious": tuple(SetAside(**piece) for piece in fields["suspicious"]),
        "figures": tuple(Figure(**figure) for figure in fields["figures"]),
        "references": tuple((start, end) for start, end in fields["references"]),
        **{name: tuple(fields[name]) for name in ("notes", "places", "recognised")},
    }
    return Extract(**(fields | known | {"segments": segments}))


def _row(segment: Segment) -> list[float]:
    return [segment.start, segment.page, *[round(edge, 1) for edge in segment.box or (0.0, 0.0, 0.0, 0.0)]]


def _error(name: str) -> type[errors.DocumentError]:
    found = getattr(errors, name, None)
    if isinstance(found, type) and issubclass(found, errors.DocumentError):
        return found

    return errors.ExtractionCrashed
