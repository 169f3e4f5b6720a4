"""The body of a Word file from top to bottom: paragraphs, tables, text boxes and notes as passages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree
from lxml.etree import _Element

from robasync.extract import tabular
from robasync.extract.faces import HIDDEN, PAPER, Face
from robasync.extract.outline import Passage
from robasync.extract.pieces import Piece, passage
from robasync.extract.tabular import Cell

from . import boxes, colours, styles
from .names import MC, W, value
from .runs import Runs

PAGE = (PAPER,)

Notes = Mapping[tuple[str, str], _Element]
"""Each note by its kind ("footnote", "endnote", "comment") and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where blocks stand, as far as it decides how they look and what they are."""

    grounds: Sequence[int] = PAGE
    table: str = ""
    unseen: str = ""
    is_body: bool = True


class Body:
    """Reads blocks; ``diagrams`` tells the text of a drawn diagram by its identity in the file."""

    def __init__(self, known: styles.Styles, notes: Notes, diagrams: Mapping[str, str]) -> None:
        self.runs = Runs(known)
        self.embedded = 0
        self._styles = known
        self._notes = notes
        self._diagrams = diagrams
        self._carried: list[Piece] = []
        self._open: set[tuple[str, str]] = set()

    def passages(self, parent: etree._Element, place: Place) -> Iterator[Passage]:
        """Yield what stands in an element that holds blocks, in reading order."""
        for block in _flat(parent):
            if block.tag == f"{W}p":
                yield from self._paragraph(block, place)
            elif block.tag == f"{W}tbl":
                yield from self._table(block, place)
            elif block.tag == f"{W}altChunk":
                self.embedded += 1

        if self._carried:
            pieces, self._carried = self._carried, []
            yield passage(pieces, level=0, unseen=place.unseen, is_body=False)

    def _paragraph(self, paragraph: etree._Element, place: Place) -> Iterator[Passage]:
        properties = paragraph.find(f"{W}pPr")
        style = "" if properties is None else value(properties.find(f"{W}pStyle"))
        line = self.runs.read(paragraph, self._face(properties, style, place), place.grounds)
        pieces = [*self._carried, *line.pieces]
        self._carried = []
        if _is_mark_deleted(properties):
            self._carried = pieces
        else:
            yield passage(
                pieces,
                level=self._level(properties, style),
                unseen=place.unseen,
                is_body=place.is_body,
                images=line.images,
            )

        for identity in line.diagrams:
            yield Passage(text=self._diagrams.get(identity, ""))

        for box in line.boxes:
            reason = place.unseen or ("" if boxes.is_shown(box) else HIDDEN)
            inner = replace(
                place, grounds=boxes.grounds(box, place.grounds), unseen=reason, is_body=False, table=""
            )
            yield from self.passages(box, inner)

        for key in line.notes:
            yield from self._note(key, place)

    def _face(self, properties: etree._Element | None, style: str, place: Place) -> Face:
        seen = self._styles.of_paragraph(style, place.table)
        if properties is None:
            return seen

        return seen.under(Face(ground=colours.ground(properties.find(f"{W}shd"))))

    def _level(self, properties: etree._Element | None, style: str) -> int:
        own = styles.level(properties)
        return self._styles.level(style) if own is None else own

    def _note(self, key: tuple[str, str], place: Place) -> Iterator[Passage]:
        note = self._notes.get(key)
        if note is None or key in self._open:
            return

        # A note whose mark stands within that note itself would have no end.
        self._open.add(key)
        unseen = place.unseen or ("comment" if key[0] == "comment" else "")
        yield from self.passages(note, Place(unseen=unseen, is_body=False))
        self._open.remove(key)

    def _table(self, table: etree._Element, place: Place) -> Iterator[Passage]:
        style = value(table.find(f"{W}tblPr/{W}tblStyle"))
        inner = replace(place, table=style, is_body=False)
        members = [row for row in _members(table, "tr") if row.find(f"{W}trPr/{W}del") is None]
        yield from tabular.passages(
            [
                self._cell(cell, self._behind(cell, inner, is_first=row is members[0]))
                for cell in _members(row, "tc")
            ]
            for row in members
        )

    def _cell(self, cell: etree._Element, place: Place) -> Cell:
        """Return a cell; one that goes on from the row above is empty."""
        merged = cell.find(f"{W}tcPr/{W}vMerge")
        goes_on = merged is not None and value(merged) != "restart"
        return Cell(
            passages=() if goes_on else [*self.passages(cell, place)],
            columns=value(cell.find(f"{W}tcPr/{W}gridSpan")),
            nests=not goes_on and bool(_members(cell, "tbl")),
        )

    def _behind(self, cell: etree._Element, place: Place, *, is_first: bool) -> Place:
        """Return where a cell's blocks stand; ``is_first`` says that it is in the table's first row."""
        shading = colours.ground(cell.find(f"{W}tcPr/{W}shd"))
        if shading is not None:
            return replace(place, grounds=(shading,))

        return replace(place, grounds=(*place.grounds, *self._styles.table_grounds(place.table, is_first)))


def _flat(parent: etree._Element) -> Iterator[etree._Element]:
    """Yield the blocks of an element, those within content controls and insertions too."""
    for child in parent:
        if child.tag in _WRAPPERS:
            yield from _flat(child)
        elif child.tag == f"{MC}AlternateContent":
            yield from _flat(next(iter(child), child))
        else:
            yield child


def _members(parent: etree._Element, name: str) -> list[etree._Element]:
    return [block for block in _flat(parent) if block.tag == W + name]


def _is_mark_deleted(properties: etree._Element | None) -> bool:
    mark = None if properties is None else properties.find(f"{W}rPr")
    return mark is not None and any(mark.find(W + name) is not None for name in ("del", "moveFrom"))


_WRAPPERS = frozenset(
    W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")
) | {f"{MC}Choice"}
