"""What of a page's text a reader sees: the lines that are left, and the passages set apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from robasync.model import Box, SetAside

from . import covers, hidden, letters
from .ground import Ground
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
    """Looks at the pages of one document; remembers what doubtful text it has seen to be visible.

    A page is drawn only where something about its text is doubtful: nearly white letters, letters
    on or under something painted, over an image. All else is told by what MuPDF says of the text.
    """

    def __init__(self) -> None:
        self._visible: set[tuple[str, int, int]] = set()

    def look(self, page: Any) -> View:
        """Return what is seen of the page, which must not be turned (``page.rotation`` 0)."""
        drawing = page.get_displaylist()
        seen = drawing.get_textpage(_flags())
        blocks = pymupdf().TextPage(seen).extractDICT()["blocks"]
        beyond = [*_beyond(page, drawing, seen, blocks)]
        glance = _Glance(page, drawing, blocks, self._visible)
        lines = []
        for order, block in enumerate(blocks):
            for line in block.get("lines", ()):
                if glance.doubts(line):
                    line["spans"] = [span for span in line["spans"] if glance.keeps(span, order)]

                lines.append(line)

        return View(lines, together([*glance.removed, *beyond]), glance.scanned)


class _Glance:
    """One page while its spans are looked at, in the order in which they were painted."""

    def __init__(
        self, page: Any, drawing: Any, blocks: Sequence[dict[str, Any]], visible: set[tuple[str, int, int]]
    ) -> None:
        self.removed: list[SetAside] = []
        self.scanned = False
        self._page = page
        self._ground = Ground(page, drawing)
        self._visible = visible
        self._shapes = covers.that_matter(covers.shapes(blocks), blocks)
        self._images = [box for box, _ in self._ground.images] if images(page) else []
        self._painted = [*(shape.box for shape in self._shapes), *self._images]
        self._painting: covers.Painting | None = None

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
        why = hidden.reason(span)
        why = why or self._doubt(span, order)

        if why == hidden.INVISIBLE and span["char_flags"] & hidden.AS_CLIP:
            why = "" if not self._ground.is_blank(span["bbox"]) else why

        if self._is_layer(why, span["bbox"]):
            self.scanned = True
            return True

        if why and span["text"].strip():
            self.removed.append(_aside(self._page, why, span["text"]))

        return not why

    def _is_layer(self, why: str, box: Box) -> bool:
        """Whether unseen text is what a scanner's program read off the image at that place."""
        is_unseen = why in {hidden.UNDER_IMAGE, hidden.INVISIBLE}
        return is_unseen and self._ground.is_scan and not self._ground.is_blank(box)

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

        # The same words at the same place on another page hide nothing once they were seen.
        place = span["text"], round(box[0]), round(box[1])
        if place not in self._visible and self._ground.stands_out(box, color):
            self._visible.add(place)

        if place in self._visible:
            return ""

        return hidden.WHITE if is_bright else hidden.FAINT

    def _covered(self, span: dict[str, Any]) -> str:
        if self._painting is None:
            self._painting = covers.Painting(self._page, self._ground)

        box = span["bbox"]
        cover = self._painting.cover(box, span["text"].strip())
        if cover is None:
            return ""

        if self._ground.has_ink(box, span["color"]) and not (
            cover.solid and (cover.is_image or self._painting.is_written_on(cover, box))
        ):
            return ""

        return hidden.UNDER_IMAGE if cover.is_image else hidden.UNDER_SHAPE


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
