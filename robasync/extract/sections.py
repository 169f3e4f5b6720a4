"""A text under construction whose medium has sections instead of pages; becomes an Extract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from robasync.model import Extract, Figure, Segment, SetAside

from . import VERSION, letters

OPENING = "Title"
"""What the first section is called until there is a heading."""

LONGEST_PLACE = 120


class Sections:
    """Collects running text, paragraphs and headings in reading order.

    Text is gathered with ``text`` until a paragraph ends; white space is collapsed then.
    While a stretch is held (see ``held``) nothing ends: what would, becomes a space.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.set_aside: list[SetAside] = []
        self.figures: list[Figure] = []
        self.supplements: list[str] = []
        self._paragraphs: list[str] = []
        self._length = 0
        self._places = [OPENING]
        self._segments = [Segment(0, 1)]
        self._references: list[tuple[int, int]] = []
        self._listing: int | None = None
        self._lines: list[list[str]] = [[]]
        self._between = ""
        self._glued = False

    @property
    def page(self) -> int:
        """The number of the section that is being written, from 1."""
        return len(self._places)

    def text(self, text: str | None) -> None:
        """Add running text to the paragraph."""
        if not text:
            return

        text = text.replace("\n", " ")
        line = self._lines[-1]
        if self._glued and text.strip():
            self._glued = False
            line.append(" ")

        if self._between:
            if text[0].isalnum() and line and line[-1][-1].isalnum():
                line.append(self._between)

            self._between = ""

        line.append(text)

    def apart(self, between: str = " ") -> None:
        """Keep the words before and after this place apart, where nothing else does."""
        self._between = self._between if self._between.strip() else between

    def begin(self) -> None:
        """Begin a paragraph; a label that stands before it is its first words."""
        if not self._glued:
            self.end()

    def glue(self) -> None:
        """Let the next paragraph go on after what was written last: a label."""
        self._glued = True

    def line(self) -> None:
        """End a line within the paragraph: a row of a table."""
        self._lines[-1].append(" " if len(self._lines) > 1 else "\n")

    def end(self) -> None:
        """End the paragraph."""
        if len(self._lines) > 1:
            self._space()
            return

        self._glued = False
        self._between = ""
        gathered, self._lines[0] = "".join(self._lines[0]), []
        written = "\n".join(filter(None, map(tidy, gathered.split("\n"))))
        if written:
            self.paragraph(written)

    def paragraph(self, text: str) -> None:
        """Add a whole paragraph as it stands, after the one that is being written."""
        if any(self._lines[0]):
            self.end()

        self._length += (2 if self._paragraphs else 0) + len(text)
        self._paragraphs.append(text)

    def place(self, name: str) -> None:
        """Begin a section of this name; one that was left without text is forgotten."""
        self.end()
        start = self._next()
        if self._segments[-1].start == start:
            del self._segments[-1], self._places[-1]

        self._places.append(name if len(name) <= LONGEST_PLACE else f"{name[: LONGEST_PLACE - 1]}…")
        self._segments.append(Segment(start, len(self._places)))

    @contextmanager
    def held(self) -> Iterator[list[str]]:
        """Gather text apart from the paragraph; the list given holds it, tidied, in the end."""
        found: list[str] = []
        between, self._between = self._between, ""
        self._lines.append([])
        try:
            yield found
        finally:
            found.append(tidy("".join(self._lines.pop())))
            self._between = between
            self._glued = False

    def begin_references(self) -> bool:
        """Begin a list of other people's work; return whether none was open yet."""
        if self._listing is not None:
            return False

        self.end()
        self._listing = self._next()
        return True

    def end_references(self) -> None:
        """End the list of other people's work, if one is open."""
        self.end()
        if self._listing is not None and self._length > self._listing:
            self._references.append((self._listing, self._length))

        self._listing = None

    def extract(self, *, media: str, reader: str, title: str, author: str, year: str) -> Extract:
        """Return what was written. ``reader`` names what read it, without its version."""
        self.end_references()
        files = f"supplementary files, not read: {'; '.join(dict.fromkeys(self.supplements))}"
        return Extract(
            text="\n\n".join(self._paragraphs),
            segments=tuple(self._segments),
            pages=len(self._places),
            media=media,
            engine=f"{reader} {VERSION}",
            set_aside=tuple(self.set_aside),
            notes=(*self.notes, *([files] if self.supplements else [])),
            places=tuple(self._places),
            references=tuple(self._references),
            figures=tuple(self.figures),
            title=title,
            author=author,
            year=year,
        )

    def _next(self) -> int:
        return self._length + 2 if self._paragraphs else 0

    def _space(self) -> None:
        self._between = ""
        self._lines[-1].append(" ")


def tidy(text: str) -> str:
    """Return text with white space collapsed, ligatures spelt out and nothing invisible in it."""
    return " ".join(letters.plain(text).replace(letters.SOFT_HYPHEN, "").split())
