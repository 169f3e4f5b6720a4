"""From blocks to running text: a sentence cut by a column, page, figure or note is made whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from robasync.model import Segment

from . import hyphens
from .blocks import SENTENCE_ENDS, same_size
from .headings import CAPTION
from .lines import Block, Line

LOOK_AHEAD = 80
"""So many captions, notes and cells of tables may stand between the halves of a sentence."""

FEWEST_LETTERS = 20
"""A block that goes on after a break has at least so many letters; a cell of a table has fewer."""

AS_WIDE = 0.04

_HEADING = re.compile(r"[\dIVX.]+\s+[A-Z]|[A-Z][A-Z ]{3,}$")


def text(blocks: Sequence[Block]) -> tuple[str, tuple[Segment, ...]]:
    """Return the text of blocks in reading order and the way back, a segment a line.

    Blocks are parted by an empty line; halves of a sentence are brought together, with
    what lay between them after them.
    """
    words = cache(lambda: hyphens.vocabulary(line.text for block in blocks for line in block.lines))
    pieces: list[str] = []
    segments: list[Segment] = []
    length = 0
    for run in whole(blocks):
        left = ""
        for line in (line for block in run for line in block.lines):
            right = line.text.strip()
            if left:
                left, between = hyphens.joint(left, right, words)
                left += between
                pieces.append(left)
                length += len(left)

            segments.append(Segment(length, line.page, line.box))
            left = right

        pieces.append(left + "\n\n")
        length += len(left) + 2

    return "".join(pieces).rstrip("\n"), tuple(segments)


def whole(blocks: Sequence[Block]) -> Iterable[list[Block]]:
    """Yield runs of blocks that are one paragraph, in reading order; each block once."""
    taken: set[int] = set()
    for index, block in enumerate(blocks):
        if index in taken:
            continue

        run, last = [block], index
        while (following := _continuation(blocks, last, taken)) is not None:
            taken.add(following)
            run.append(blocks[following])
            last = following

        yield run


def _continuation(blocks: Sequence[Block], index: int, taken: set[int]) -> int | None:
    block = blocks[index]
    if not _unfinished(block):
        return None

    for other in range(index + 1, min(index + 1 + LOOK_AHEAD, len(blocks))):
        candidate = blocks[other]
        if other in taken or not same_size(block.size, candidate.size):
            continue

        if _continues(block, candidate, adjacent=other == index + 1):
            return other

        if not _may_stand_between(candidate):
            return None

    return None


def _unfinished(block: Block) -> bool:
    last = block.last.rstrip()
    if last.endswith(SENTENCE_ENDS) or CAPTION.match(block.first) or block.first.startswith("http"):
        return False

    return sum(map(len, (line.text for line in block.lines))) > FEWEST_LETTERS


def _continues(block: Block, other: Block, *, adjacent: bool) -> bool:
    if block.lines[-1].strong != other.lines[0].strong or CAPTION.match(other.first):
        return False

    moved = other.lines[0].page != block.lines[-1].page or other.lines[0].y0 < block.lines[-1].y0
    if not moved and not adjacent:
        return False

    first = other.first.lstrip()
    if first[:1].islower():
        is_text = len(first) > FEWEST_LETTERS or first.rstrip().endswith(SENTENCE_ENDS)
        return is_text or len(other.lines) > 1 or block.last.endswith("-")

    return moved and _is_cut(block) and _is_text(other) and _as_wide(block.lines[-1], other.lines[0])


def _is_cut(block: Block) -> bool:
    """Whether the last of several lines is as full as the others, so that the column ended it."""
    right = max(line.x1 for line in block.lines)
    return len(block.lines) > 1 and block.lines[-1].x1 > right - block.size


def _is_text(block: Block) -> bool:
    first = block.first.lstrip()
    return len(block.lines) > 1 and len(first) > FEWEST_LETTERS and not _HEADING.match(first)


def _as_wide(above: Line, below: Line) -> bool:
    """Whether two lines fill columns of the same width, as those of one text do."""
    return abs((above.x1 - above.x0) - (below.x1 - below.x0)) < AS_WIDE * (above.x1 - above.x0)


def _may_stand_between(block: Block) -> bool:
    """Whether a block in the type of the text may be a caption, a heading or a cell of a table."""
    letters = sum(map(str.isalpha, block.first))
    return block.lines[0].strong or bool(CAPTION.match(block.first)) or letters < FEWEST_LETTERS
