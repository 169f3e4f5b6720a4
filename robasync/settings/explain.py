"""Saying what is wrong with settings: key, place, value, what is allowed. Never a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from robasync.settings import fields, names, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from robasync.settings.names import Canonical

Path = tuple[str, ...]
Source = tuple[str, "Canonical"]
MAX_SHOWN = 60  # characters of a wrong value


def explain(error: ValidationError, sources: Sequence[Source]) -> list[str]:
    """Return one sentence for each thing wrong; ``sources`` are the places, strongest first."""
    details = error.errors(include_url=False)

    return list(dict.fromkeys(line for detail in details for line in _lines(detail, sources)))


def _lines(detail: ErrorDetails, sources: Sequence[Source]) -> Iterator[str]:
    path = tuple(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        inner = detail["input"] if path == ("checkpoint_best_practices",) else None
        paths = [(*path, key) for key in inner] if isinstance(inner, dict) else [path]
        yield from (_unknown(each, sources) for each in paths)
    elif detail["type"] == "missing":
        yield _missing(path, sources)
    else:
        yield _wrong(path, detail=detail, sources=sources)


def _unknown(path: Path, sources: Sequence[Source]) -> str:
    near = nearest(path)
    hint = f"did you mean {'.'.join(near)}?" if near else "keys that begin with _ are taken as comments"

    return f"{_where(path, sources)} is not a setting; {hint}"


def _missing(path: Path, sources: Sequence[Source]) -> str:
    field = fields.find(path)
    meaning = f" ({field.description})" if field and field.description else ""

    return f"{_where(path[:-1], sources)} needs {path[-1]}{meaning}"


def _wrong(path: Path, *, detail: ErrorDetails, sources: Sequence[Source]) -> str:
    while path and fields.find(path) is None and not path[-1].isdecimal():
        path = path[:-1]

    field = fields.find(path)
    own_words = str(detail["ctx"]["error"]) if detail["type"] == "value_error" else ""
    if not path:
        return own_words or detail["msg"]

    takes = own_words or (fields.allowed(field) if field else "a group of settings in { }")
    shown = field is not None and fields.is_leaf(field) and not fields.hidden(field)
    state = f"is {_shown(detail['input'])}" if shown else "has a wrong value"

    return f"{_where(path, sources)} {state}; allowed: {takes}"


def nearest(path: Path) -> Path | None:
    """Return the known key that an unknown one was most likely meant to be."""
    from difflib import SequenceMatcher

    wanted = tuple("*" if part.isdecimal() else part for part in path)
    matcher = SequenceMatcher(b="")
    scored = []
    for known in sorted(names.known() - set(names.RETIRED)):
        matcher.set_seqs(known[-1], wanted[-1])
        beside = 0.1 * (known[:-1] == wanted[:-1]) + 0.05 * (known in fields.declared()) - 0.01 * len(known)
        scored.append((matcher.ratio() + beside, known))

    score, best = max(scored)
    numbers = dict(zip(wanted, path, strict=True))

    return tuple(numbers.get(part, "0") if part == "*" else part for part in best) if score >= 0.7 else None


def _where(path: Path, sources: Sequence[Source]) -> str:
    """Name the place a key stands in, and the key as it was written there."""
    for length in range(len(path), 0, -1):
        for name, source in sources:
            if _holds(source.values, path[:length]):
                return f"{name}: {_written(path, source, variable=name == places.ENVIRONMENT)}"

    return ".".join(path)


def _holds(values: Any, path: Path) -> bool:
    for part in path:
        if isinstance(values, list) and part.isdecimal() and int(part) < len(values):
            values = values[int(part)]
        elif isinstance(values, dict) and part in values:
            values = values[part]
        else:
            return False

    return True


def _written(path: Path, source: Canonical, *, variable: bool) -> str:
    written = next((source.written[path[:n]] + path[n:] for n in (2, 1) if path[:n] in source.written), path)

    return places.PREFIX + "__".join(written).upper() if variable else ".".join(written)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)

    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
