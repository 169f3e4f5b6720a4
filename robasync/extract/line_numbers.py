"""Line numbers of manuscripts: a column of rising numbers beside the text, none of its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from robasync.model import SetAside

from .lines import Line, Page

STEPS = {1: 8, 5: 4}
"""Lines from one number to the next, with the fewest numbers that a page must show."""

REGULAR = 0.9
"""Part of the numbers that follow each other by the step; one may be lost in a figure."""

COVERED = 0.6
"""Part of a page's lines that the numbers must account for."""

ON_PAGES = 0.5
"""Part of the pages of text that must be numbered so: one may hold a table that counts its rows."""

BESIDE_POINTS = 20.0
FEWEST_LINES = 10

_LEADING = re.compile(r"\s*(\d{1,4})(?:\s+|$)")


class _Number(NamedTuple):
    line: Line
    value: int
    length: int


def without_line_numbers(pages: Sequence[Page]) -> tuple[list[Page], list[SetAside]]:
    """Return the pages without their line numbers, and the numbers as one piece where there are any."""
    numbered = {page.number: found for page in pages if (found := _numbers(page))}
    of_text = sum(len(page.lines) >= FEWEST_LINES for page in pages)
    if not numbered or len(numbered) < ON_PAGES * of_text:
        return list(pages), []

    values = [number.value for found in numbered.values() for number in found]
    kept = [_stripped(page, numbered.get(page.number, [])) for page in pages]
    text = f"{min(values)} to {max(values)}"
    return kept, [SetAside(page=min(numbered), reason="line numbers", text=text)]


def _numbers(page: Page) -> list[_Number]:
    """Return a page's line numbers from top to bottom, none where it has no such column."""
    if len(page.lines) < FEWEST_LINES:
        return []

    left = min(line.x0 for line in page.lines) + BESIDE_POINTS
    right = max(line.x1 for line in page.lines) - BESIDE_POINTS
    found = sorted(_leading(page), key=lambda number: number.line.y0)
    beside = [number for number in found if number.line.x0 <= left]
    behind = [number for number in found if number.line.x0 >= right]
    return next((side for side in (beside, behind) if _is_count(side, page)), [])


def _leading(page: Page) -> Iterator[_Number]:
    for line in page.lines:
        if match := _LEADING.match(line.text):
            yield _Number(line, int(match[1]), match.end())


def _rows(page: Page) -> int:
    """Return about how many lines of text stand under each other."""
    return len({round(line.y1 / line.size) for line in page.lines})


def _is_count(numbers: Sequence[_Number], page: Page) -> bool:
    steps = [below.value - above.value for above, below in pairwise(numbers)]
    return any(
        len(numbers) >= fewest
        and steps.count(step) >= REGULAR * len(steps)
        and step * len(numbers) >= COVERED * _rows(page)
        for step, fewest in STEPS.items()
    )


def _stripped(page: Page, numbers: Sequence[_Number]) -> Page:
    lengths = {id(number.line): number.length for number in numbers}
    lines = [line._replace(text=line.text[lengths.get(id(line), 0) :]) for line in page.lines]
    return page._replace(lines=[line for line in lines if line.text])
