"""Tables of a word processor: rows as lines, except where a table only lays text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from . import grid
from .outline import Passage

LONGEST_CELL = 400
"""Characters from which on a cell of several paragraphs is no cell of a table but part of a layout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: what stands in it and over how many columns and rows, as the file says it.

    ``nests`` says that a table stands in it.
    """

    passages: Sequence[Passage]
    columns: str = ""
    rows: str = ""
    nests: bool = False


def passages(rows: Iterable[Sequence[Cell]]) -> Iterator[Passage]:
    """Yield a table's rows, those of a kind together: as lines of one passage, or cell by cell."""
    for is_layout, group in groupby(rows, key=_is_layout):
        if is_layout:
            yield from (one for row in group for cell in row for one in cell.passages)
        else:
            yield _table([*group])


def _is_layout(row: Sequence[Cell]) -> bool:
    return any(cell.nests or _is_long([one.text for one in cell.passages]) for cell in row)


def _is_long(texts: Sequence[str]) -> bool:
    return sum(map(bool, texts)) > 1 and sum(map(len, texts)) > LONGEST_CELL


def _table(rows: Sequence[Sequence[Cell]]) -> Passage:
    parts = [one for row in rows for cell in row for one in cell.passages]
    cells = [[grid.cell(_line(cell.passages), cell.columns, cell.rows) for cell in row] for row in rows]
    return Passage(
        text="\n".join(grid.lines(cells)),
        unseen=tuple(found for part in parts for found in part.unseen),
        images=tuple(image for part in parts for image in part.images),
    )


def _line(parts: Iterable[Passage]) -> str:
    return " ".join(one.text.replace("\n", " ") for one in parts if one.text)
