"""The values that layout works on: lines as they lie on pages, rows and blocks made of them."""

from __future__ import annotations

from typing import NamedTuple

from robasync.model import Box


class Line(NamedTuple):
    """A stretch of text on one baseline.

    ``x0`` to ``y1`` are in points in the frame in which the line reads from left to right,
    which for upright text is the page's own; ``box`` is always the page's own. ``size``
    is that of most of its characters, in points; ``strong`` and ``slanted`` say whether nearly
    all of them are bold or italic, as in a heading; ``page`` counts from 1.
    """

    text: str
    size: float
    x0: float
    y0: float
    x1: float
    y1: float
    page: int
    box: Box
    strong: bool = False
    slanted: bool = False


class Page(NamedTuple):
    """A page's visible lines, upright ones and those of each other direction apart.

    ``width`` and ``height`` are in points.
    """

    number: int
    width: float
    height: float
    lines: list[Line]
    turned: list[list[Line]]


class Block(NamedTuple):
    """Lines that belong together: a paragraph, a heading, a caption, a row of a table."""

    lines: list[Line]
    size: float

    @property
    def first(self) -> str:
        """The text of the first line."""
        return self.lines[0].text

    @property
    def last(self) -> str:
        """The text of the last line."""
        return self.lines[-1].text


def turned(box: Box, direction: tuple[float, float]) -> Box:
    """Return ``box`` in the frame in which text of this direction reads left to right."""
    x0, y0, x1, y1 = box
    cosine, sine = direction
    if abs(cosine) >= abs(sine):
        return box if cosine > 0 else (-x1, -y1, -x0, -y0)

    return (y0, -x1, y1, -x0) if sine > 0 else (-y1, x0, -y0, x1)
