"""The body of an OpenDocument text from top to bottom as passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from robasync.extract import tabular
from robasync.extract.faces import HIDDEN, PAPER
from robasync.extract.outline import Passage
from robasync.extract.pieces import passage
from robasync.extract.tabular import Cell

from .names import DRAW, OFFICE, TABLE, TEXT
from .runs import Objects, Runs
from .styles import Styles


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where blocks stand, as far as it decides how they look and what they are."""

    grounds: Sequence[int] = (PAPER,)
    unseen: str = ""
    is_body: bool = True


class Body:
    """Reads blocks; what is nobody's block by name is searched for blocks within."""

    def __init__(self, styles: Styles, objects: Objects) -> None:
        self._styles = styles
        self._runs = Runs(styles, objects)

    def passages(self, parent: etree._Element, place: Place) -> Iterator[Passage]:
        """Yield what stands in an element that holds blocks, in reading order."""
        for block in parent:
            if block.tag in (f"{TEXT}p", f"{TEXT}h"):
                yield from self._paragraph(block, place)
            elif block.tag == f"{TABLE}table":
                yield from self._table(block, place)
            elif block.tag not in _LEFT_OUT:
                yield from self.passages(block, self._within(block, place))

    def _paragraph(self, paragraph: etree._Element, place: Place) -> Iterator[Passage]:
        line = self._runs.read(paragraph, place.grounds)
        yield passage(
            line.pieces,
            level=self._level(paragraph),
            unseen=place.unseen,
            is_body=place.is_body,
            images=line.images,
        )
        for hanging in line.hanging:
            if hanging.tag == f"{OFFICE}annotation":
                yield from self.passages(
                    hanging, replace(place, unseen=place.unseen or "comment", is_body=False)
                )
            else:
                inner = hanging.find(f"{TEXT}note-body")
                node = hanging if inner is None else inner
                yield from self.passages(node, replace(self._within(hanging, place), is_body=False))

    def _level(self, paragraph: etree._Element) -> int:
        if paragraph.tag == f"{TEXT}h":
            stated = paragraph.get(f"{TEXT}outline-level", "1")
            return int(stated) if stated.isdecimal() else 1

        return self._styles.level(paragraph.get(f"{TEXT}style-name", ""))

    def _within(self, block: etree._Element, place: Place) -> Place:
        """Return where the blocks within a section, a shape or a frame stand."""
        if block.get(f"{TEXT}display", "true") != "true":
            return replace(place, unseen=place.unseen or HIDDEN)

        if not (isinstance(block.tag, str) and block.tag.startswith(DRAW)):
            return place

        ground = self._styles.ground("graphic", block.get(f"{DRAW}style-name", ""))
        return place if ground is None else replace(place, grounds=(ground,))

    def _table(self, table: etree._Element, place: Place) -> Iterator[Passage]:
        inner = self._styled(table, "table", replace(place, is_body=False))
        yield from tabular.passages(self._rows(table, inner))

    def _rows(self, parent: etree._Element, place: Place) -> Iterator[list[Cell]]:
        for child in parent:
            if child.tag == f"{TABLE}table-row":
                row = self._styled(child, "table-row", place)
                yield [self._cell(cell, row) for cell in child.iterchildren(f"{TABLE}table-cell")]
            elif child.tag in _ROW_GROUPS:
                yield from self._rows(child, place)

    def _cell(self, cell: etree._Element, row: Place) -> Cell:
        place = self._styled(cell, "table-cell", row)
        return Cell(
            passages=[*self.passages(cell, place)],
            columns=cell.get(f"{TABLE}number-columns-spanned", ""),
            rows=cell.get(f"{TABLE}number-rows-spanned", ""),
            nests=cell.find(f"{TABLE}table") is not None,
        )

    def _styled(self, node: etree._Element, family: str, place: Place) -> Place:
        """Return where the text of a part of a table stands."""
        name = node.get(f"{TABLE}style-name", "")
        ground = self._styles.ground(family, name)
        if node.get(f"{TABLE}visibility", "visible") != "visible" or self._styles.is_hidden(family, name):
            place = replace(place, unseen=place.unseen or HIDDEN)

        return place if ground is None else replace(place, grounds=(ground,))


_ROW_GROUPS = frozenset(TABLE + name for name in ("table-header-rows", "table-rows", "table-row-group"))
_LEFT_OUT = frozenset(
    {f"{TEXT}tracked-changes", f"{OFFICE}annotation", f"{OFFICE}forms"}
    | {f"{TEXT}{name}" for name in ("sequence-decls", "variable-decls", "user-field-decls")}
    | {f"{TEXT}{kind}-source" for kind in ("table-of-content", "bibliography", "alphabetical-index")}
)
