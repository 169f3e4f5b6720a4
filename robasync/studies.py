"""Names studies: "Okafor, 2012" from text, metadata or file name, and suffixes that keep labels apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, product
from operator import itemgetter
from pathlib import PurePosixPath
from string import ascii_lowercase

from . import bylines
from .model import Extract

_EARLIEST_YEAR = 1900
_FRONT_CHARACTERS = 5_000
_BACK_CHARACTERS = 2_000
_CITATION_CHARACTERS = 800

_DATED_RANK = 3

_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_CENTURIES = ("19", "20")
_ANY_YEAR = re.compile(r"\d{4}(?!\d)")
_CONTEXT_CHARACTERS = 40
_PUBLISHED = re.compile(r"(?:published(?! in\b)|©|\(c\)|copyright)[^.;]*$")
_CITED_AFTER = re.compile(r"[,;] ?\d{1,4} ?(?:\(\d{1,4}\) ?)?: ?\w?\d|\) ?\d{1,4} ?[:(]")
_DOI_BEFORE = re.compile(r"\b10\.\d{4,5}/\S*$")
_DATED = re.compile(r"\b(?:accepted|received|revised)\b[^;]*$")
_WHEN_STEMS = ("publish", "\u00a9", "(c)", "copyright", "accepted", "received", "revised")
_SPRINGER = re.compile(r"\b10\.1186/s\d{5}-0(\d\d)-")
_FILE = re.compile(rf"(?P<surname>[^\W\d_][^\W\d_'’]+)(?:[-_ ,.&]+[^\W\d_]+){{0,3}}?[-_ ,.(]+{_YEAR}")
_FILE_YEAR_FIRST = re.compile(rf"{_YEAR}[-_ ,.]+(?P<surname>[^\W\d_][^\W\d_'’]+)")
_NO_SURNAME = re.compile(
    r"rct|trials?|study|studies|paper|article|report|doc(?:ument)?|file|scan|pmc|pmid|doi|final|draft|copy|"
    r"supplement(?:ary)?|appendix|protocol|results|main|full(?:text)?|text|manuscript|version|page|pdf|www|https?|"
    r"download|journal|lancet|bmj|jama|nejm|the|an",
    re.IGNORECASE,
)


def label(extract: Extract, name: str) -> str:
    """Return "Surname, YYYY" as far as the paper, its metadata or its file's name tell, else the file's stem.

    A year after the next one is a misprint and is never used. Labels are not yet unique.
    """
    stem = PurePosixPath(name).stem
    from_name = _named(stem)
    front = extract.text[:_FRONT_CHARACTERS]
    surname = bylines.first_surname(front) or bylines.surname(extract.author.split(",")[0]) or from_name[0]
    published, dated = _years(front, extract.text[-_BACK_CHARACTERS:])
    year = published or _plausible(extract.year) or from_name[1] or dated

    if not surname:
        return stem

    return f"{surname}, {year}" if year else surname


def unique(labels: Sequence[str]) -> list[str]:
    """Return the labels, equal ones told apart by a, b ... z, aa ... in their order.

    A suffix that would make another study's label is passed over; the result depends on
    nothing but the labels and their order.
    """
    counted = Counter(labels)
    taken = set(labels)
    suffixes = {label: _suffixed(label) for label, times in counted.items() if times > 1}
    named = []

    for label in labels:
        if label in suffixes:
            label = next(candidate for candidate in suffixes[label] if candidate not in taken)  # noqa: PLW2901
            taken.add(label)

        named.append(label)

    return named


def _suffixed(label: str) -> Iterator[str]:
    space = "" if label[-1:].isdigit() else " "

    for length in count(1):
        for letters in product(ascii_lowercase, repeat=length):
            yield f"{label}{space}{''.join(letters)}"


def _years(front: str, back: str) -> tuple[str, str]:
    """Return the year of publication and that of receipt or acceptance; "" where there is none."""
    ranked = sorted(_ranked(front), key=itemgetter(0))

    if not ranked or ranked[0][0]:
        ranked = sorted([*ranked, *_ranked(back, cited=0)], key=itemgetter(0))

    published = next((year for rank, year in ranked if rank < _DATED_RANK), "")
    dated = next((year for rank, year in ranked if rank == _DATED_RANK), "")

    cited = front[:_CITATION_CHARACTERS]

    if not published and "10.1186/s" in cited and (short := _SPRINGER.search(cited)):
        published = _plausible(f"20{short[1]}")

    return published, dated


def _ranked(text: str, *, cited: int = _CITATION_CHARACTERS) -> Iterator[tuple[int, str]]:
    """Yield each year that stands where papers give their own, with its rank from 0.

    Only the first ``cited`` characters may cite the paper itself: further on stand references.
    """
    for match in _years_in(text):
        before = text[max(0, match.start() - _CONTEXT_CHARACTERS) : match.start()].lower()
        rank = _rank(before, text[match.end() : match.end() + 16], may_cite=match.start() < cited)

        if rank is not None and _plausible(match[0]):
            yield rank, match[0]


def _years_in(text: str) -> list[re.Match[str]]:
    """Return what reads like a year, in order; looking for the century first is five times as fast."""
    found = (_ANY_YEAR.match(text, at) for century in _CENTURIES for at in _places(text, century))

    return sorted(filter(None, found), key=re.Match.start)


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)

    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _rank(before: str, after: str, *, may_cite: bool) -> int | None:
    if before[-1:].isdigit():
        return None

    says_when = _says_when(before)

    if says_when and _PUBLISHED.search(before):
        return 0

    if may_cite and _CITED_AFTER.match(after):
        return 1

    if may_cite and "10." in before and _DOI_BEFORE.search(before):
        return 2

    return _DATED_RANK if says_when and _DATED.search(before) else None


def _says_when(lowered: str) -> bool:
    """Whether a word stands in it without which neither publication nor receipt is dated."""
    return any(stem in lowered for stem in _WHEN_STEMS)


def _plausible(year: str) -> str:
    if year.isascii() and year.isdigit() and _EARLIEST_YEAR <= int(year) <= datetime.now(UTC).year + 1:
        return year

    return ""


def _named(stem: str) -> tuple[str, str]:
    """Return surname and year as a file's name gives them, or two empty strings."""
    match = _FILE.match(stem) or _FILE_YEAR_FIRST.match(stem)

    if match is None or _NO_SURNAME.fullmatch(match["surname"]) or not _plausible(match["year"]):
        return "", ""

    surname = match["surname"]

    return surname if surname[0].isupper() and not surname.isupper() else surname.capitalize(), match["year"]
