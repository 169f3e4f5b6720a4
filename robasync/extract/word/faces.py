"""How the text of a Word file looks by its run properties and styles."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from robasync.extract.faces import PLAIN, Face, number

from . import colours
from .names import W, switch, value


def face(properties: etree._Element | None) -> Face:
    """Return what run properties (``w:rPr``) themselves say."""
    if properties is None or not len(properties):
        return PLAIN

    size = number(value(properties.find(f"{W}sz")))  # in half points
    shading = colours.highlight(properties.find(f"{W}highlight"))
    return Face(
        hidden=switch(properties.find(f"{W}vanish")),
        bold=switch(properties.find(f"{W}b")),
        colour=colours.text(properties.find(f"{W}color")),
        ground=colours.ground(properties.find(f"{W}shd")) if shading is None else shading,
        size=None if size is None else size / 2,
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


def _exclusive(*switches: bool | None) -> bool | None:
    """Return whether just one of two is on, where either is set at all."""
    given = [switch for switch in switches if switch is not None]
    return sum(given) == 1 if given else None
