"""One page of a PDF with all that is said of it: read, or recognised where it is an image, or neither."""

from __future__ import annotations

from typing import Any, NamedTuple

from robasync.model import Figure, SetAside

from . import figures, unread
from .lines import Page
from .ocr import Recogniser
from .pages import PageReader
from .unread import Why


class Sheet(NamedTuple):
    """What one page gave. ``why`` says why its words are not among the lines, None where they are.

    ``scanned`` says that the text is a scan's own layer, ``recognised`` that it was read off the image.
    """

    page: Page
    set_aside: list[SetAside]
    figures: list[Figure]
    why: Why | None
    scanned: bool
    recognised: bool

    @property
    def is_empty(self) -> bool:
        """Whether no line was read."""
        return not (self.page.lines or any(self.page.turned))


class SheetReader:
    """Reads the pages of one document; those that are images with ``recogniser``, where there is one."""

    def __init__(self, recogniser: Recogniser | None) -> None:
        self._reader = PageReader()
        self._recogniser = recogniser

    def read(self, source: Any) -> Sheet:
        """Return what ``source``, PyMuPDF's page, gives. Raises what PyMuPDF raises on a damaged page."""
        rotation = source.rotation
        reading = self._reader.read(source)
        why = None if reading.scanned else unread.why(reading.page, source)
        if rotation:  # the text was read on the page as it lies; an image is seen turned
            source.set_rotation(rotation)

        recognised = self._recogniser.read(source, reading.page.number) if why and self._recogniser else None
        page = recognised or (_blank(reading.page) if why is Why.UNMAPPED else reading.page)
        return Sheet(
            page=page,
            set_aside=reading.set_aside,
            figures=[] if why else [*figures.figures(page, source)],
            why=None if recognised else why,
            scanned=reading.scanned,
            recognised=recognised is not None,
        )


def _blank(page: Page) -> Page:
    return page._replace(lines=[], turned=[])
