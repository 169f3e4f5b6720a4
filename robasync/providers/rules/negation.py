"""Decides whether a matched word is denied by the words around it."""

from __future__ import annotations

import re

_REACH_CHARACTERS = 64

_DENIALS = (
    r"not(?! only)|never|neither|nor|without|cannot|can't|weren't|wasn't|unable|inability|difficult|no|none|"
    r"nobody|impossible|impossibility|unfeasible|infeasible|lack of|absence of|absent|hardly|rather than|"
    r"instead of"
)
_BEFORE = re.compile(rf"\b(?:{_DENIALS})\b(?:(?:[ -]|, )[\w']+){{0,5}}(?:[ -]|, )*$")
_CLAUSE = re.compile(r",.*\b(?:was|were|is|are|been)\b")
_AFTER = re.compile(
    r"\w*(?: [\w/,()'-]+){0,12}? (?:was|were|is|are|being)"
    r"(?: therefore| thus| also| considered| deemed| thought)?(?: to be)? "
    r"(?:not|never|im|un|in)(?:possible|feasible|practicable|practical)?\b"
)
_SET_APART = re.compile(
    r"\b(?:but not|except(?: for)?|other than|apart from|unlike|with the exception of)"
    r"(?: the| study| only)* ?$"
)


def denied(folded: str, subject: int, head: int) -> bool:
    """Tell whether the word at ``head`` is denied in a folded sentence.

    ``subject`` is where the match begins: "all but not the surgeons were blinded" denies
    it of the surgeons. A denial reaches over at most five words and never over a clause
    that has a verb of its own.
    """
    before = re.split(r"[;:(]", folded[max(0, head - _REACH_CHARACTERS) : head])[-1]

    if _SET_APART.search(folded[max(0, subject - 40) : subject]):
        return True

    found = _BEFORE.search(before)

    if found is not None and not _crosses(found[0]):
        return True

    return _is_noun(folded, head) and _AFTER.match(folded, head, head + 150) is not None


def _crosses(stretch: str) -> bool:
    """Tell whether a comma between the denial and the word begins a clause of its own."""
    return not stretch.startswith(("neither", "nor")) and _CLAUSE.search(stretch) is not None


def _is_noun(folded: str, head: int) -> bool:
    return re.match(r"\w*(?:ing|ment|ness)\b", folded[head : head + 24]) is not None
