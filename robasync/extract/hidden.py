"""Text that a reader of the page cannot see: it is set apart, with the reason."""

from __future__ import annotations

from typing import Any

from .library import pymupdf

WHITE = 0xF0F0F0
"""A colour with these bits set, so each channel at least 240 of 255, counts as white."""

PAINTED = 0x10 | 0x20 | 0x40
"""Character flags of text that is filled, stroked or used as a clip (MuPDF's stext flags)."""

DARKER_THAN = 235
GROUND_SHARE = 0.25
"""White text is visible where this part of the pixels behind and around it is darker than that."""

PAGE_SIZE_SHARE = 0.5
"""An image that covers this part of the page is a scan."""


def reason(span: dict[str, Any]) -> str:
    """Return why a span may be hidden, or an empty string; "white text" is yet to be looked at."""
    if span["alpha"] == 0 or not span["char_flags"] & PAINTED:
        return "invisible text"

    return "white text" if span["color"] & WHITE == WHITE else ""


class Ground:
    """What lies behind the text of one page; drawn when first asked for."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._drawn: Any = None
        self._scan: bool | None = None

    def is_dark(self, box: tuple[float, float, float, float]) -> bool:
        """Whether the page as it is seen is dark enough at ``box`` for white letters to show."""
        library = pymupdf()
        if self._drawn is None:
            self._drawn = self._page.get_displaylist()

        clip = library.Rect(box)
        pixels: bytes = self._drawn.get_pixmap(clip=clip, colorspace=library.csGRAY, alpha=0).samples
        dark = sum(pixel < DARKER_THAN for pixel in pixels)
        return dark > GROUND_SHARE * len(pixels)

    def is_scan(self) -> bool:
        """Whether an image about as large as the page lies on it."""
        if self._scan is None:
            least = PAGE_SIZE_SHARE * abs(self._page.rect)
            boxes = [image["bbox"] for image in self._page.get_image_info()]
            self._scan = any((x1 - x0) * (y1 - y0) >= least for x0, y0, x1, y1 in boxes)

        return self._scan
