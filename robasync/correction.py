"""The one turn in which a model may correct an answer that does not validate. Pure.

Whatever the model said stays in the model's own turn. The request that follows it holds nothing
of that: only what is wrong, in words of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 24_000  # characters of a rejected answer that are shown again

_REQUEST = """\
This answer cannot be used. {fault}.

Answer all the questions again, from the same document and by the same rules: one JSON object in the form \
that was asked for, whole, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What follows the questions: the ``rejected`` answer, and the ``request`` to correct it."""

    rejected: str
    request: str


def correction(text: str, *, fault: str) -> Correction:
    """Return the turn that tells what is wrong with an answer; ``fault`` names place and rule.

    Of an answer of more than LONGEST characters the beginning is shown, and how much is left out.
    """
    shown = text.encode("utf-8", "replace").decode()  # a lone surrogate can be sent to nobody

    if len(shown) > LONGEST:
        shown = f"{shown[:LONGEST]}\n[... {len(shown) - LONGEST:,} more characters]"

    return Correction(rejected=shown, request=_REQUEST.format(fault=fault))
