"""How text of a word processor looks, as far as it decides whether a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from .hidden import FAINT, TINY, WHITE

HIDDEN = "hidden text"

PAPER = 0xFFFFFF
AUTOMATIC = -1
"""The colour of text that is chosen so that it can be seen."""

NEAR = 15
"""Of 255: a text whose three colours differ from the ground's by no more cannot be seen."""

LEAST_POINTS = 3.0
"""Smaller text cannot be read; word processors do not scale it afterwards, as a PDF may."""

_HEX = re.compile("[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What is said of a stretch of text; None is left to what stands above it.

    ``colour`` and ``ground`` are 24-bit colours, ``size`` is in points, ``shift`` is
    "superscript", "subscript" or "baseline".
    """

    hidden: bool | None = None
    bold: bool | None = None
    colour: int | None = None
    ground: int | None = None
    size: float | None = None
    shift: str | None = None

    def under(self, nearer: Face) -> Face:
        """Return this with what ``nearer`` says instead, wherever it says something."""
        said = {one.name: getattr(nearer, one.name) for one in fields(nearer)}
        return replace(self, **{name: said[name] for name in said if said[name] is not None})


PLAIN = Face()


def reason(seen: Face, grounds: Sequence[int]) -> str:
    """Return why text with this face cannot be seen, or an empty string.

    ``grounds`` are the colours that may lie behind it where it has none of its own.
    """
    if seen.hidden:
        return HIDDEN

    if seen.size is not None and seen.size < LEAST_POINTS:
        return TINY

    behind = grounds if seen.ground is None else (seen.ground,)
    colour = seen.colour
    if colour is None or colour < 0 or any(_difference(colour, one) > NEAR for one in behind):
        return ""

    return WHITE if _difference(colour, PAPER) <= NEAR else FAINT


def hexadecimal(stated: str) -> int | None:
    """Return a colour written as six digits, None for any other word."""
    digits = stated.strip().removeprefix("#")[:6]
    return int(digits, 16) if _HEX.fullmatch(digits) else None


def number(stated: str) -> float | None:
    """Return a number, with "pt" after it or not, None for any other word."""
    try:
        return float(stated.removesuffix("pt")) if stated else None
    except ValueError:
        return None


def _difference(one: int, other: int) -> int:
    """Return by how much two colours differ where they differ most, of 255."""
    return max(abs((one >> shift & 0xFF) - (other >> shift & 0xFF)) for shift in (16, 8, 0))
