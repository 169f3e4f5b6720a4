"""What is read: a document, and the text that was got out of it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from robasync.screening import Front


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One input file. ``name`` is its path below the input folder with POSIX separators.

    ``digest`` is the SHA-256 of the bytes in hex. A small file is read once: ``extract`` is
    its text where that was read along, else ``content`` keeps its bytes. Both are None for
    a larger one.
    """

    name: str
    path: Path
    digest: str
    size: int
    mtime_ns: int
    inode: int
    content: bytes | None = field(default=None, repr=False, compare=False)
    extract: Extract | None = field(default=None, repr=False, compare=False)


Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an extract's text: from ``start`` to the next segment's start.

    ``page`` counts from 1; ``box`` is (x0, y0, x1, y1) in PDF points from the top left
    corner of the page, or None where the medium has no positions.
    """

    start: int
    page: int
    box: Box | None = None


SEEN = frozenset({"running head", "line numbers"})
"""Reasons to set text apart that every reader sees: it belongs to the pages, not to the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Text that a document holds but that is never sent to a model, with the reason.

    ``place`` is what the section is called that stands for the page (see ``Extract.place``).
    """

    page: int
    reason: str
    text: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An image that may hold what an answer depends on and that nobody read; ``what`` names it.

    ``place`` is what the section is called that stands for the page (see ``Extract.place``).
    """

    page: int
    what: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """A document's text in reading order, with the way back to page and position.

    Lines of a paragraph are joined by one space, paragraphs by a blank line; a sentence
    that crosses a line, a column or a page is one sentence in ``text``. ``segments`` is
    ordered by ``start`` and begins at 0. ``front`` is there if it was looked for at once.

    A medium without pages has sections that stand for them, and ``places`` names them in order.
    ``references`` are the stretches (start, end) of ``text`` that list other people's work,
    ``recognised`` the pages whose text was read off an image, ``suspicious`` the visible
    passages that speak to a model instead of a reader.
    """

    text: str
    segments: tuple[Segment, ...]
    pages: int
    media: str
    engine: str
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    references: tuple[tuple[int, int], ...] = ()
    recognised: tuple[int, ...] = ()
    figures: tuple[Figure, ...] = ()
    suspicious: tuple[SetAside, ...] = ()
    title: str = ""
    author: str = ""
    year: str = ""
    front: Front | None = field(default=None, repr=False, compare=False)

    @property
    def unseen(self) -> tuple[SetAside, ...]:
        """What was set apart because a reader does not see it; running heads and the like are seen."""
        return tuple(piece for piece in self.set_aside if piece.reason not in SEEN)

    def page_at(self, offset: int) -> int:
        """Return the page, counted from 1, on which the character at ``offset`` stands."""
        index = bisect_right(self.segments, offset, key=lambda segment: segment.start) - 1

        return self.segments[max(index, 0)].page

    def place(self, page: int) -> str:
        """Return what people call a section, "section 3, Methods"; "" in a medium with pages."""
        name = self.places[page - 1] if 0 < page <= len(self.places) else ""
        return f"section {page}, {name}" if name else ""
