"""The order in which the lines of a page are read, from their boxes alone.

A page is cut into bands at the heights where its column structure changes, a band at the
widest empty strip with prose on both sides, and each part again. A strip with figures on
one side belongs to a table, whose rows are read across.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from . import cells, marks, shelves
from .lines import Line

GUTTER_POINTS = 6.0
"""Narrowest strip between two columns."""

OVERLAP = 0.22
"""Part of a line's height, at top and bottom, in which lines may touch without sharing a row."""

LETTERS_PER_ROW = 14
"""Fewest letters, on average, in a row of running text."""

ROWS_OF_A_TABLE = 3
"""So many rows in a row that go across a gutter in small pieces are a table, not columns."""

PIECES_OF_A_TABLE = 3
LONGEST_CELL = 32
"""Characters in the longest cell of such a row."""

ROWS_OF_SOLID_TEXT = 4
SOLID = 0.9
"""Part of the column's width that a line of running text fills at least."""

GOING_ON = 0.25
"""Part of the lines of running text that begin with a small letter at least; labels of a table do not."""

CAPTION_ROWS = 3
"""Rows of a table's caption at most, above its first row."""

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
    if all(len(row) == 1 for row in grouped):
        return [grouped] if grouped else []

    parts: list[list[Row]] = []
    captioned = False
    for band, free in _bands(grouped):
        gutter = _gutter(band, free)
        if gutter is not None and captioned and cells.are_labels(*_sides(band, gutter)):
            parts.append(cells.rows(*_sides(band, gutter)))
        elif gutter is None:
            parts.append([row for chain in band for row in _plain_rows(chain)])
        else:
            for shelf in shelves.parted(band, (gutter[0] + gutter[1]) / 2):
                parts += [*_cut(rows(_beside(shelf, gutter, left=True)))]
                parts += [*_cut(rows(_beside(shelf, gutter, left=False)))]

        captioned = any(map(cells.is_caption, band[-CAPTION_ROWS:]))

    return parts


def _sides(band: list[Row], gutter: Strip) -> tuple[Row, Row]:
    return [*_beside(band, gutter, left=True)], [*_beside(band, gutter, left=False)]


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


def _edges(part: Sequence[Row]) -> Strip:
    return min([line.x0 for row in part for line in row]), max([line.x1 for row in part for line in row])


def _bands(grouped: list[Row]) -> list[tuple[list[Row], list[Strip]]]:
    """Return bands of one column structure each, with the strips that all their rows leave free."""
    bands: list[tuple[list[Row], list[Strip]]] = []
    free: list[Strip] = []
    edges: Strip = (0.0, 0.0)
    strips = [_free(row) for row in grouped]
    tables = _tables(grouped, strips)
    in_table = False
    for index, row in enumerate(grouped):
        alone = strips[index]
        extent = (alone[0][1], alone[-1][0])
        shared = _common(free, alone)
        both = (min(edges[0], extent[0]), max(edges[1], extent[1]))
        was_table, in_table = in_table, tables[index] and not _in_column(extent, free, edges)
        if bands and in_table == was_table and _belongs(free, edges, alone, shared, both):
            bands[-1][0].append(row)
            free, edges = shared, both
            bands[-1] = bands[-1][0], free
        else:
            free, edges = alone, extent
            bands.append(([row], free))

    return bands


def _in_column(extent: Strip, free: list[Strip], edges: Strip) -> bool:
    """Whether a row keeps to one side of a strip that the band above leaves free."""
    return any(extent[1] <= strip[0] or extent[0] >= strip[1] for strip in _inside(free, edges))


def _belongs(free: list[Strip], edges: Strip, alone: list[Strip], shared: list[Strip], both: Strip) -> bool:
    if _inside(shared, both):
        return True

    return not _inside(free, edges) and not _inside(alone, (alone[0][1], alone[-1][0]))


def _tables(grouped: list[Row], strips: list[list[Strip]]) -> list[bool]:
    """Say for each row whether it is one of several that fall into three short pieces or more."""
    marks = [False] * len(grouped)
    start = 0
    for end in range(len(grouped) + 1):
        if end < len(grouped) and len(strips[end]) > PIECES_OF_A_TABLE and _in_cells(grouped[end]):
            continue

        if end - start >= ROWS_OF_A_TABLE:
            marks[start:end] = [True] * (end - start)

        start = end + 1

    return marks


def _in_cells(row: Row) -> bool:
    return max([len(line.text) for line in row]) < LONGEST_CELL


def _free(row: Row) -> list[Strip]:
    """Return the strips that a row leaves free, the outer two without end."""
    strips = []
    edge = _EVERYWHERE[0]
    for x0, x1 in sorted((line.x0, line.x1) for line in row):
        if x0 - edge >= GUTTER_POINTS:
            strips.append((edge, x0))

        if x1 > edge:
            edge = x1

    return [*strips, (edge, _EVERYWHERE[1])]


def _common(first: Sequence[Strip], second: Sequence[Strip]) -> list[Strip]:
    shared = []
    for left, right in first:
        for other_left, other_right in second:
            begin = max(left, other_left)
            end = min(right, other_right)
            if end - begin >= GUTTER_POINTS:
                shared.append((begin, end))

    return shared


def _inside(strips: Iterable[Strip], edges: Strip) -> list[Strip]:
    return [strip for strip in strips if strip[0] >= edges[0] and strip[1] <= edges[1]]


def _gutter(band: list[Row], free: list[Strip]) -> Strip | None:
    """Return the widest strip, free in all rows, that parts two columns."""
    edges = _edges(band)
    parting = (strip for strip in _inside(free, edges) if _parts_columns(band, strip))
    return max(parting, key=lambda strip: strip[1] - strip[0], default=None)


def _parts_columns(band: list[Row], strip: Strip) -> bool:
    left, right = _sides(band, strip)
    if marks.are_marks(left):
        return False

    return (_is_prose(left) and _is_prose(right)) or _is_solid(left) or _is_solid(right)


def _is_prose(lines: Sequence[Line]) -> bool:
    heights = {round(line.y1 / 3) for line in lines}
    letters = sum([sum(map(str.isalpha, line.text)) for line in lines])
    return letters >= LETTERS_PER_ROW * max(len(heights), 2)


def _is_solid(lines: Sequence[Line]) -> bool:
    """Whether most lines fill the width: running text, next to which anything may stand."""
    if len(lines) < ROWS_OF_SOLID_TEXT:
        return False

    right = max(line.x1 for line in lines)
    left = min(line.x0 for line in lines)
    full = [line for line in lines if line.x1 - line.x0 > SOLID * (right - left)]
    return (
        2 * len(full) > len(lines)
        and _is_prose(lines)
        and sum(len(line.text) for line in full) > 25 * len(full)
        and sum(line.text.lstrip()[:1].islower() for line in full) >= GOING_ON * len(full)
    )


def gaps(region: Sequence[Row]) -> list[float]:
    """Return the distances in points from each row's top to the next one's."""
    return [below[0].y0 - above[0].y0 for above, below in pairwise(region)]
