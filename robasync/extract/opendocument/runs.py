"""What stands in a paragraph of an OpenDocument text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree
from lxml.etree import _Element

from robasync.extract import formulas
from robasync.extract.faces import PLAIN, Face
from robasync.extract.pieces import Piece, piece

from .names import DRAW, LINK, MATHS, OFFICE, SVG, TEXT
from .styles import Styles

Objects = Callable[[str], _Element | None]
"""Returns the root of an object within the file by its address, such as "./Object 1"."""


@dataclass(slots=True)
class Line:
    """A paragraph: its text in pieces, and the shapes, notes and comments that hang on it."""

    pieces: list[Piece] = field(default_factory=list)
    hanging: list[etree._Element] = field(default_factory=list)
    images: list[str] = field(default_factory=list)


class Runs:
    """Reads paragraphs; ``grounds`` of ``read`` are the colours that may lie behind their text."""

    def __init__(self, styles: Styles, objects: Objects) -> None:
        self._styles = styles
        self._objects = objects
        self._grounds: Sequence[int] = ()
        self._line = Line()
        self._handlers: Mapping[object, Callable[[etree._Element, Face], None]] = {
            f"{TEXT}span": self._span,
            **dict.fromkeys((f"{TEXT}s", f"{TEXT}tab", f"{TEXT}line-break"), self._space),
            **dict.fromkeys((f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph"), self._hidden),
            **dict.fromkeys((f"{TEXT}note", f"{OFFICE}annotation"), self._hang),
            f"{TEXT}ruby-text": self._nothing,
            f"{TEXT}tracked-changes": self._nothing,
            f"{DRAW}frame": self._frame,
        }

    def read(self, paragraph: etree._Element, grounds: Sequence[int]) -> Line:
        """Return what stands in a paragraph or heading."""
        self._line, self._grounds = Line(), grounds
        seen = self._styles.face("paragraph", paragraph.get(f"{TEXT}style-name", ""))
        self._inside(paragraph, seen)
        return self._line

    def _inside(self, node: etree._Element, seen: Face) -> None:
        self._text(node.text, seen)
        for child in node:
            if child.tag in self._handlers:
                self._handlers[child.tag](child, seen)
            elif isinstance(child.tag, str) and child.tag.startswith(DRAW):
                self._hang(child, seen)
            else:
                self._inside(child, seen)

            self._text(child.tail, seen)

    def _text(self, text: str | None, seen: Face) -> None:
        if text:
            self._line.pieces.append(piece(text, seen, self._grounds))

    def _span(self, span: etree._Element, seen: Face) -> None:
        self._inside(span, seen.under(self._styles.face("text", span.get(f"{TEXT}style-name", ""))))

    def _space(self, _: etree._Element, seen: Face) -> None:
        self._text(" ", seen)

    def _hidden(self, node: etree._Element, seen: Face) -> None:
        is_hidden = node.get(f"{TEXT}is-hidden") != "false"
        self._text(node.get(f"{TEXT}string-value"), replace(seen, hidden=is_hidden or seen.hidden))
        self._inside(node, replace(seen, hidden=is_hidden or seen.hidden))

    def _hang(self, node: etree._Element, _: Face) -> None:
        self._line.hanging.append(node)

    def _nothing(self, node: etree._Element, _: Face) -> None:
        """Write nothing."""

    def _frame(self, frame: etree._Element, seen: Face) -> None:
        """Read a formula in its place; other frames stand after the paragraph."""
        for inner in frame.iterchildren(f"{DRAW}object"):
            formula = inner.find(f"{MATHS}math")
            if formula is None:
                root = self._objects(inner.get(f"{LINK}href", ""))
                formula = root if root is not None and root.tag == f"{MATHS}math" else None

            if formula is not None:
                etree.strip_elements(formula, f"{MATHS}annotation", with_tail=False)
                self._text(formulas.linear(formula), seen)
                return

        if frame.find(f"{DRAW}image") is not None:
            said = frame.find(f"{SVG}desc")
            self._line.images.append("" if said is None else said.text or "")

        self._hang(frame, PLAIN)
