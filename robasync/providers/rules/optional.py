"""The optional items, as far as a pattern can speak for them honestly."""

from __future__ import annotations

from typing import Any

from robasync.providers.rules.findings import Findings
from robasync.providers.rules.replies import level, unknown

# For each item: what speaks for low risk, what for high risk. The other items are for people.
_SIGNS = {
    "opt1": ("baseline balanced", "baseline unbalanced"),
    "opt2": ("co-interventions similar", "co-interventions different"),
    "opt5": ("measure valid", "measure not valid"),
    "opt6": ("analysed as randomised", "analysed as treated"),
    "opt8": ("stopped otherwise", "stopped for benefit"),
}


def optional(item: str, findings: Findings) -> dict[str, Any]:
    """Answer an optional item; sentences on both sides leave it to a person."""
    low, high = _SIGNS.get(item, ("", ""))
    is_low, is_high = findings.has(low), findings.has(high)

    if is_low and is_high:
        return unknown(item, "sentences point both ways", quotes=findings.quotes(high, low), step="step2")

    if is_low:
        return level("probably_low", low, findings.quotes(low))

    if is_high:
        return level("probably_high", high, findings.quotes(high))

    return unknown(item, step="step2")
