"""The styles of an OpenDocument text: how text looks by them, and what lies behind it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lxml import etree

from robasync.extract.faces import AUTOMATIC, PLAIN, Face, hexadecimal, number

from .names import DRAW, FORMAT, STYLE, TABLE, TEXT

_BOLD = frozenset({"bold", "600", "700", "800", "900"})


class Styles:
    """Looks styles up by family ("paragraph", "text" ...) and name, in the parts that hold them."""

    def __init__(self, parts: list[etree._Element]) -> None:
        self._known = {
            (style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", "")): style
            for part in parts
            for style in part.iter(f"{STYLE}style")
        }
        usual = (style for part in parts for style in part.iter(f"{STYLE}default-style"))
        self._usual = {style.get(f"{STYLE}family", ""): style for style in usual}
        self.face = cache(self._face)
        self.ground = cache(self._ground)
        self.is_hidden = cache(self._is_hidden)
        self.level = cache(self._level)

    def _face(self, family: str, name: str) -> Face:
        """Return how text looks by a style and those that it builds on."""
        seen = PLAIN
        for style in self._upwards(family, name):
            seen = seen.under(_face(style))

        return seen

    def _ground(self, family: str, name: str) -> int | None:
        """Return the colour that a cell, a table or a shape of this style has behind its text."""
        found = None
        for style in self._upwards(family, name):
            for properties in style:
                behind = hexadecimal(properties.get(f"{FORMAT}background-color", ""))
                is_filled = properties.get(f"{DRAW}fill", "solid") == "solid"
                fill = hexadecimal(properties.get(f"{DRAW}fill-color", "")) if is_filled else None
                found = next((one for one in (fill, behind) if one is not None), found)

        return found

    def _is_hidden(self, family: str, name: str) -> bool:
        """Whether a table of this style is not displayed at all."""
        return any(
            properties.get(f"{TABLE}display") == "false"
            for style in self._upwards(family, name)
            for properties in style
        )

    def _level(self, name: str) -> int:
        """Return the rank that a paragraph's style gives it as a heading, 0 for none."""
        for style in reversed([*self._upwards("paragraph", name)]):
            if style.get(f"{STYLE}name") == "Title":
                return 1

            stated = style.get(f"{STYLE}default-outline-level", "")
            if stated.isdecimal():
                return int(stated)

        return 0

    def _upwards(self, family: str, name: str) -> Iterator[etree._Element]:
        """Yield the family's default style, then what the style builds on, last itself; a ring ends."""
        chain: list[etree._Element] = []
        while (style := self._known.get((family, name))) is not None and style not in chain:
            chain.append(style)
            name = style.get(f"{STYLE}parent-style-name", "")

        usual = self._usual.get(family)
        yield from [] if usual is None else [usual]
        yield from reversed(chain)


def _face(style: etree._Element) -> Face:
    seen = PLAIN
    behind = style.find(f"{STYLE}paragraph-properties")
    if behind is not None:
        seen = Face(ground=hexadecimal(behind.get(f"{FORMAT}background-color", "")))

    text = style.find(f"{STYLE}text-properties")
    if text is None:
        return seen

    display = text.get(f"{TEXT}display", "")
    weight = text.get(f"{FORMAT}font-weight", "")
    is_automatic = text.get(f"{STYLE}use-window-font-color") == "true"
    size = number(text.get(f"{FORMAT}font-size", ""))
    return seen.under(
        Face(
            hidden=display == "none" if display else None,
            bold=weight in _BOLD if weight else None,
            colour=AUTOMATIC if is_automatic else hexadecimal(text.get(f"{FORMAT}color", "")),
            ground=hexadecimal(text.get(f"{FORMAT}background-color", "")),
            size=size,
            shift=_shift(text.get(f"{STYLE}text-position", "")),
        )
    )


def _shift(position: str) -> str | None:
    """Return where text stands that is raised by "super" or "33%", lowered by "sub" or "-33%"."""
    first = position.split(" ", maxsplit=1)[0]
    if not first:
        return None

    if first in ("super", "sub"):
        return f"{first}script"

    by = number(first.removesuffix("%")) or 0
    return "superscript" if by > 0 else "subscript" if by < 0 else "baseline"
