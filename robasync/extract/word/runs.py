"""What stands in a paragraph of a Word file: its runs, as one reads them with all changes accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from robasync.extract.faces import PLAIN, Face
from robasync.extract.pieces import Piece, piece

from . import faces, maths, symbols
from .names import DGM, MC, A, M, R, V, W, switch, value
from .styles import Styles

FIELD_CODE = "field code"


@dataclass(slots=True)
class Line:
    """A paragraph: its text in pieces, and what hangs on it."""

    pieces: list[Piece] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    """Kind ("footnote", "endnote", "comment") and number of each note whose mark stands here."""

    boxes: list[etree._Element] = field(default_factory=list)
    diagrams: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    """What each image is called, often nothing."""


class Runs:
    """Reads paragraphs one after the other; counts tracked changes, and knows in which field it is."""

    def __init__(self, styles: Styles) -> None:
        self.changes = 0
        self._styles = styles
        self._fields: list[bool] = []  # of each open field, whether this is its result
        self._base = PLAIN
        self._grounds: Sequence[int] = ()
        self._line = Line()
        self._handlers: Mapping[object, Callable[[etree._Element], None]] = {
            **dict.fromkeys((W + name for name in _WRAPPERS), self._inside),
            **dict.fromkeys((f"{W}ins", f"{W}moveTo"), self._inserted),
            **dict.fromkeys((f"{W}del", f"{W}moveFrom"), self._deleted),
            **dict.fromkeys((f"{M}oMath", f"{M}oMathPara"), self._formula),
            **dict.fromkeys((f"{W}{kind}Reference" for kind in _NOTES), self._note),
            **dict.fromkeys((f"{W}drawing", f"{W}pict", f"{W}object"), self._drawing),
            f"{W}r": self._run,
            f"{MC}AlternateContent": self._alternatives,
        }

    def read(self, paragraph: etree._Element, base: Face, grounds: Sequence[int]) -> Line:
        """Return what stands in a paragraph (``w:p``) whose text looks like ``base`` by itself."""
        # Instructions do not cross paragraphs; one that seems to is damaged, or hides text.
        self._fields = [True] * len(self._fields)
        self._base, self._grounds = base, grounds
        self._line = Line()
        self._inside(paragraph)
        return self._line

    def _inside(self, node: etree._Element) -> None:
        for child in node:
            handler = self._handlers.get(child.tag)
            if handler is not None:
                handler(child)

    def _run(self, run: etree._Element) -> None:
        properties = run.find(f"{W}rPr")
        if properties is None:
            seen = self._base
        else:
            styled = self._styles.of_run(self._base, value(properties.find(f"{W}rStyle")))
            seen = styled.under(faces.face(properties))

        for text in self._texts(run):
            if all(self._fields):
                self._line.pieces.append(piece(text, seen, self._grounds))
            else:
                self._line.pieces.append(Piece(text, FIELD_CODE, bold=False))

    def _texts(self, run: etree._Element) -> Iterator[str]:
        for child in run:
            handler = self._handlers.get(child.tag)
            if child.tag == f"{W}t":
                yield child.text or ""
            elif child.tag in _CHARACTERS:
                yield _CHARACTERS[child.tag]
            elif child.tag == f"{W}sym":
                yield symbols.character(value(child, "char"), value(child, "font"))
            elif child.tag == f"{W}fldChar":
                yield from self._field(child)
            elif child.tag == f"{W}ruby":
                yield from _base_of(child)
            elif handler is not None:
                handler(child)

    def _field(self, mark: etree._Element) -> Iterator[str]:
        kind = value(mark, "fldCharType")
        if kind == "begin":
            yield from _checkbox(mark)
            self._fields.append(False)
        elif kind == "separate" and self._fields:
            self._fields[-1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _inserted(self, node: etree._Element) -> None:
        self.changes += 1
        self._inside(node)

    def _deleted(self, _: etree._Element) -> None:
        self.changes += 1

    def _formula(self, node: etree._Element) -> None:
        self._line.pieces.append(piece(maths.linear(node), self._base, self._grounds))

    def _note(self, mark: etree._Element) -> None:
        kind = mark.tag.removeprefix(W).removesuffix("Reference")
        self._line.notes.append((kind, value(mark, "id")))

    def _alternatives(self, node: etree._Element) -> None:
        """Read the first of several forms of the same thing."""
        forms = [*node.iterchildren(f"{MC}Choice"), *node.iterchildren(f"{MC}Fallback")]
        if forms and forms[0].find(f"{W}r") is not None:
            self._inside(forms[0])
        elif forms:
            self._drawing(forms[0])

    def _drawing(self, node: etree._Element) -> None:
        for one in node.iter():
            if one.tag == f"{W}txbxContent" and not _within_another(one, node):
                self._line.boxes.append(one)
            elif one.tag == f"{DGM}relIds":
                self._line.diagrams.append(one.get(f"{R}dm", ""))
            elif one.tag in _IMAGES:
                self._line.images.append(_called(node))
            elif one.tag == f"{A}t" and one.text and not _within_another(one, node):
                self._line.pieces.append(Piece(f"{one.text} ", "", bold=False))


def _within_another(text: etree._Element, drawing: etree._Element) -> bool:
    """Whether a text stands in a text box within a drawing, or in the second form of one."""
    for above in text.iterancestors():
        if above is drawing:
            return False

        if above.tag in (f"{W}txbxContent", f"{MC}Fallback"):
            return True

    return False


def _called(drawing: etree._Element) -> str:
    return next((one.get("descr", "") for one in drawing.iter() if str(one.tag).endswith("}docPr")), "")


def _checkbox(mark: etree._Element) -> Iterator[str]:
    box = mark.find(f"{W}ffData/{W}checkBox")
    if box is None:
        return

    checked = switch(box.find(f"{W}checked"))
    yield "☒ " if (switch(box.find(f"{W}default")) if checked is None else checked) else "☐ "


def _base_of(ruby: etree._Element) -> Iterator[str]:
    return (text.text or "" for text in ruby.iterfind(f"{W}rubyBase/{W}r/{W}t"))


_NOTES = ("footnote", "endnote", "comment")
_CHARACTERS = {
    **dict.fromkeys((f"{W}tab", f"{W}ptab", f"{W}br", f"{W}cr"), " "),
    f"{W}noBreakHyphen": "-",
    f"{W}softHyphen": "\u00ad",
}
_IMAGES = frozenset(
    {"{http://schemas.openxmlformats.org/drawingml/2006/picture}pic", f"{V}imagedata"}
    | {"{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"}
)
_WRAPPERS = ("hyperlink", "smartTag", "customXml", "fldSimple", "dir", "bdo", "sdt", "sdtContent")
