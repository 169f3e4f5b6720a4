"""From a page as PyMuPDF reads it to its visible lines, and what it hides."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from robasync.model import SetAside

from . import hidden, initials, letters
from .library import pymupdf
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
    """Reads the pages of one document; remembers what white text it has seen to be visible."""

    def __init__(self) -> None:
        self._visible: set[tuple[str, int, int]] = set()

    def read(self, page: Any) -> Reading:
        """Return the page's lines; ``images`` is counted only where these are few."""
        number = page.number + 1
        ground = hidden.Ground(page)
        lines: dict[tuple[int, int], list[Line]] = defaultdict(list)
        set_aside: list[SetAside] = []
        scanned = False
        for raw in _raw_lines(page):
            spans = raw["spans"]
            if any(map(hidden.reason, spans)):
                spans, removed = self._sorted_out(spans, ground)
                scanned = scanned or any(map(_is_invisible, spans))
                set_aside += [SetAside(page=number, reason=why, text=text) for why, text in removed]

            line = _line(raw, spans, number)
            if line is not None:
                lines[_direction(raw["dir"])].append(line)

        upright = initials.joined(lines.pop(_UPRIGHT, []))
        result = Page(number, page.rect.width, page.rect.height, upright, list(lines.values()))
        images = len(page.get_image_info()) if len(upright) <= FEW_LINES else 0
        return Reading(result, _together(set_aside), scanned, images)

    def _sorted_out(
        self, spans: list[dict[str, Any]], ground: hidden.Ground
    ) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
        kept, removed = [], []
        for span in spans:
            why = hidden.reason(span)
            if not why or self._is_seen(span, ground):
                kept.append(span)
            elif span["text"].strip():
                removed.append((why, letters.well_formed(span["text"])))

        return kept, removed

    def _is_seen(self, span: dict[str, Any], ground: hidden.Ground) -> bool:
        if _is_invisible(span):
            return ground.is_scan()

        # The same words at the same place on another page hide nothing once they were seen.
        place = span["text"], round(span["bbox"][0]), round(span["bbox"][1])
        if place not in self._visible and ground.is_dark(span["bbox"]):
            self._visible.add(place)

        return place in self._visible


def _is_invisible(span: dict[str, Any]) -> bool:
    return hidden.reason(span) == "invisible text"


def _raw_lines(page: Any) -> Iterator[dict[str, Any]]:
    library = pymupdf()
    flags = library.TEXT_PRESERVE_WHITESPACE | library.TEXT_PRESERVE_LIGATURES | library.TEXT_MEDIABOX_CLIP
    for block in page.get_text("dict", flags=flags)["blocks"]:
        yield from block["lines"]


def _line(raw: dict[str, Any], spans: list[dict[str, Any]], number: int) -> Line | None:
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


def _together(set_aside: list[SetAside]) -> list[SetAside]:
    """Return the pieces with those that follow each other for the same reason as one."""
    joined: list[SetAside] = []
    for piece in set_aside:
        if joined and joined[-1].reason == piece.reason:
            text = f"{joined[-1].text} {piece.text}"
            joined[-1] = SetAside(page=piece.page, reason=piece.reason, text=" ".join(text.split()))
        else:
            joined.append(piece)

    return joined
