"""Items 3 to 5: who was blinded, and whether it could matter for the primary outcome."""

from __future__ import annotations

from typing import Any

from robasync.providers.rules.findings import MOST_QUOTES, Findings
from robasync.providers.rules.replies import NOT_REPORTED, found, unknown

GROUPS = {"3": "participants", "4": "providers", "5": "assessors"}

_MAPPED = {"definitely_yes": "definitely_low", "probably_yes": "probably_low"}


def blinding(item: str, findings: Findings) -> dict[str, Any]:
    """Answer item 3, 4 or 5 in both steps."""
    first = _first(item, findings)
    level, why, outcome = _second(item, first["step1"], findings)
    quotes = list(dict.fromkeys([*first["quotes"][: MOST_QUOTES - len(outcome)], *outcome]))
    reason = f"{first['reason']} {why}".strip()

    return {"step1": first["step1"], "step2": level, "quotes": quotes, "reason": reason}


def _first(item: str, findings: Findings) -> dict[str, Any]:
    group = GROUPS[item]
    yes, no = f"{group} blinded", f"{group} not blinded"
    is_open = item != "5" and findings.has("open label")

    if findings.has(yes) and (findings.has(no) or is_open):
        return unknown(
            item, "the sentences contradict each other", quotes=findings.quotes(yes, no, "open label")
        )

    if item == "5" and findings.has("outcome self-reported") and _participants_differ(findings):
        quotes = [*findings.quotes(yes, no)[:2], *findings.quotes("outcome self-reported")[:1]]
        return unknown(
            item, "participants report the primary outcome, and other assessors are described", quotes=quotes
        )

    if findings.has(no):
        return found("definitely_no", f"{group} were not blinded", findings.quotes(no))

    if findings.has(yes):
        return found("definitely_yes", f"{group} were blinded", findings.quotes(yes))

    return _researchers(item, findings) or _self_report(item, findings) or _by_design(item, findings)


def _participants_differ(findings: Findings) -> bool:
    """Whether the participants knew their group and the named assessors did not, or the other way round."""
    participants = _first("3", findings)["step1"]

    if findings.has("assessors blinded"):
        return participants in {"probably_no", "definitely_no"}

    return findings.has("assessors not blinded") and participants in _MAPPED


def _researchers(item: str, findings: Findings) -> dict[str, Any] | None:
    """Read "investigators", who may be providers, assessors or both."""
    if item == "3" or findings.has("researchers blinded") == findings.has("researchers not blinded"):
        return None

    if findings.has("researchers blinded"):
        return found("probably_yes", "investigators were blinded", findings.quotes("researchers blinded"))

    quotes = findings.quotes("researchers not blinded", "open label")
    return found("probably_no", "investigators were not blinded", quotes)


def _self_report(item: str, findings: Findings) -> dict[str, Any] | None:
    """Where participants report the primary outcome themselves, they are the assessors."""
    if item != "5" or not findings.has("outcome self-reported"):
        return None

    participants = _first("3", findings)

    if participants["step1"] == NOT_REPORTED:
        return None

    quotes = [*participants["quotes"][:2], *findings.quotes("outcome self-reported")[:1]]
    reason = f"participants report the primary outcome; for them: {participants['reason']}"

    return {"step1": participants["step1"], "quotes": quotes, "reason": reason}


def _by_design(item: str, findings: Findings) -> dict[str, Any]:
    """Read the names of designs, where no sentence names the group itself."""
    if findings.has("open label") and findings.has("double blind"):
        quotes = findings.quotes("open label")[:2] + findings.quotes("double blind")[:1]
        return unknown(item, "it is called both open and double-blind", quotes=quotes)

    if findings.has("open label"):
        return found(
            "definitely_no", "open-label, or blinding was not possible", findings.quotes("open label")
        )

    if findings.has("double blind"):
        quotes = findings.quotes("double blind", "placebo matched")
        return found("probably_yes", "double-blind, and probably this group", quotes)

    if item != "5" and findings.has("placebo matched") and not findings.has("single blind"):
        return found(
            "probably_yes", "matched placebo, sham or double-dummy", findings.quotes("placebo matched")
        )

    return _single_blind(item, findings)


def _single_blind(item: str, findings: Findings) -> dict[str, Any]:
    others = [
        group for group in GROUPS.values() if group != GROUPS[item] and findings.has(f"{group} blinded")
    ]

    if not findings.has("single blind") or not others:
        return unknown(item)

    quotes = findings.quotes("single blind")[:1] + findings.quotes(f"{others[0]} blinded")[:2]
    return found("probably_no", f"single-blind, and it was the {others[0]} who were blinded", quotes)


def _second(item: str, step1: str, findings: Findings) -> tuple[str, str, list[str]]:
    """Return the level, why, and the quotes on the outcome that it rests on."""
    mortality = findings.quotes("outcome mortality")[:1]

    if item == "5" and mortality:
        return "definitely_low", "The primary outcome is mortality.", mortality

    if step1 in _MAPPED:
        return _MAPPED[step1], "", []

    if step1 == NOT_REPORTED:
        return NOT_REPORTED, "", []

    if item == "4":
        return _unblinded_providers(findings)

    objective = mortality or findings.quotes("outcome laboratory")[:1]
    reported = findings.quotes("outcome self-reported")[:1]

    if objective and not reported:
        return "probably_low", "The primary outcome leaves little to judgement.", objective

    if reported and not objective:
        level = "definitely_high" if item == "5" and step1 == "definitely_no" else "probably_high"
        return level, "The primary outcome is reported by participants.", reported

    return NOT_REPORTED, "Whether this could matter needs a person.", []


def _unblinded_providers(findings: Findings) -> tuple[str, str, list[str]]:
    similar = findings.quotes("co-interventions similar")[:1]
    different = findings.quotes("co-interventions different")[:1]

    if similar and not different:
        return "probably_low", "Co-interventions were similar.", similar

    if different and not similar:
        return "definitely_high", "Co-interventions differed.", different

    return NOT_REPORTED, "Whether co-interventions could matter needs a person.", []
