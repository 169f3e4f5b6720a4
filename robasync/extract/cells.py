"""Tables of two columns whose first names things and whose second tells of them, read row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .lines import Line

LONGEST_LABEL = 64
"""Characters in the longest line of the first column."""

NARROW = 0.45
"""Part of the table's width that the first column takes at most."""

CLOSE = 1.5
"""Sizes of type from one line of a cell to the next at most."""

_TABLE = re.compile(r"\s*table\s*[\dIVXS]", re.IGNORECASE)


def is_caption(row: Sequence[Line]) -> bool:
    """Whether a row is the beginning of a table's caption."""
    return _TABLE.match(row[0].text) is not None


def are_labels(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether the lines on the left name what those on the right tell of."""
    if not left or not right or max(len(line.text) for line in left) > LONGEST_LABEL:
        return False

    edge = min(line.x0 for line in left)
    width = max(line.x1 for line in right) - edge
    return max(line.x1 for line in left) - edge < NARROW * width


def rows(left: Sequence[Line], right: Sequence[Line]) -> list[list[Line]]:
    """Return all lines as rows: the label of a cell beside its first line, then its other lines."""
    texts = sorted(right, key=_top)
    cells = _labels(sorted(left, key=_top), texts)
    tops = [cell[0].y0 - cell[0].size / 2 for cell in cells]
    found: list[list[Line]] = [[text] for text in texts if text.y0 < tops[0]]
    for cell, top, end in zip(cells, tops, [*tops[1:], float("inf")], strict=True):
        told = [text for text in texts if top <= text.y0 < end]
        found += [[label] for label in cell[:-1]]
        found += [[cell[-1], *told[:1]], *([text] for text in told[1:])]

    return found


def _labels(left: Sequence[Line], texts: Sequence[Line]) -> list[list[Line]]:
    """Group the lines of the first column: one goes on if it or what stands beside it does."""
    cells: list[list[Line]] = []
    for label in left:
        beside = next((text for text in texts if abs(text.y0 - label.y0) < label.size / 2), None)
        is_close = bool(cells) and label.y0 - cells[-1][-1].y0 < CLOSE * label.size
        if is_close and (_goes_on(label) or beside is None or _goes_on(beside)):
            cells[-1].append(label)
        else:
            cells.append([label])

    return cells


def _goes_on(line: Line) -> bool:
    """Whether a line is not the first of its cell, by its first letter."""
    return line.text.lstrip()[:1].islower()


def _top(line: Line) -> float:
    return line.y0
