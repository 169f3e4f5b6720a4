"""From a page as PyMuPDF reads it to its visible lines, and what it hides."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import Any, NamedTuple

from robasync.model import SetAside

from . import initials, letters, sight
from .asking import Looks
from .lines import Line, Page, turned

BOLD, ITALIC = 1 << 4, 1 << 1
"""PyMuPDF's span flags; many fonts say it in their name only."""

NEARLY_ALL = 0.75
"""Part of a line's characters in a style from which on the line itself has that style."""

_BOLD_NAMES = re.compile(r"bold|black|heavy|demi|medium|[.-]B$", re.IGNORECASE)
_ITALIC_NAMES = re.compile(r"italic|oblique|slanted|[.-]I$", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t]{2,}|\t")
_UPRIGHT = (1, 0)


class Reading(NamedTuple):
    """What one page gave. ``scanned`` says that its text is the invisible layer of a scan."""

    page: Page
    set_aside: list[SetAside]
    scanned: bool


class PageReader:
    """Reads the pages of one document, with what ``looks`` tell of their pictures."""

    def __init__(self, looks: Looks) -> None:
        self._sight = sight.Sight(looks)

    def read(self, page: Any) -> Reading:
        """Return the page's lines and what it hides."""
        number = page.number + 1
        width, height = page.rect.width, page.rect.height
        if page.rotation:  # as ``get_text`` does: words read from left to right
            page.set_rotation(0)

        view = self._sight.look(page)
        lines: dict[tuple[int, int], list[Line]] = defaultdict(list)
        for raw in view.lines:
            if (made := line(raw, raw["spans"], number)) is not None:
                lines[_direction(raw["dir"])].append(made)

        upright = initials.joined(lines.pop(_UPRIGHT, []))
        result = Page(number, width, height, upright, list(lines.values()))
        return Reading(result, view.set_aside, view.scanned)


def line(raw: dict[str, Any], spans: list[dict[str, Any]], number: int) -> Line | None:
    """Return the line of these spans of a raw one, None where they hold no character."""
    text = spans[0]["text"] if len(spans) == 1 else "".join([span["text"] for span in spans])
    if not text.isascii():
        text = letters.plain(letters.mended(text))

    if not text or text.isspace():
        return None

    # Justified lines are spaced out by spaces.
    if "  " in text or "\t" in text:
        text = _BLANKS.sub(" ", text)

    size, is_bold, is_italic = _type(spans)
    box = raw["bbox"]
    x0, y0, x1, y1 = box if raw["dir"] == (1.0, 0.0) else turned(box, raw["dir"])
    return Line(text, size, x0, y0, x1, y1, number, box, is_bold, is_italic)


def _type(spans: list[dict[str, Any]]) -> tuple[float, bool, bool]:
    """Return the size of most characters of a line, and whether nearly all are bold, are italic."""
    if len(spans) == 1 or len({(span["font"], span["flags"], span["size"]) for span in spans}) == 1:
        return spans[0]["size"], *_style(spans[0]["font"], spans[0]["flags"])

    size, most, total, bold, italic = 0.0, 0, 0, 0, 0
    for span in spans:
        length = len(span["text"])
        total += length
        if length > most:
            size, most = span["size"], length

        is_bold, is_italic = _style(span["font"], span["flags"])
        bold += is_bold * length
        italic += is_italic * length

    return size, bold >= NEARLY_ALL * total, italic >= NEARLY_ALL * total


@lru_cache(maxsize=256)
def _style(font: str, flags: int) -> tuple[bool, bool]:
    """Return whether type of a font is bold, and whether it is italic."""
    is_bold = bool(flags & BOLD) or _BOLD_NAMES.search(font) is not None
    return is_bold, bool(flags & ITALIC) or _ITALIC_NAMES.search(font) is not None


@lru_cache(maxsize=64)
def _direction(direction: tuple[float, float]) -> tuple[int, int]:
    return round(direction[0]), round(direction[1])
