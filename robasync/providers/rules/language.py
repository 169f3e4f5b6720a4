"""The baseline's own gate: it reads English only and refuses other languages."""

from __future__ import annotations

import re

from robasync.model import Extract
from robasync.screening import Screening

FEWEST_SHARE = 0.15
_SAMPLE_CHARACTERS = 20_000
_SHOWN_CHARACTERS = 200
_FEWEST_WORDS = 40

_TRIAL = re.compile(r"random|trial|allocat|placebo|participant|patient|volunteer|\bgroups?\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_COMMON = re.compile(
    r"the|of|and|to|in|an?|was|were|with|for|that|is|at|by|on|from|as|or|be|this|not|are|than|which|between|had|"
    r"have|we|after|all|been|their|who|these|but|did|it|there|during|both|each|when|other|two"
)


def refusal(extract: Extract) -> Screening | None:
    """Return why the baseline refuses the document: not English, or no word of a trial; else None.

    The language of a text of fewer than 40 words is not told.
    """
    share = english_share(extract.text)

    if share is None or share >= FEWEST_SHARE:
        return None if _TRIAL.search(extract.text) else _no_trial(extract)

    return Screening(
        kind="language",
        message=f"The pattern baseline reads English only; {share:.0%} of this document's words are common "
        "English words. Use a model.",
        start=0,
        end=min(_SHOWN_CHARACTERS, len(extract.text)),
    )


def _no_trial(extract: Extract) -> Screening:
    return Screening(
        kind="other",
        message="The pattern baseline finds no word of a trial, of groups or of patients in it.",
        start=0,
        end=min(_SHOWN_CHARACTERS, len(extract.text)),
    )


def english_share(text: str) -> float | None:
    """Return the share of common English words, 0 to 1; None where there are too few words to tell."""
    words = _WORD.findall(text[:_SAMPLE_CHARACTERS].lower())

    if len(words) < _FEWEST_WORDS:
        return None

    return sum(_COMMON.fullmatch(word) is not None for word in words) / len(words)
