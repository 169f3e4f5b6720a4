"""The order in which the lines of a page are read, from their boxes alone.

A page is cut into bands at the heights where its column structure changes, a band at the
widest empty strip with prose on both sides, and each part again. A strip with figures on
one side belongs to a table, whose rows are read across.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from .lines import Line

GUTTER_POINTS = 6.0
"""Narrowest strip between two columns."""

OVERLAP = 0.22
"""Part of a line's height, at top and bottom, in which lines may touch without sharing a row."""

LETTERS_PER_ROW = 14
"""Fewest letters, on average, in a row of running text."""

ROWS_OF_A_TABLE = 3
"""So many rows in a row that go across a gutter in small pieces are a table, not columns."""

_EVERYWHERE = (float("-inf"), float("inf"))
Strip = tuple[float, float]
Row = list[Line]


def regions(lines: Iterable[Line]) -> list[list[Row]]:
    """Return the page's regions in reading order, each as rows from top to bottom.

    Every line is in exactly one region; the pieces of a row stand from left to right.
    """
    return _merged(_cut(rows(lines)))


def rows(lines: Iterable[Line]) -> list[Row]:
    """Group lines that share a height; chains of overlapping lines are one row."""
    grouped: list[Row] = []
    bottom = float("-inf")
    for line in sorted(lines, key=_top):
        touch = (line.y1 - line.y0) * OVERLAP
        if line.y0 + touch >= bottom:
            grouped.append([])
            bottom = float("-inf")

        grouped[-1].append(line)
        bottom = max(bottom, line.y1 - touch)

    return grouped


def _top(line: Line) -> tuple[float, float]:
    return line.y0, line.x0


def _cut(grouped: list[Row]) -> list[list[Row]]:
    parts: list[list[Row]] = []
    for band in _bands(grouped):
        gutter = _gutter(band)
        if gutter is None:
            parts.append([row for chain in band for row in _plain_rows(chain)])
        else:
            parts += [*_cut(rows(_beside(band, gutter, left=True)))]
            parts += [*_cut(rows(_beside(band, gutter, left=False)))]

    return parts


def _beside(band: list[Row], gutter: Strip, *, left: bool) -> Iterable[Line]:
    middle = (gutter[0] + gutter[1]) / 2
    return (line for row in band for line in row if (line.x0 < middle) is left)


def _plain_rows(chain: Row) -> list[Row]:
    """Take a chain of overlapping lines apart: a line that starts left of its forerunner is a new row."""
    if len(chain) == 1:
        return [chain]

    grouped: list[Row] = []
    for line in sorted(chain, key=_middle):
        if grouped and _middle(line) < grouped[-1][0].y1 - (grouped[-1][0].y1 - grouped[-1][0].y0) * OVERLAP:
            grouped[-1].append(line)
        else:
            grouped.append([line])

    return [sorted(row, key=lambda line: line.x0) for row in grouped]


def _middle(line: Line) -> float:
    return (line.y0 + line.y1) / 2


def _merged(parts: list[list[Row]]) -> list[list[Row]]:
    """Join neighbours that lie under each other at the same width: one column, cut for nothing."""
    joined: list[list[Row]] = []
    for part in parts:
        if joined and _same_column(joined[-1], part):
            joined[-1] = joined[-1] + part
        else:
            joined.append(part)

    return joined


def _same_column(above: list[Row], below: list[Row]) -> bool:
    left, right = _edges(above)
    other_left, other_right = _edges(below)
    under = below[0][0].y0 >= above[-1][0].y0
    return under and abs(left - other_left) < GUTTER_POINTS and abs(right - other_right) < GUTTER_POINTS


def _edges(part: Iterable[Row]) -> Strip:
    return min(row[0].x0 for row in part), max(line.x1 for row in part for line in row)


def _bands(grouped: list[Row]) -> list[list[Row]]:
    bands: list[list[Row]] = []
    free: list[Strip] = []
    edges: Strip = (0.0, 0.0)
    strips = [_free(row) for row in grouped]
    tables = _tables(strips)
    for index, row in enumerate(grouped):
        alone = strips[index]
        extent = (alone[0][1], alone[-1][0])
        shared = _common(free, alone)
        both = (min(edges[0], extent[0]), max(edges[1], extent[1]))
        if bands and tables[index] == tables[index - 1] and _belongs(free, edges, alone, shared, both):
            bands[-1].append(row)
            free, edges = shared, both
        else:
            bands.append([row])
            free, edges = alone, extent

    return bands


def _belongs(free: list[Strip], edges: Strip, alone: list[Strip], shared: list[Strip], both: Strip) -> bool:
    if _inside(shared, both):
        return True

    return not _inside(free, edges) and not _inside(alone, (alone[0][1], alone[-1][0]))


def _tables(strips: list[list[Strip]]) -> list[bool]:
    """Say for each row whether it is one of several rows that fall into three pieces or more."""
    marks = [False] * len(strips)
    start = 0
    for end in range(len(strips) + 1):
        if end < len(strips) and len(strips[end]) > ROWS_OF_A_TABLE:
            continue

        if end - start >= ROWS_OF_A_TABLE:
            marks[start:end] = [True] * (end - start)

        start = end + 1

    return marks


def _free(row: Row) -> list[Strip]:
    """Return the strips that a row leaves free, the outer two without end."""
    strips = []
    edge = _EVERYWHERE[0]
    for x0, x1 in sorted((line.x0, line.x1) for line in row):
        if x0 - edge >= GUTTER_POINTS:
            strips.append((edge, x0))

        edge = max(edge, x1)

    return [*strips, (edge, _EVERYWHERE[1])]


def _common(first: Sequence[Strip], second: Sequence[Strip]) -> list[Strip]:
    shared = []
    for left, right in first:
        for other_left, other_right in second:
            x0, x1 = max(left, other_left), min(right, other_right)
            if x1 - x0 >= GUTTER_POINTS:
                shared.append((x0, x1))

    return shared


def _inside(strips: Iterable[Strip], edges: Strip) -> list[Strip]:
    return [strip for strip in strips if strip[0] >= edges[0] and strip[1] <= edges[1]]


def _gutter(band: list[Row]) -> Strip | None:
    """Return the widest strip, free in all rows, that has prose on both sides."""
    free = [_EVERYWHERE]
    for row in band:
        free = _common(free, _free(row))

    candidates = _inside(free, _edges_of_band(band))
    prose = (strip for strip in candidates if _between_prose(band, strip))
    return max(prose, key=lambda strip: strip[1] - strip[0], default=None)


def _edges_of_band(band: list[Row]) -> Strip:
    return min(line.x0 for row in band for line in row), max(line.x1 for row in band for line in row)


def _between_prose(band: list[Row], strip: Strip) -> bool:
    return _is_prose(_beside(band, strip, left=True)) and _is_prose(_beside(band, strip, left=False))


def _is_prose(lines: Iterable[Line]) -> bool:
    tops = set()
    letters = 0
    for line in lines:
        tops.add(round(line.y1 / 3))
        letters += sum(map(str.isalpha, line.text))

    return letters >= LETTERS_PER_ROW * max(len(tops), 2)


def gaps(region: Sequence[Row]) -> list[float]:
    """Return the distances in points from each row's top to the next one's."""
    return [below[0].y0 - above[0].y0 for above, below in pairwise(region)]
