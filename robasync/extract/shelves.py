"""Where columns of one size of type end and columns of another begin: a caption set above the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .lines import Line

OTHER = 0.06
"""Sizes that differ by more than this part are different type."""

SPACE = 0.7
"""Sizes of type that are free between the two at least."""

ROWS = 2
"""Rows on either side of the space whose type is looked at."""


def parted(band: list[list[Line]], middle: float) -> Iterator[list[list[Line]]]:
    """Yield the parts of a band of two columns, ``middle`` between them, from top to bottom.

    Parts differ in their type on both sides of ``middle``, so that each is read by itself.
    """
    begin = 0
    for index in range(1, len(band)):
        above, below = band[max(begin, index - ROWS) : index], band[index : index + ROWS]
        if _is_shelf(above, below) and all(_spans(part, middle) for part in (above, below)):
            yield band[begin:index]
            begin = index

    yield band[begin:]


def _is_shelf(above: Sequence[Sequence[Line]], below: Sequence[Sequence[Line]]) -> bool:
    last, first = above[-1], below[0]
    size = last[0].size
    if min([line.y0 for line in first]) - max([line.y1 for line in last]) < SPACE * size:
        return False

    sizes = [line.size for row in above for line in row]
    others = [line.size for row in below for line in row]
    small, large = (sizes, others) if max(sizes) < min(others) else (others, sizes)
    return max(small) * (1 + OTHER) < min(large)


def _spans(part: Sequence[Sequence[Line]], middle: float) -> bool:
    """Whether there are lines on both sides."""
    sides = {line.x0 < middle for row in part for line in row}
    return len(sides) > 1
