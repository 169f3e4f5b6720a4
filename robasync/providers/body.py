"""What the readers of all wires share: the JSON object of a reply, counts, and why there is no answer."""

from __future__ import annotations

from typing import Any

import orjson

from robasync.errors import ReplyCutShort, UnparsableReply
from robasync.model import Usage


def parsed(raw: bytes, *, who: str) -> dict[str, Any]:
    """Return the one JSON object of a reply's body, white space before it allowed. Raises UnparsableReply."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise UnparsableReply(f"{who}: the reply is not JSON ({error}).") from None

    if not isinstance(body, dict):
        raise UnparsableReply(f"{who}: the reply is JSON but not an object.")

    return body


def part(value: Any, name: str) -> dict[str, Any]:
    """Return the object called ``name`` inside ``value``; an empty one where there is none."""
    found = value.get(name) if isinstance(value, dict) else None

    return found if isinstance(found, dict) else {}


def parts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; whatever else stands there is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a text, "" for whatever is none."""
    return value if isinstance(value, str) else ""


def tokens(number: Any) -> int:
    """Return a count that a server stated, 0 where it is none."""
    return number if type(number) is int and 0 <= number < 10**12 else 0


def cut_short(who: str, usage: Usage) -> ReplyCutShort:
    """Return the error of a reply that ran into its token limit."""
    written = usage.output_tokens or "all its"
    thought = f", {usage.reasoning_tokens} of them for reasoning" if usage.reasoning_tokens else ""

    return ReplyCutShort(
        f"{who}: the reply was cut off after {written} tokens{thought}; raise max_tokens and resume.",
        usage=usage,
    )
