"""What only the picture of a page can tell: asked while its text is read, answered in a call of its own.

To draw a page can hang or crash where to read its text does not, so the reader draws nothing. It
takes for granted what is so on nearly every page (letters that are nearly white stand on a dark
ground) and notes the question. Where the answer is another one, the document is read again with it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from robasync.model import Box

from . import suspicious
from .lines import Line

MOST_COMPARED = 10
"""Pages of a scan whose own text is compared with what is recognised, 1.5 seconds each. A longer
document's are a sample, and those that speak to a model; all where one of them says something else."""


class How(StrEnum):
    """What is asked about a place on a page."""

    INK = "ink"  # something of the colour is seen there, and something else too
    UNLIKE = "unlike"  # what is seen there is unlike the colour, so that letters would show
    MARKED = "marked"  # more than one colour is seen there
    READ = "read"  # text recognition reads the text there


class Spot(NamedTuple):
    """A stretch of text at a place on a page, and what is asked about it; ``color`` is 0xRRGGBB."""

    box: Box
    color: int
    how: How
    text: str


class Asked(NamedTuple):
    """What is asked about one page: about places on it, and whether all that is seen is to be read."""

    page: int
    spots: list[Spot]
    whole: bool


class Wish(NamedTuple):
    """What text recognition is for: reading pages that are images, comparing scans' own text."""

    recognises: bool = False
    compares: bool = False


NEITHER = Wish()


@dataclass(slots=True)
class _Told:
    """What was told of one page, all rounds together."""

    drawn: bool = False
    compared: bool = False
    unseen: set[tuple[float | str, ...]] = field(default_factory=set)
    lines: list[Line] | None = None

    def add(self, answer: Mapping[str, Any]) -> None:
        """Take what an answer tells."""
        self.drawn |= answer.get("drawn", True)
        self.compared |= answer.get("compared", False)
        self.unseen.update(map(tuple, answer.get("unseen", ())))
        if "lines" in answer:
            self.lines = [Line._make(row)._replace(box=tuple(row[7])) for row in answer["lines"]]


class Looks:
    """What the pictures of a document's pages have ``told``, and what is to be asked of them."""

    def __init__(self, told: Iterable[bytes] = (), *, wish: Wish = NEITHER) -> None:
        self._wish = wish
        self._told: dict[int, _Told] = defaultdict(_Told)
        for answer in told:
            for page in orjson.loads(answer):
                self._told[page["page"]].add(page)

        self._spots: dict[int, list[Spot]] = defaultdict(list)
        self._whole: list[int] = []

    @property
    def recognises(self) -> bool:
        """Whether pages that are images are to be read."""
        return self._wish.recognises

    def are_so(self, page: int, spot: Spot) -> bool:
        """Whether it is so at the spot, as far as is known; asks where nothing was told of the page."""
        if spot.how is How.READ:
            if self._wish.compares and not self.was_compared(page):
                self._spots[page].append(spot)
        elif page not in self._told:
            self._spots[page].append(spot)

        return page not in self._told or _place(spot) not in self._told[page].unseen

    def is_undrawn(self, page: int) -> bool:
        """Whether the page was to be drawn and could not be."""
        return page in self._told and not self._told[page].drawn

    def was_compared(self, page: int) -> bool:
        """Whether the page's own text was compared with what is recognised."""
        return page in self._told and self._told[page].compared

    def lines(self, page: int) -> list[Line] | None:
        """Return the lines that were recognised on the page, None where they were not; asks for them."""
        if page in self._told and (lines := self._told[page].lines) is not None:
            return lines

        if self.recognises and not self.is_undrawn(page):
            self._whole.append(page)

        return None

    def questions(self, seed: str) -> list[bytes]:
        """Return what is to be asked, a line for each page; ``seed`` chooses which scans are compared."""
        read = [page for page, spots in self._spots.items() if any(spot.how is How.READ for spot in spots)]
        compared = {*self._compared(read, seed)}
        pages = sorted({*self._spots, *self._whole})
        asked = (
            Asked(page, [*_without(self._spots[page], read=page in compared)], page in self._whole)
            for page in pages
        )
        return [_encoded(one) for one in asked if one.spots or one.whole]

    def _compared(self, pages: Sequence[int], seed: str) -> Iterator[int]:
        is_doubtful = any(how == How.READ for page in self._told.values() for *_, how in page.unseen)
        before = any(page.compared for page in self._told.values())
        if is_doubtful or (len(pages) <= MOST_COMPARED and not before):
            yield from pages
            return

        if before:
            return

        yield from [page for page in pages if self._speaks(page)][:MOST_COMPARED]
        yield from sorted(pages, key=lambda page: hashlib.sha256(f"{seed} {page}".encode()).digest())[
            :MOST_COMPARED
        ]

    def _speaks(self, page: int) -> bool:
        """Whether the page's own text speaks to a model."""
        return bool(suspicious.passages(" ".join(spot.text for spot in self._spots[page])))


def _draw(seed: str, page: int) -> bytes:
    return hashlib.sha256(f"{seed} {page}".encode()).digest()


def _without(spots: Sequence[Spot], *, read: bool) -> Iterator[Spot]:
    """Yield the spots, each question once, those about recognition only where it is to ``read``."""
    for spot in {(_place(spot), spot.text): spot for spot in spots}.values():
        if read or spot.how is not How.READ:
            yield spot


def _place(spot: Spot) -> tuple[float, float, float, float, int, str]:
    x0, y0, x1, y1 = spot.box
    return round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1), spot.color, str(spot.how)


def _encoded(asked: Asked) -> bytes:
    return b"%d %s" % (asked.page, orjson.dumps([[tuple(spot) for spot in asked.spots], asked.whole]))


def page(question: bytes) -> int:
    """Return the page that a question is about."""
    return int(question.partition(b" ")[0])


def asked(question: bytes) -> Asked:
    """Return a question as it was asked."""
    number, _, body = question.partition(b" ")
    spots, whole = orjson.loads(body)
    return Asked(
        int(number), [Spot((*box,), color, How(how), text) for box, color, how, text in spots], whole
    )


def answer(
    page: int, *, unseen: Iterable[Spot] = (), compared: bool = False, lines: Sequence[Line] | None = None
) -> dict[str, Any]:
    """Return the answer about a page: nothing but its number where all is as it was taken to be."""
    told: dict[str, Any] = {"page": page}
    if places := [_place(spot) for spot in unseen]:
        told["unseen"] = places

    if compared:
        told["compared"] = True

    if lines is not None:
        told["lines"] = [tuple(line) for line in lines]

    return told
