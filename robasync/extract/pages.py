"""From a page as PyMuPDF reads it to its visible lines, and what it hides."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import Any, NamedTuple

from robasync.model import SetAside

from . import initials, letters, sight
from .lines import Line, Page, turned

FEW_LINES = 6
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
    images: int


class PageReader:
    """Reads the pages of one document."""

    def __init__(self) -> None:
        self._sight = sight.Sight()

    def read(self, page: Any) -> Reading:
        """Return the page's lines; ``images`` is counted only where these are few."""
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
        images = len(page.get_image_info()) if len(upright) <= FEW_LINES else 0
        return Reading(result, view.set_aside, view.scanned, images)


def line(raw: dict[str, Any], spans: list[dict[str, Any]], number: int) -> Line | None:
    """Return the line of these spans of a raw one, None where they hold no character."""
    text = "".join([span["text"] for span in spans])
    if not text.isascii():
        text = letters.plain(letters.mended(text))

    if not text or text.isspace():
        return None

    # Justified lines are spaced out by spaces.
    if "  " in text or "\t" in text:
        text = _BLANKS.sub(" ", text)

    main = spans[0] if len(spans) == 1 else max(spans, key=_length)
    box = raw["bbox"]
    place = box if raw["dir"] == (1.0, 0.0) else turned(box, raw["dir"])
    x0, y0, x1, y1 = place
    return Line(text, main["size"], x0, y0, x1, y1, number, box, *_style(spans))


def _style(spans: list[dict[str, Any]]) -> tuple[bool, bool]:
    """Return whether nearly all characters are bold, and whether they are italic."""
    if len(spans) == 1:
        return _is_bold(spans[0]["font"], spans[0]["flags"]), _is_italic(spans[0]["font"], spans[0]["flags"])

    fewest = NEARLY_ALL * sum(map(_length, spans))
    bold = sum([_length(span) for span in spans if _is_bold(span["font"], span["flags"])])
    italic = sum([_length(span) for span in spans if _is_italic(span["font"], span["flags"])])
    return bold >= fewest, italic >= fewest


@lru_cache(maxsize=256)
def _is_bold(font: str, flags: int) -> bool:
    return bool(flags & BOLD) or _BOLD_NAMES.search(font) is not None


@lru_cache(maxsize=256)
def _is_italic(font: str, flags: int) -> bool:
    return bool(flags & ITALIC) or _ITALIC_NAMES.search(font) is not None


def _length(span: dict[str, Any]) -> int:
    return len(span["text"])


def _direction(direction: tuple[float, float]) -> tuple[int, int]:
    return round(direction[0]), round(direction[1])
