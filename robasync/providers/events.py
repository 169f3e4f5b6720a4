"""Reading server-sent events, as model servers send them: the data of each, one JSON object.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html; names of events and
``retry`` say nothing here, comments keep a connection alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE = b"[DONE]"
TYPE = "text/event-stream"
_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")


def is_stream(body: bytes, *, content_type: str) -> bool:
    """Say whether a body is a stream of events; some servers send one under another type."""
    return content_type.startswith(TYPE) or body[:200].lstrip().startswith(_STARTS)


def read(body: bytes) -> Iterator[dict[str, Any]]:
    """Yield the objects of a complete stream up to its end mark. Raises ValueError for other data."""
    for event in body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n\n"):
        data = b"\n".join(_data(line) for line in event.split(b"\n") if line.startswith(b"data:"))
        if data == DONE:
            return

        if data:
            yield _object(data)


def _data(line: bytes) -> bytes:
    return line.removeprefix(b"data:").strip()


def _object(data: bytes) -> dict[str, Any]:
    found = orjson.loads(data)  # orjson's error is a ValueError
    if not isinstance(found, dict):
        raise ValueError("an event is no object")  # noqa: TRY004  (one error for all that is no event)

    return found
