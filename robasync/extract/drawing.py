"""Draws pages and looks at them: what a worker process does apart from reading, under its own limits.

Here, and only here, MuPDF renders. A page that cannot be drawn is left out of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from robasync.errors import DocumentError

from . import asking, compared, wear, worker
from .asking import Asked, How, Spot
from .ground import Ground
from .library import pymupdf, tidied
from .lines import Line
from .ocr import Recogniser

NOTHING = b"[]"


def look(
    path: str,
    name: str,
    digest: str,
    memory_bytes: int,
    seconds: float,
    *,
    questions: bytes,
    tessdata: str = "",
) -> bytes:
    """Return the answers (see ``asking``) to ``questions``, of which each line is about one page.

    The file and the limits are those of ``worker.read``; ``tessdata`` is where Tesseract's data are,
    needed where the questions are about text recognition.
    """
    worker.shield()
    wear.leave(memory_bytes)
    worker.limit(memory_bytes, seconds)
    recogniser = Recogniser(tessdata, seconds=seconds)
    try:
        content = worker.content(path, name, digest)
        with tidied():
            answer = answers(content, questions.splitlines(), recogniser)
    except (DocumentError, MemoryError, *worker.UNFORESEEN, pymupdf().mupdf.FzErrorBase):
        answer = NOTHING  # the text is read on its own, and tells what is wrong with the file

    return answer + wear.LAST if wear.is_spent(memory_bytes) else answer


def answers(content: bytes, questions: Iterable[bytes], recogniser: Recogniser) -> bytes:
    """Return the answers to questions about a PDF's pages. Raises what PyMuPDF raises on a damaged file."""
    with pymupdf().open(stream=content, filetype="pdf") as document:
        return orjson.dumps([*_answers(document, questions, recogniser)])


def _answers(document: Any, questions: Iterable[bytes], recogniser: Recogniser) -> Iterator[dict[str, Any]]:
    seen: set[tuple[str, int, int]] = set()
    for asked in map(asking.asked, questions):
        try:
            yield _Look(document, asked, seen).answer(recogniser)
        except (MemoryError, *worker.UNFORESEEN, pymupdf().mupdf.FzErrorBase):
            continue


class _Look:
    """A look at one page. ``seen`` are words and places that were visible on a page before."""

    def __init__(self, document: Any, asked: Asked, seen: set[tuple[str, int, int]]) -> None:
        self._document = document
        self._asked = asked
        self._seen = seen
        self._page: Any = None
        self._rotation = 0
        self._ground: Ground | None = None

    def answer(self, recogniser: Recogniser) -> dict[str, Any]:
        """Return what is seen on the page, as far as the recogniser's time goes."""
        spots = [spot for spot in self._asked.spots if spot.how is not How.READ]
        unseen = [spot for spot in spots if not self._is_so(spot)]
        unsure = [spot for spot in self._asked.spots if spot.how is How.READ]
        lines = self._lines(recogniser) if unsure or self._asked.whole else None
        if unsure and lines is not None:
            shown = [spot._replace(box=self._as_seen(spot)) for spot in unsure]
            gone = {*map(id, compared.unread(shown, lines))}
            unseen += [spot for spot, one in zip(unsure, shown, strict=True) if id(one) in gone]

        return asking.answer(
            self._asked.page,
            unseen=unseen,
            compared=bool(unsure) and lines is not None,
            lines=lines if self._asked.whole else None,
        )

    def _is_so(self, spot: Spot) -> bool:
        # The same words at the same place on another page hide nothing once they were seen.
        place = spot.text, round(spot.box[0]), round(spot.box[1])
        if spot.how is How.UNLIKE and place in self._seen:
            return True

        is_so = self._drawn().is_so(spot)
        if is_so and spot.how is How.UNLIKE:
            self._seen.add(place)

        return is_so

    def _drawn(self) -> Ground:
        if self._ground is None:
            page = self._loaded()
            self._ground = Ground(page.rect, page.get_displaylist())

        return self._ground

    def _loaded(self) -> Any:
        """Return the page as its text lies, not turned."""
        if self._page is None:
            self._page = self._document.load_page(self._asked.page - 1)
            self._rotation = self._page.rotation
            self._page.set_rotation(0)

        return self._page

    def _lines(self, recogniser: Recogniser) -> list[Line] | None:
        page = self._loaded()
        page.set_rotation(self._rotation)
        return recogniser.read(page, self._asked.page)

    def _as_seen(self, spot: Spot) -> Any:
        """Return where the spot is on the page as it is seen, turned."""
        return tuple(pymupdf().Rect(spot.box) * self._page.rotation_matrix)
