"""Laying one place's values over another's."""

from __future__ import annotations

from typing import Any


def merge(lower: Any, upper: Any) -> Any:
    """Return ``lower`` with ``upper`` laid over it; neither is changed.

    Groups are merged key by key. A list replaces a list, but a group whose keys are
    numbers changes single entries of it.
    """
    if isinstance(upper, dict) and isinstance(lower, list) and _numbers(upper):
        return _entries(lower, upper)

    if isinstance(upper, dict) and isinstance(lower, dict):
        changed = {key: merge(lower[key], value) if key in lower else value for key, value in upper.items()}

        return {**lower, **changed}

    return upper


def _numbers(group: dict[str, Any]) -> bool:
    return bool(group) and all(key.isdecimal() for key in group)


def _entries(entries: list[Any], changes: dict[str, Any]) -> list[Any]:
    """Change entries by number; a number beyond the end adds an entry."""
    result = list(entries)
    for key, value in sorted(changes.items(), key=lambda change: int(change[0])):
        index = int(key)
        if index < len(result):
            result[index] = merge(result[index], value)
        else:
            result.append(value)

    return result
