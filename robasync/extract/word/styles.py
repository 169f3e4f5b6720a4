"""The styles of a Word file: what a paragraph, a run or a table is by its style."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lxml import etree

from robasync.extract.faces import PLAIN, Face

from . import colours
from .faces import face, toggled
from .names import W, value

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_LEVELS = 9


class Styles:
    """Looks styles up in ``w:styles``; None is a file without any."""

    def __init__(self, root: etree._Element | None) -> None:
        found = () if root is None else root.iterfind(f"{W}style")
        self._known = {value(style, "styleId"): style for style in found}
        self._default = next(
            (name for name, style in self._known.items() if _is_default_paragraph(style)), ""
        )
        self._beneath = face(None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
        self.level = cache(self._level)
        self.of_paragraph = cache(self._of_paragraph)
        self.of_run = cache(self._of_run)
        self.table_grounds = cache(self._table_grounds)

    def is_title(self, style: str) -> bool:
        """Whether this is the style of the document's title."""
        return any(value(one.find(f"{W}name")).lower() == "title" for one in self._chain(style))

    def _level(self, style: str) -> int:
        """Return the rank of a heading from 1, 0 for a paragraph that is none."""
        for one in self._chain(style):
            named = _HEADING.fullmatch(value(one.find(f"{W}name")))
            if named:
                return int(named[1])

            outline = level(one.find(f"{W}pPr"))
            if outline is not None:
                return outline

        return 1 if self.is_title(style) else 0

    def _of_paragraph(self, style: str, table: str) -> Face:
        """Return how text looks in a paragraph of this style, in a table of that style."""
        seen = self._beneath
        for name in (table, style or self._default):
            for one in reversed([*self._chain(name)]):
                shading = colours.ground(one.find(f"{W}pPr/{W}shd"))
                seen = seen.under(Face(ground=shading)).under(face(one.find(f"{W}rPr")))

        return seen

    def _of_run(self, paragraph: Face, style: str) -> Face:
        """Return how text looks in a run of this style within such a paragraph."""
        seen = PLAIN
        for one in reversed([*self._chain(style)]):
            seen = seen.under(face(one.find(f"{W}rPr")))

        return toggled(paragraph, seen)

    def _table_grounds(self, style: str, is_first: bool) -> frozenset[int]:  # noqa: FBT001 - cached by position
        """Return the colours that a table's style may lay behind a cell, of the first row or another."""
        found = set()
        for one in self._chain(style):
            found.add(colours.ground(one.find(f"{W}tcPr/{W}shd")))
            for part in one.iterfind(f"{W}tblStylePr"):
                if (value(part, "type") == "firstRow") <= is_first:
                    found.add(colours.ground(part.find(f"{W}tcPr/{W}shd")))

        return frozenset(colour for colour in found if colour is not None)

    def _chain(self, name: str) -> Iterator[etree._Element]:
        """Yield a style and those that it is based on; a ring of them ends."""
        seen: set[str] = set()
        while name in self._known and name not in seen:
            seen.add(name)
            yield self._known[name]
            name = value(self._known[name].find(f"{W}basedOn"))


def level(properties: etree._Element | None) -> int | None:
    """Return the rank that paragraph properties give by themselves, 0 for running text, None for none."""
    outline = None if properties is None else properties.find(f"{W}outlineLvl")
    stated = value(outline)
    if not stated.isdecimal():
        return None

    return int(stated) + 1 if int(stated) < _LEVELS else 0


def _is_default_paragraph(style: etree._Element) -> bool:
    return value(style, "type") == "paragraph" and value(style, "default") in ("1", "true", "on")
