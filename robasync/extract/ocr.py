"""Text recognition (OCR) of pages that are images, by Tesseract as MuPDF has it built in.

It needs Tesseract's data for English and nothing else. Measured on a page of the examples:
1.4 to 1.8 seconds of processor time, against 6.3 for RapidOCR 3.10, which reads a little better
and needs 660 MB of memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from robasync.errors import SettingsError

from . import pages
from .library import pymupdf
from .lines import Line

LANGUAGE = "eng"
DATA = f"{LANGUAGE}.traineddata"

MOST_DPI, FEWEST_DPI = 300, 150
"""What the images have is used between these: a coarse scan drawn finer is read worse."""

MOST_PIXELS = 40_000_000
"""Of a drawn page: an A3 page at 300 dpi has half of that."""

SPARE = 0.8
"""Part of the time for a document in which another page is begun, as long as it may take as the longest."""

ALIKE = (0.65, 1.5)
"""Sizes of type this near to the middle one are the same; a line without a "p" seems smaller."""

PLACES = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "C:/Program Files/Tesseract-OCR/tessdata",
)
"""Where Debian, other systems, Homebrew and the Windows installer put the data."""


def found(*given: Path | str | None) -> str:
    """Return the folder with Tesseract's data, the first of ``given`` that is set or a usual place; or ""."""
    places = [str(place) for place in given if place][:1] or PLACES
    return next((place for place in places if Path(place, DATA).is_file()), "")


def tessdata(*given: Path | str | None) -> str:
    """Return what ``found`` does. Raises SettingsError where there is none."""
    if place := found(*given):
        return place

    named = [str(place) for place in given if place]
    where = f"{named[0]} holds no {DATA}" if named else "Tesseract's data for English is not on this machine"
    raise SettingsError(
        f"Reading scans (--ocr): {where}.\n"
        "Install it (apt-get install tesseract-ocr, or brew install tesseract), or name its folder in"
        " paths.tessdata."
    )


class Recogniser:
    """Reads pages of one document with the data in ``folder``, for about ``seconds`` in all."""

    def __init__(self, folder: str, *, seconds: float) -> None:
        self._folder = folder
        self._until = time.monotonic() + SPARE * seconds
        self._longest = 0.0

    def read(self, source: Any, number: int) -> list[Line] | None:
        """Return the lines that are seen on ``source``, PyMuPDF's page; None where there is no time left.

        ``number`` counts from 1. Raises what PyMuPDF raises on a damaged page.
        """
        began = time.monotonic()
        if began + self._longest > self._until:
            return None

        lines = [*_lines(source, self._folder, number)]
        self._longest = max(self._longest, time.monotonic() - began)
        return lines


def _lines(source: Any, folder: str, number: int) -> Iterator[Line]:
    """Yield the lines that are seen on a page, in points of the page as it is seen."""
    library = pymupdf()
    pixels = source.get_pixmap(dpi=_dpi(source), colorspace=library.csRGB, alpha=False)
    with library.open(stream=pixels.pdfocr_tobytes(language=LANGUAGE, tessdata=folder)) as made:
        recognised = made[0]
        scale = source.rect.width / recognised.rect.width
        blocks = recognised.get_text("dict", flags=library.TEXT_PRESERVE_WHITESPACE)["blocks"]
        found = [pages.line(raw, raw["spans"], number) for block in blocks for raw in block["lines"]]

    yield from _evened([_scaled(line, scale) for line in found if line is not None])


def _scaled(line: Line, scale: float) -> Line:
    x0, y0, x1, y1 = (edge * scale for edge in line.box)
    size = line.size * scale
    return line._replace(size=size, x0=x0, y0=y0, x1=x1, y1=y1, box=(x0, y0, x1, y1))


def _evened(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines with the size of the running text where theirs is about that."""
    usual = median([line.size for line in lines]) if lines else 0.0
    for line in lines:
        is_usual = ALIKE[0] * usual < line.size < ALIKE[1] * usual
        yield line._replace(size=usual) if is_usual else line


def _dpi(source: Any) -> int:
    """Return the resolution at which to draw a page: that of its widest image, within bounds."""
    images = source.get_image_info()
    widest = max(images, key=lambda image: image["width"], default=None)
    inches = (widest["bbox"][2] - widest["bbox"][0]) / 72 if widest else 0.0
    own = round(widest["width"] / inches) if widest and inches > 0 else MOST_DPI
    allowed = int((MOST_PIXELS / max(abs(source.rect), 1.0)) ** 0.5 * 72)
    return max(1, min(max(own, FEWEST_DPI), MOST_DPI, allowed))
