"""Answers the instrument's items from a document's own sentences. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import robasync.providers.rules.findings as findings
from robasync.providers.rules.blinding import GROUPS, blinding
from robasync.providers.rules.findings import Findings
from robasync.providers.rules.numbers import numbers
from robasync.providers.rules.optional import optional
from robasync.providers.rules.selection import concealment, sequence

_DESIGN = ("sequence stated", "sequence adequate", "sequence restricted", "sequence quasi-random")


def answer(document: str, items: Sequence[str]) -> dict[str, Any]:
    """Return the reply to the items with these ids ("1" to "6", "opt1" ...).

    Every quote is a verbatim sentence of the document; an item has at most three.
    """
    found = findings.read(document)

    return {"design": _design(found), "items": {item: _item(item, found) for item in items}}


def _design(found: Findings) -> dict[str, str]:
    quotes = found.quotes(*_DESIGN)

    return {"kind": "randomised_trial" if quotes else "other", "quote": quotes[0] if quotes else ""}


def _item(item: str, found: Findings) -> dict[str, Any]:
    if item == "1":
        return sequence(found)

    if item == "2":
        return concealment(found)

    if item in GROUPS:
        return blinding(item, found)

    return numbers(found) if item == "6" else optional(item, found)
