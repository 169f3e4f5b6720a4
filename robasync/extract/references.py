"""Where a text lists other people's work: what stands only there is no evidence about this study."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from .headings import CAPTION

FEWEST = 3
"""So many entries make a list; fewer after such a heading are something else."""

SHORT = 500
"""Characters from which on a paragraph must begin with an author's name, and name a year this often."""

BREAK = 4
"""So many other paragraphs in a row end the list, until an entry goes on with its numbers."""

FAR = 300
"""So many other paragraphs after an entry, and nothing further belongs to the list."""

MOST = 50
"""Headings that are looked at; no report has so many."""

SKIPPED = 12
"""Numbers that may be missing where the list goes on: entries that a paragraph above swallowed."""

_MAYBE = re.compile(r"\n\n[#\d. ]*(?:[Rr][Ee\xe9\xc9][Ff]|[Bb][Ii][Bb]|[Ll][Ii][Tt]|[Ww][Oo][Rr][Kk])")
"""Told at once: a text without such a paragraph has no list."""

_HEADING = re.compile(
    r"(?:#+ *)?(?:\d+\.? +)?(?:references?(?: list| cited| and notes)?|bibliography|literature(?: cited)?"
    r"|works cited|literatur(?:verzeichnis)?|r\xe9f\xe9rences"
    r"|referencias(?: bibliogr\xe1ficas)?|bibliograf\xeda)\s*:?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[\[(]?(\d{1,3})[\])]?[.:]?\s+(?=\S)")
_YEAR = re.compile(r"\b(?:19|20)\d\d[a-z]?\b")
_AUTHOR = re.compile(
    r"[^\W\d_][\w'\u2019\u2010-]+(?: [^\W\d_][\w'\u2019\u2010-]+){0,2},? (?:[A-Z]\.?[ -]?){1,4}"
    r"(?:[,.;:&(]|$|\band\b)"
)
_SOURCE = re.compile(
    r"\d+(?: ?\([^)]{1,12}\))? ?[:,] ?[A-Za-z]?\d|;\s?\d+|\bet al\b|\bdoi\b|https?:|\bAccessed\b|\bCrossRef\b"
    r"|\b(?:Press|Publish\w+|Springer|Elsevier|Wiley|University|Organi[sz]ation)\b",
    re.IGNORECASE,
)


class _Paragraph(NamedTuple):
    start: int
    text: str

    @property
    def end(self) -> int:
        """Where the paragraph ends in the whole text."""
        return self.start + len(self.text)


def stretches(text: str) -> tuple[tuple[int, int], ...]:
    """Return the stretches (start, end) of ``text`` that list references, in order.

    ``text`` has its paragraphs parted by empty lines. A list begins below its heading;
    what a page put between its entries (a caption, a running text) is no part of it.
    """
    if _MAYBE.search(text) is None:
        return ()

    paragraphs = [*_paragraphs(text)]
    found: list[tuple[int, int]] = []
    headings = (index for index, paragraph in enumerate(paragraphs) if _is_heading(paragraph.text))
    for index in islice(headings, MOST):
        if not found or paragraphs[index].start >= found[-1][1]:
            found += _below(paragraphs, index)

    return tuple(found)


def _below(paragraphs: Sequence[_Paragraph], index: int) -> list[tuple[int, int]]:
    """Return the stretches of the list below the heading at ``index``, none where there is no list."""
    heading = paragraphs[index]
    entries: list[tuple[int, int]] = [(heading.start, heading.end)]
    others: list[_Paragraph] = []
    last = count = 0
    for paragraph in islice(paragraphs, index + 1, None):
        number = _number(paragraph.text)
        goes_on = last < number <= last + SKIPPED
        is_next = 0 < last == number - 1 and len(paragraph.text) < SHORT
        if not (is_next or _is_entry(paragraph.text)) or (len(others) >= BREAK and not goes_on):
            others.append(paragraph)
            if len(others) == FAR:
                break

            continue

        between = others if len(others) < BREAK else ()
        entries += [(one.start, one.end) for one in (*filter(_may_belong, between), paragraph)]
        others, last, count = [], max(last, number) if goes_on else last, count + 1

    return [*_joined(entries)] if count >= FEWEST else []


def _joined(entries: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the stretches with those that only an empty line parts as one."""
    first, last = entries[0]
    for start, end in entries[1:]:
        if start - last > 2:
            yield first, last
            first = start

        last = end

    yield first, last


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    start = 0
    for part in text.split("\n\n"):
        yield _Paragraph(start, part)
        start += len(part) + 2


def _is_heading(text: str) -> bool:
    """Whether a paragraph is the heading of a list, alone or with the first entry after it."""
    heading = _HEADING.match(text)
    return heading is not None and (
        heading.end() == len(text) or _number(text[heading.end() :].lstrip()) == 1
    )


def _number(text: str) -> int:
    found = _NUMBER.match(text)
    return int(found[1]) if found else 0


def _is_entry(text: str) -> bool:
    """Whether a paragraph looks like an entry, a part of one, or several that run together."""
    if CAPTION.match(text):
        return False

    number = _NUMBER.match(text)
    is_named = _AUTHOR.match(text, number.end() if number else 0) is not None
    is_sourced = _SOURCE.search(text) is not None
    years = len(_YEAR.findall(text))
    if len(text) > SHORT:
        return is_named and years * SHORT > len(text)

    return (years > 0 and is_sourced) or (is_named and (is_sourced or number is not None))


def _may_belong(paragraph: _Paragraph) -> bool:
    """Whether what stands between two entries may be the rest of one."""
    return len(paragraph.text) < SHORT and not CAPTION.match(paragraph.text)
