"""The shapes of one item's answer, and the sentence that says what was searched in vain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import robasync.providers.rules.vocabulary as vocabulary

NOT_REPORTED = "not_reported"


def found(step1: str, reason: str, quotes: Sequence[str]) -> dict[str, Any]:
    """Answer step 1 with the criterion that the quotes support."""
    return {"step1": step1, "quotes": list(quotes), "reason": f"Pattern baseline: {reason}."}


def level(step2: str, reason: str, quotes: Sequence[str]) -> dict[str, Any]:
    """Answer step 2 with the criterion that the quotes support."""
    return {"step2": step2, "quotes": list(quotes), "reason": f"Pattern baseline: {reason}."}


def unknown(
    item: str, why: str = "not found", *, quotes: Sequence[str] = (), step: str = "step1"
) -> dict[str, Any]:
    """Leave the step to a person and say why, or which terms were searched in vain."""
    return {step: NOT_REPORTED, "quotes": list(quotes), "reason": _reason(item, why)}


def searched(item: str) -> str:
    """Return the terms that the baseline looks for, in a reviewer's words."""
    return vocabulary.load().searched.get(item, "")


def _reason(item: str, why: str) -> str:
    if why != "not found":
        return f"Pattern baseline: {why}; needs a person."

    return f"not found, needs a person; searched: {searched(item) or 'nothing, this item has no patterns'}"
