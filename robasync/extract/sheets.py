"""One page of a PDF with all that is said of it: read, or recognised where it is an image, or neither."""

from __future__ import annotations

from typing import Any, NamedTuple

from robasync.model import Figure, SetAside

from . import figures, unread
from .asking import Looks
from .lines import Page
from .pages import PageReader
from .unread import Why


class Sheet(NamedTuple):
    """What one page gave. ``why`` says why its words are not among the lines, None where they are.

    ``scanned`` says that the text is a scan's own layer, ``compared`` that this was compared with the
    image, ``recognised`` that it was read off the image, ``undrawn`` that this could not be drawn.
    """

    page: Page
    set_aside: list[SetAside]
    figures: list[Figure]
    why: Why | None
    scanned: bool
    compared: bool
    recognised: bool
    undrawn: bool

    @property
    def is_empty(self) -> bool:
        """Whether no line was read."""
        return not (self.page.lines or any(self.page.turned))


class SheetReader:
    """Reads the pages of one document, with what ``looks`` tell of their pictures."""

    def __init__(self, looks: Looks) -> None:
        self._reader = PageReader(looks)
        self._looks = looks

    def read(self, source: Any) -> Sheet:
        """Return what ``source``, PyMuPDF's page, gives. Raises what PyMuPDF raises on a damaged page."""
        rotation = source.rotation
        reading = self._reader.read(source)
        page, number = reading.page, reading.page.number
        why = None if reading.scanned else unread.why(page, source)
        if rotation:  # the text was read on the page as it lies; an image is seen turned
            source.set_rotation(rotation)

        lines = self._looks.lines(number) if why else None
        if lines is not None:
            page = Page(number, source.rect.width, source.rect.height, lines, [])
        elif why is Why.UNMAPPED:
            page = page._replace(lines=[], turned=[])

        return Sheet(
            page=page,
            set_aside=reading.set_aside,
            figures=[] if why else [*figures.figures(page, source)],
            why=why if lines is None else None,
            scanned=reading.scanned,
            compared=reading.scanned and self._looks.was_compared(number),
            recognised=lines is not None,
            undrawn=self._looks.is_undrawn(number),
        )
