"""From a page as PyMuPDF reads it to its visible lines, and what it hides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from robasync.model import SetAside

from . import hidden, letters
from .lines import Line, Page, turned

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
        """Return the page's lines; ``images`` is counted only where it has none."""
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

        upright = lines.pop(_UPRIGHT, [])
        result = Page(number, page.rect.width, page.rect.height, upright, list(lines.values()))
        images = 0 if upright or result.turned else len(page.get_image_info())
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
    import pymupdf

    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
    for block in page.get_text("dict", flags=flags)["blocks"]:
        yield from block["lines"]


def _line(raw: dict[str, Any], spans: list[dict[str, Any]], number: int) -> Line | None:
    text = letters.plain("".join([span["text"] for span in spans]))
    if not text or text.isspace():
        return None

    size = spans[0]["size"] if len(spans) == 1 else max(spans, key=_length)["size"]
    box = raw["bbox"]
    place = box if raw["dir"] == (1.0, 0.0) else turned(box, raw["dir"])
    return Line(text, size, *place, number, box)


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
