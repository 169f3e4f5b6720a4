"""How text looks, as far as it decides whether a reader sees it and whether it is a heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from lxml import etree

from . import colours
from .names import W, switch, value

TINY_HALF_POINTS = 6
"""Text smaller than three points cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What is said of a stretch of text; None is left to what stands above it.

    ``colour`` and ``ground`` are 24-bit colours (``colour`` -1: automatic), ``size`` is in half points,
    ``shift`` is "superscript", "subscript" or "baseline".
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


def face(properties: etree._Element | None) -> Face:
    """Return what run properties (``w:rPr``) themselves say."""
    if properties is None or not len(properties):
        return PLAIN

    shading = colours.highlight(properties.find(f"{W}highlight"))
    return Face(
        hidden=switch(properties.find(f"{W}vanish")),
        bold=switch(properties.find(f"{W}b")),
        colour=colours.text(properties.find(f"{W}color")),
        ground=colours.ground(properties.find(f"{W}shd")) if shading is None else shading,
        size=number(value(properties.find(f"{W}sz"))),
        shift=value(properties.find(f"{W}vertAlign")) or None,
    )


def toggled(paragraph: Face, character: Face) -> Face:
    """Return two styles together: what both switch on is off (ECMA-376, part 1, 17.7.3)."""
    both = paragraph.under(character)
    return replace(
        both,
        hidden=_exclusive(paragraph.hidden, character.hidden),
        bold=_exclusive(paragraph.bold, character.bold),
    )


def reason(seen: Face, grounds: Sequence[int]) -> str:
    """Return why text with this face cannot be seen, or an empty string.

    ``grounds`` are the colours that may lie behind it where it has none of its own.
    """
    if seen.hidden:
        return "hidden text"

    if seen.size is not None and seen.size < TINY_HALF_POINTS:
        return "tiny text"

    behind = grounds if seen.ground is None else (seen.ground,)
    colour = seen.colour
    if colour is None or colour < 0 or any(colours.difference(colour, one) > colours.NEAR for one in behind):
        return ""

    return "white text" if colours.is_light(colour) else "text in the colour of its ground"


def number(stated: str) -> float | None:
    """Return a number as the format writes it, None where it is none."""
    try:
        return float(stated.removesuffix("pt")) if stated else None
    except ValueError:
        return None


def _exclusive(*switches: bool | None) -> bool | None:
    """Return whether just one of two is on, where either is set at all."""
    given = [switch for switch in switches if switch is not None]
    return sum(given) == 1 if given else None
