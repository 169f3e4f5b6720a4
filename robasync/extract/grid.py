"""Tables row by row: cells that span columns or rows keep the others in their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MOST_COLUMNS = 100
MOST_ROWS = 10_000
BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text and how many columns and rows it covers, as far as that makes sense."""

    text: str
    columns: int = 1
    rows: int = 1


def cell(text: str, columns: str | None, rows: str | None) -> Cell:
    """Return a cell from what the file says of its spans, which may be nonsense or a bomb."""
    return Cell(text, _count(columns, MOST_COLUMNS), _count(rows, MOST_ROWS))


def lines(rows: Iterable[Sequence[Cell]]) -> list[str]:
    """Return each row that holds text as one line; a column's cells stand at the same place in each."""
    covered: dict[int, int] = {}
    written = []
    for row in rows:
        texts = [*_row(row, covered)]
        while texts and not texts[-1]:
            texts.pop()

        if texts:
            written.append(BETWEEN.join(texts).strip())

    return written


def _row(row: Sequence[Cell], covered: dict[int, int]) -> Iterator[str]:
    """Yield the texts of one row, empty where a cell reaches in from the left or from above."""
    column = 0
    for one in row:
        while covered.get(column, 0):
            yield ""
            covered[column] -= 1
            column += 1

        yield one.text
        yield from [""] * (one.columns - 1)
        for beside in range(one.columns):
            covered[column + beside] = one.rows - 1

        column += one.columns

    for beyond in [at for at, left in covered.items() if at >= column and left]:
        covered[beyond] -= 1


def _count(stated: str | None, most: int) -> int:
    stated = (stated or "").strip()
    return min(max(int(stated), 1), most) if stated.isascii() and stated.isdigit() and len(stated) < 9 else 1
