"""What a server says which models it has."""

from __future__ import annotations

from typing import Any

import orjson

MOST = 10_000  # of a gateway that lists what the whole world offers


def names(body: bytes) -> tuple[str, ...]:
    """Return the names in a list of models, in any of the wires' forms; none in anything else."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ()

    listed = (answer.get("data") or answer.get("models")) if isinstance(answer, dict) else answer

    return tuple(filter(None, map(_name, listed[:MOST]))) if isinstance(listed, list) else ()


def holds(listed: tuple[str, ...], model: str) -> bool:
    """Say whether ``model`` is among the names; Gemini puts a folder before each."""
    wanted = model.removeprefix("models/")

    return any(name.removeprefix("models/") == wanted for name in listed)


def _name(entry: Any) -> str:
    name = (entry.get("id") or entry.get("name")) if isinstance(entry, dict) else entry

    return name if isinstance(name, str) else ""
