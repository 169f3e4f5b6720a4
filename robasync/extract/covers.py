"""What is painted on a page beside its text: where images lie, what comes later than the words below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from robasync.model import Box

from .library import pymupdf

UNLIKE = 24
"""Two colours that differ by more than this in a channel (of 255) can be told apart."""

PAGE_SIZE_SHARE = 0.5
"""An image that covers this part of the page is a scan."""

COVERED_SHARE = 0.8
"""A stretch is covered where this part of its box is."""

TOUCHED_SHARE = 0.2
OPAQUE = 0.95
MOST = 255 * OPAQUE
VECTOR = 3  # the type of a block that is painted, in MuPDF's text reader
LOWEST_COVER = 3.0
"""Points; a rule or an underline is lower than that."""


class Shape(NamedTuple):
    """A filled shape as MuPDF's text reader collects it; ``order`` is its place among the blocks."""

    order: int
    box: Box
    color: int


class Cover(NamedTuple):
    """Something painted over what came before it. ``solid`` says that nothing shows through."""

    order: int
    box: Box
    is_image: bool
    solid: bool


def shapes(blocks: Iterable[dict[str, Any]]) -> list[Shape]:
    """Return the filled shapes of a page that are large enough to lie behind or over words."""
    return [
        Shape(order, block["bbox"], block["color"])
        for order, block in enumerate(blocks)
        if block["type"] == 3
        and not block["stroked"]
        and block["alpha"] >= 255 * OPAQUE
        and _is_large(block["bbox"])
    ]


def that_matter(painted: Sequence[Shape], blocks: Sequence[dict[str, Any]]) -> list[Shape]:
    """Return the shapes that may hide words: painted after some, or in a colour that words have."""
    if not painted:
        return []

    spans = [
        (order, span["color"])
        for order, block in enumerate(blocks)
        for line in block.get("lines", ())
        for span in line["spans"]
    ]
    first = min((order for order, _ in spans), default=len(blocks))
    colors = {color for _, color in spans}
    return [
        shape for shape in painted if shape.order > first or any(alike(shape.color, one) for one in colors)
    ]


def alike(one: int, other: int) -> bool:
    """Whether two colours, 0xRRGGBB, cannot well be told apart."""
    return all(abs((one >> shift & 0xFF) - (other >> shift & 0xFF)) <= UNLIKE for shift in (0, 8, 16))


def around(box: Box, painted: Iterable[Shape]) -> list[Shape]:
    """Return the shapes in which the middle of ``box`` lies."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return [shape for shape in painted if shape[1][1] <= y <= shape[1][3] and shape[1][0] <= x <= shape[1][2]]


def lies_in(box: Box, other: Box, *, share: float = COVERED_SHARE) -> bool:
    """Whether that part of ``box`` is inside ``other``."""
    x0, y0, x1, y1 = box
    width = min(x1, other[2]) - max(x0, other[0])
    height = min(y1, other[3]) - max(y0, other[1])
    return width > 0 < height and width * height >= share * (x1 - x0) * (y1 - y0)


def images(drawing: Any) -> list[tuple[Box, bool]]:
    """Return where images lie on a page, from its display list, and whether each is solid: has no mask."""
    library = pymupdf()
    pictured = library.TextPage(drawing.get_textpage(library.TEXT_PRESERVE_IMAGES))
    return [(image["bbox"], not image["has-mask"]) for image in pictured.extractIMGINFO()]


def are_scan(placed: Iterable[tuple[Box, bool]], area: Any) -> bool:
    """Whether one of the images is about as large as the page."""
    least = PAGE_SIZE_SHARE * abs(area)
    return any((x1 - x0) * (y1 - y0) >= least for (x0, y0, x1, y1), _ in placed)


class Painting:
    """The order in which one page is painted, exactly; costs about as much as reading the page again."""

    def __init__(self, page: Any, placed: Sequence[tuple[Box, bool]]) -> None:
        self._covers = [*_painted_shapes(page), *_painted_images(page, placed)]
        self._words = [*_words(page)]

    def cover(self, box: Box, text: str) -> Cover | None:
        """Return what was painted over the words ``text`` at ``box`` after them, or None."""
        orders = [order for order, place, words in self._words if words in text and lies_in(place, box)]
        if not orders:
            return None

        over = [cover for cover in self._covers if cover.order > max(orders) and lies_in(box, cover.box)]
        return max(over, key=lambda cover: (cover.solid, cover.is_image, cover.order), default=None)

    def is_written_on(self, cover: Cover, box: Box) -> bool:
        """Whether words were written over the cover at ``box``: ink that is seen there may be theirs."""
        return any(
            order > cover.order and lies_in(place, box, share=TOUCHED_SHARE)
            for order, place, _ in self._words
        )


def _painted_shapes(page: Any) -> Iterator[Cover]:
    translucent: list[int] = []  # levels of open groups that let something through
    for drawing in page.get_cdrawings(extended=True):
        level = drawing["level"]
        translucent = [group for group in translucent if group < level]
        if drawing["type"] == "group":
            if drawing["blendmode"] != "Normal" or drawing["opacity"] < OPAQUE:
                translucent.append(level)
        elif drawing["type"] in {"f", "fs"} and _is_large(drawing["rect"]):
            is_box = len(drawing["items"]) == 1 and drawing["items"][0][0] == "re"
            is_opaque = (drawing.get("fill_opacity") or 0.0) >= OPAQUE
            solid = is_box and is_opaque and not translucent
            yield Cover(drawing["seqno"], drawing["rect"], is_image=False, solid=solid)


def _painted_images(page: Any, placed: Sequence[tuple[Box, bool]]) -> Iterator[Cover]:
    solid = [box for box, is_solid in placed if is_solid]
    for order, (kind, box) in enumerate(page.get_bboxlog()):
        if kind in {"fill-image", "fill-shade"} and _is_large(box):
            is_solid = kind == "fill-image" and any(lies_in(box, other) for other in solid)
            yield Cover(order, box, is_image=True, solid=is_solid)


def _words(page: Any) -> Iterator[tuple[int, Box, str]]:
    for piece in page.get_texttrace():
        words = "".join(chr(character[0]) for character in piece["chars"]).strip()
        if words:
            yield piece["seqno"], piece["bbox"], words


def _is_large(box: Box) -> bool:
    return box[2] - box[0] >= LOWEST_COVER <= box[3] - box[1]
