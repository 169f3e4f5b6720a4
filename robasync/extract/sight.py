"""What of a page's text a reader sees: the lines that are left, and the passages set apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from robasync.model import Box, SetAside

from . import covers, hidden, letters
from .asking import How, Looks, Spot
from .library import images, pymupdf

MARGIN = 1.0
"""Points by which letters may stick out of the page and are still on it."""

BUFFER_BYTES = 1 << 16


class View(NamedTuple):
    """A page's lines as MuPDF gives them, with the spans that are seen, and what is not seen.

    ``scanned`` says that its text is the unseen layer of a scan.
    """

    lines: list[dict[str, Any]]
    set_aside: list[SetAside]
    scanned: bool


class Sight:
    """Looks at the pages of one document, with what ``looks`` tell of what only their pictures show.

    A picture is asked about only where something about the text is doubtful: nearly white letters,
    letters on or under something painted, over an image. All else is told by what MuPDF says of the text.
    """

    def __init__(self, looks: Looks) -> None:
        self._looks = looks

    def look(self, page: Any) -> View:
        """Return what is seen of the page, which must not be turned (``page.rotation`` 0)."""
        drawing = page.get_displaylist()
        seen = drawing.get_textpage(_flags())
        blocks = pymupdf().TextPage(seen).extractDICT()["blocks"]
        beyond = [*_beyond(page, drawing, seen, blocks)]
        glance = _Glance(page, drawing, blocks, self._looks)
        lines = []
        for order, block in enumerate(blocks):
            for line in block.get("lines", ()):
                if glance.doubts(line):
                    line["spans"] = [span for span in line["spans"] if glance.keeps(span, order)]

                lines.append(line)

        return View(lines, together([*glance.removed, *beyond]), glance.scanned)


class _Glance:
    """One page while its spans are looked at, in the order in which they were painted."""

    def __init__(self, page: Any, drawing: Any, blocks: Sequence[dict[str, Any]], looks: Looks) -> None:
        self.removed: list[SetAside] = []
        self.scanned = False
        self._page = page
        self._drawing = drawing
        self._looks = looks
        self._shapes = covers.that_matter(covers.shapes(blocks), blocks)
        self._images = [box for box, _ in self._placed] if images(page) else []
        self._painted = [*(shape.box for shape in self._shapes), *self._images]

    def doubts(self, line: dict[str, Any]) -> bool:
        """Whether any span of the line needs a look of its own."""
        if hidden.are_doubtful(line["spans"]):
            return True

        if not self._painted:
            return False

        left, top, right, bottom = line["bbox"]
        middle = (top + bottom) / 2
        return any(y0 <= middle <= y1 and x0 < right and x1 > left for x0, y0, x1, y1 in self._painted)

    def keeps(self, span: dict[str, Any], order: int) -> bool:
        """Whether the span is seen; if not, it is noted with the reason."""
        why = hidden.reason(span) or self._doubt(span, order)
        if why == hidden.INVISIBLE and span["char_flags"] & hidden.AS_CLIP:
            why = "" if self._is_so(How.MARKED, span) else why

        if self._is_layer(why, span):
            if self._is_so(How.READ, span):
                self.scanned = True
                return True

            why = hidden.NOT_SHOWN

        if why and span["text"].strip():
            self.removed.append(_aside(self._page, why, span["text"]))

        return not why

    def _is_so(self, how: How, span: dict[str, Any]) -> bool:
        """Whether it is so at the span, as far as its picture tells; not, where it could not be drawn."""
        number = self._page.number + 1
        spot = Spot(span["bbox"], span["color"], how, letters.well_formed(span["text"]))
        return self._looks.are_so(number, spot) and (how is How.READ or not self._looks.is_undrawn(number))

    def _is_layer(self, why: str, span: dict[str, Any]) -> bool:
        """Whether unseen text is what a scanner's program read off the image at that place."""
        if why not in {hidden.UNDER_IMAGE, hidden.INVISIBLE} or not self._is_scan:
            return False

        return self._is_so(How.MARKED, span) or self._looks.is_undrawn(self._page.number + 1)

    @cached_property
    def _placed(self) -> list[tuple[Box, bool]]:
        return covers.images(self._drawing)

    @cached_property
    def _is_scan(self) -> bool:
        return covers.are_scan(self._placed, self._page.rect)

    @cached_property
    def _painting(self) -> covers.Painting:
        return covers.Painting(self._page, self._placed)

    def _doubt(self, span: dict[str, Any], order: int) -> str:
        """Return why the span cannot be seen where it lies, or an empty string."""
        box, color = span["bbox"], span["color"]
        beneath = covers.around(box, self._shapes)
        on_image = any(covers.lies_in(box, image) for image in self._images)
        if on_image or any(shape.order > order for shape in beneath):
            why = self._covered(span)
            if why:
                return why

        is_bright = hidden.is_bright(color)
        if not (is_bright or on_image or any(covers.alike(shape.color, color) for shape in beneath)):
            return ""

        if self._is_so(How.UNLIKE, span):
            return ""

        return hidden.WHITE if is_bright else hidden.FAINT

    def _covered(self, span: dict[str, Any]) -> str:
        box = span["bbox"]
        cover = self._painting.cover(box, span["text"].strip())
        if cover is None:
            return ""

        why = hidden.UNDER_IMAGE if cover.is_image else hidden.UNDER_SHAPE
        if cover.solid and (cover.is_image or self._painting.is_written_on(cover, box)):
            return why

        if cover.is_image and self._is_scan:
            self._is_so(How.MARKED, span)  # should there be no ink, this is asked next

        return "" if self._is_so(How.INK, span) else why


