"""Why a stretch of a PDF's text may be hidden: what its own properties say, before the page is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

INVISIBLE = "invisible text"
WHITE = "white text"
FAINT = "text in the colour behind it"
TINY = "text too small to read"
OUTSIDE = "text outside the page"
CLIPPED = "text that is clipped away"
UNDER_IMAGE = "text under an image"
UNDER_SHAPE = "text under a filled shape"
LAYER_OFF = "text in a layer that is switched off"
ANNOTATION = "hidden annotation"
NOT_SHOWN = "text of a scan that its image does not show"
"""Reasons, as a reviewer reads them: what was seen, and nobody is accused."""

PAINTED = 0x10 | 0x20
AS_CLIP = 0x40
"""Character flags of text that is filled or stroked, or that cuts out what is painted next, such
as a pattern (MuPDF's stext flags)."""

LEAST_ALPHA = 13
"""Of 255; text that lets more than 95 % of its ground through is not seen."""

LEAST_POINTS = 1.5
"""Smaller type, after all scaling, cannot be read at any usual enlargement: on paper its lower
case is a quarter of a millimetre high. The smallest of 330 pages of real papers has 3.5 points."""

LEAST_AREA = 4.0
"""Square points of the page for each character, on average; type of 2.4 points takes that."""

FEW_CHARACTERS = 4
BRIGHT = 0xE0
"""Each channel at least this: nearly white, and visible on a darker ground only."""

REDDISH = BRIGHT << 16
"""A colour, 0xRRGGBB, from which on it may be that bright."""


def reason(span: dict[str, Any]) -> str:
    """Return why a span is hidden whatever lies around it, or an empty string."""
    if span["alpha"] < LEAST_ALPHA or not span["char_flags"] & PAINTED:
        return INVISIBLE

    if span["size"] < LEAST_POINTS:
        return TINY

    # More is written than the place can show: squeezed type, or other words for a sign.
    text = span["text"]
    if len(text) > FEW_CHARACTERS:
        x0, y0, x1, y1 = span["bbox"]
        if (x1 - x0) * (y1 - y0) < LEAST_AREA * len(text) and len(text.strip()) > FEW_CHARACTERS:
            return TINY

    return ""


def are_doubtful(spans: Iterable[dict[str, Any]]) -> bool:
    """Whether the own properties of any span may hide it; most spans are done with here."""
    return any(span["color"] >= REDDISH or reason(span) for span in spans)


def is_bright(color: int) -> bool:
    """Whether a colour, 0xRRGGBB, is so near to white that it is not seen on white."""
    return color >> 16 >= BRIGHT and color >> 8 & 0xFF >= BRIGHT and color & 0xFF >= BRIGHT
