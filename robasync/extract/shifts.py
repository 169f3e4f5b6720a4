"""Numbers that stand above or below the line: 10 to the power of 6 is not 106."""

from __future__ import annotations

import re

_RAISED = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_NUMERIC = re.compile(r"[\d+\-−–=(),.;\s\[\]]*[0-9][\d+\-−–=(),.;\s\[\]]*")


def raised(text: str) -> str:
    """Return ``text`` in raised digits if it is a number or several, else as it is."""
    return text.translate(_RAISED) if _NUMERIC.fullmatch(text) else text


def lowered(text: str) -> str:
    """Return ``text`` in lowered digits if it is a number or several, else as it is."""
    return text.translate(_LOWERED) if _NUMERIC.fullmatch(text) else text
