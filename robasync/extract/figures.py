"""Flow diagrams and tables that are pictures: numbers may stand in them that nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from robasync.model import Box, Figure

from .library import images
from .lines import Line, Page

FLOW = re.compile(
    r"\bCONSORT\b|\bflow ?-?(?:chart|diagram)|\bdisposition of\b"
    r"|\b(?:trial|study|patient|participant) (?:profile|flow|disposition)"
    r"|\bflow of (?:the )?(?:participants|patients|trial|study)"
    r"|\b(?:enrol+ment|recruitment),? .{0,40}\b(?:allocation|randomi[sz]ation|follow-up|flow)",
    re.IGNORECASE,
)
"""How captions call the diagram that tells how many took part and how many were lost."""

NUMBERS = 4
"""So many numbers of participants ("n = 12", "20 excluded") in a page's text: its diagram could be read."""

PIXELS = 200 * 200
"""An image with fewer is a logo."""

SHARE = 0.04
"""Part of the page that a table or a diagram covers at least."""

BELOW_POINTS = 60.0
"""From the top of a table's caption, with at most a few lines, to the table."""

_CAPTION = re.compile(r"\s*((fig(?:ure|\.)?|table)\s*(?:[S\d]\d*|[IVX]+))\b", re.IGNORECASE)
_COUNT = re.compile(r"\bn\s*[=:]\s*\d|^\s*\d[\d,]* (?!\d)[a-z]{4}", re.IGNORECASE)
_FLOW_NAME = "flow diagram"


def figures(page: Page, source: Any) -> Iterator[Figure]:
    """Yield the flow diagrams and tables of a page whose numbers its text does not hold.

    ``source`` is PyMuPDF's page; it is asked for its images only below a caption that asks for one.
    """
    captions = [(line, match) for line in page.lines if (match := _CAPTION.match(line.text))]
    flows = [(line, match) for line, match in captions if _is_flow(line, page.lines)]
    if flows and sum(len(_COUNT.findall(line.text)) for line in page.lines) < NUMBERS:
        yield Figure(page=page.number, what=f"{_FLOW_NAME} ({_name(flows[0][1])})")

    tables = [(line, match) for line, match in captions if match[2].lower() == "table"]
    images = _images(source, page) if tables else []
    for line, match in tables:
        if any(_is_below(line, image) for image in images):
            yield Figure(page=page.number, what=_name(match))


def _is_flow(caption: Line, lines: Sequence[Line]) -> bool:
    """Whether the caption, with the two lines that follow it, is a flow diagram's."""
    if caption.text.strip().lower().startswith("table"):
        return False

    below = sorted(
        (
            line
            for line in lines
            if 0 <= line.y0 - caption.y0 < 3 * caption.size and line.x0 >= caption.x0 - 2
        ),
        key=lambda line: line.y0,
    )
    return FLOW.search(" ".join(line.text for line in below)) is not None


def _name(match: re.Match[str]) -> str:
    return " ".join(match[1].split()).capitalize()


def _images(source: Any, page: Page) -> list[Box]:
    """Return where the large images of a page lie; asking where is as slow as reading the page."""
    if not any(image[2] * image[3] >= PIXELS for image in images(source)):
        return []

    boxes: list[Box] = [image["bbox"] for image in source.get_image_info()]
    least = SHARE * page.width * page.height
    return [box for box in boxes if (box[2] - box[0]) * (box[3] - box[1]) >= least]


def _is_below(caption: Line, image: Box) -> bool:
    """Whether an image begins where the body of a captioned table would."""
    left, top, right, _ = image
    return -caption.size < top - caption.y0 < BELOW_POINTS and left < caption.x1 and right > caption.x0
