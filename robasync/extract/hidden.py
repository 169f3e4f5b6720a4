"""Why a stretch of a PDF's text may be hidden: what its own properties say, before the page is drawn."""

from __future__ import annotations

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
"""Reasons, as a reviewer reads them: what was seen, and nobody is accused."""

PAINTED = 0x10 | 0x20 | 0x40
"""Character flags of text that is filled, stroked or used as a clip (MuPDF's stext flags)."""

LEAST_ALPHA = 13
"""Of 255; text that lets more than 95 % of its ground through is not seen."""

LEAST_POINTS = 1.5
"""Smaller type, after all scaling, cannot be read at any usual enlargement: on paper its lower
case is a quarter of a millimetre high. The smallest of 330 pages of real papers has 3.5 points."""

LEAST_ADVANCE = 0.06
"""Width of a character in its own size, on average, below which a stretch is squeezed to a line."""

FEW_CHARACTERS = 4
BRIGHT = 0xE0
"""Each channel at least this: nearly white, and visible on a darker ground only."""


def reason(span: dict[str, Any]) -> str:
    """Return why a span is hidden whatever lies around it, or an empty string."""
    if span["alpha"] < LEAST_ALPHA or not span["char_flags"] & PAINTED:
        return INVISIBLE

    if span["size"] < LEAST_POINTS:
        return TINY

    # More is written than the place can show: squeezed type, or other words for a sign.
    count = len(span["text"])
    if count > FEW_CHARACTERS:
        x0, y0, x1, y1 = span["bbox"]
        least = LEAST_ADVANCE * span["size"] * count
        if x1 - x0 < least and y1 - y0 < least and not span["text"].isspace():
            return TINY

    return ""


def is_doubtful(span: dict[str, Any]) -> bool:
    """Whether a span's own properties may hide it; most spans are done with here."""
    return span["color"] >= BRIGHT << 16 or reason(span) != ""


def is_bright(color: int) -> bool:
    """Whether a colour, 0xRRGGBB, is so near to white that it is not seen on white."""
    return color >> 16 >= BRIGHT and color >> 8 & 0xFF >= BRIGHT and color & 0xFF >= BRIGHT