def _flags() -> int:
    """Return how MuPDF is to read: words that are on the page and not clipped, and filled shapes."""
    library = pymupdf()
    words = library.TEXT_PRESERVE_WHITESPACE | library.TEXT_PRESERVE_LIGATURES | library.TEXT_CLIP
    flags: int = words | library.TEXT_COLLECT_VECTORS | library.TEXT_LAZY_VECTORS
    return flags


def _beyond(page: Any, drawing: Any, seen: Any, blocks: Sequence[dict[str, Any]]) -> Iterator[SetAside]:
    """Yield what is written outside the page or clipped away: MuPDF leaves it out of what is ``seen``."""
    library = pymupdf()
    if _length(drawing.get_textpage(_flags() & ~library.TEXT_CLIP)) == _length(seen):
        return

    known = {_place(span) for span in _spans(blocks)}
    everywhere = page.get_textpage(clip=library.INFINITE_RECT(), flags=_flags() & ~library.TEXT_CLIP)
    everywhere = everywhere.extractDICT()["blocks"]
    x0, y0, x1, y1 = page.rect
    inside = library.Rect(x0 - MARGIN, y0 - MARGIN, x1 + MARGIN, y1 + MARGIN)
    for span in _spans(everywhere):
        if span["text"].strip() and _place(span) not in known:
            is_inside = library.Rect(span["bbox"]) in inside
            yield _aside(page, hidden.CLIPPED if is_inside else hidden.OUTSIDE, span["text"])


def _length(textpage: Any) -> int:
    """Return the bytes of a page's text, without making a string of it."""
    mupdf = pymupdf().mupdf
    buffer = mupdf.fz_new_buffer(BUFFER_BYTES)
    output = mupdf.FzOutput(buffer)
    mupdf.fz_print_stext_page_as_text(output, textpage)
    output.fz_close_output()
    length, _ = mupdf.fz_buffer_storage(buffer)
    return int(length)


def _spans(blocks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        for line in block.get("lines", ()):
            yield from line["spans"]


def _place(span: dict[str, Any]) -> tuple[str, int, int]:
    return span["text"].strip(), round(span["origin"][0]), round(span["origin"][1])


def _aside(page: Any, why: str, text: str) -> SetAside:
    return SetAside(page=page.number + 1, reason=why, text=letters.well_formed(text))


def together(set_aside: Sequence[SetAside]) -> list[SetAside]:
    """Return the pieces with those that follow each other for the same reason as one."""
    joined: list[SetAside] = []
    for piece in set_aside:
        last = joined[-1] if joined else None
        if last and (last.reason, last.page) == (piece.reason, piece.page):
            text = " ".join(f"{last.text} {piece.text}".split())
            joined[-1] = SetAside(page=piece.page, reason=piece.reason, text=text)
        else:
            joined.append(piece)

    return joined
