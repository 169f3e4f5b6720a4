"""From the rows of a region to blocks: paragraphs, headings, captions, rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from . import marks
from .columns import Row, gaps
from .lines import Block, Line

WIDEST_LEADING = 2.2
"""Sizes of type from one line to the next in double spacing."""

LOOSE = 1.35
"""A distance of so many usual line distances starts a new block."""

OTHER_SIZE = 0.03
"""Sizes that differ by more than this part are different type."""

INDENT_EM = (0.6, 4.0)
SHORT_OF_EDGE_EM = 1.5
TOUCHING_EM = 0.12
CELL_GAP_EM = 1.2
SENTENCE_ENDS = (".", "?", "!", ":", ".\u201d", '."', ".)", ".]")


def blocks(region: Sequence[Row]) -> list[Block]:
    """Return a region's blocks from top to bottom."""
    lines = [_joined(row) for row in region]
    tabular = [_is_tabular(row) for row in region]
    usual = min(median(gaps(region)), WIDEST_LEADING * lines[0].size) if len(region) > 1 else 0.0
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    starts = [0]
    for index in range(1, len(lines)):
        pair = lines[index - 1], lines[index]
        begins = marks.leads(region[index]) or tabular[index] or tabular[index - 1]
        if begins or _parted(*pair, usual=usual, left=left, right=right):
            starts.append(index)

    starts.append(len(lines))
    return [_block(lines[start:end]) for start, end in pairwise(starts)]


def same_size(first: float, second: float) -> bool:
    """Whether two sizes of type are the same but for rounding."""
    return abs(first - second) <= OTHER_SIZE * max(first, second)


def _block(lines: list[Line]) -> Block:
    return Block(lines, max(lines, key=lambda line: len(line.text)).size)


def _parted(above: Line, below: Line, *, usual: float, left: float, right: float) -> bool:
    distance = below.y0 - above.y0
    if distance > max(usual * LOOSE, above.size * 0.9) and distance > above.size * LOOSE:
        return True

    if above.strong != below.strong or not same_size(above.size, below.size):
        return True

    if above.slanted != below.slanted and _is_heading(above, below, right=right):
        return True

    indent = below.x0 - max(above.x0, left)
    if INDENT_EM[0] * below.size < indent < INDENT_EM[1] * below.size and below.x0 - left < 6 * below.size:
        return above.text.endswith(SENTENCE_ENDS) or above.x1 < right - SHORT_OF_EDGE_EM * above.size

    return above.x1 < right - 6 * above.size and (
        above.text.endswith(SENTENCE_ENDS) or not below.text[:1].islower()
    )


def _is_heading(above: Line, below: Line, *, right: float) -> bool:
    """Whether a change to or from italic type is a heading's: a sentence ends above, or a short line."""
    if below.text[:1].islower():
        return False

    ended = above.text.rstrip().endswith(SENTENCE_ENDS)
    return ended if below.slanted else ended or above.x1 < right - SHORT_OF_EDGE_EM * above.size


def _is_tabular(row: Row) -> bool:
    row = row[1:] if marks.leads(row) else row
    wide = 0
    for left, right in pairwise(row):
        wide += right.x0 - left.x1 > CELL_GAP_EM * left.size

    return wide > 1 or (wide == 1 and min(len(line.text) for line in row) < 25)


def _joined(row: Row) -> Line:
    """Return the pieces of a row as one line; ``box`` covers all of them."""
    if len(row) == 1:
        return row[0]

    text = row[0].text
    for left, right in pairwise(row):
        touching = right.x0 - left.x1 < TOUCHING_EM * left.size
        text += right.text if touching or text.endswith(" ") else " " + right.text

    longest = max(row, key=lambda line: len(line.text))
    # The lines of an entry stand under its text, not under its mark.
    first = row[1] if marks.leads(row) else row[0]
    return longest._replace(text=text, x0=first.x0, x1=max(line.x1 for line in row), box=_hull(row))


def _hull(row: Iterable[Line]) -> tuple[float, float, float, float]:
    boxes = [line.box for line in row]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
