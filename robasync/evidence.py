"""Finds the quotes of an answer in the document: exact, normalised, nearly, or not at all.

A quote is believed only as one stretch of the document. What turns its meaning round does
not pass as nearly the same: other numbers, a negation more or less, words exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from . import nearly
from .model import Answer, Evidence, Extract, Verification
from .text import Normalised, fold, normalise

#: A quote of fewer words says too little to be evidence.
FEWEST_WORDS = 4

_MOST_TRIES = 100
_WORD = re.compile(r"\w\S*")
_ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:\.{3,}|…)\s*\]|\(\s*(?:\.{3,}|…)\s*\)|\.{3,}|…)\s*")
_EDGES = " \"'.,;:"
_NEGATION_BEFORE = re.compile(
    r"(?:\b(?:no|not|never|nor|neither|without|cannot)\s+|\b(?:non|un)[-‐‑–])$", re.IGNORECASE
)


class Finder:
    """Looks quotes up in one extract, and tells those that only its references hold."""

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._known: dict[str, tuple[Evidence, ...]] = {}

    def support(self, answer: Answer) -> tuple[Evidence, ...]:
        """Return what became of all quotes of an answer, those of its numbers last."""
        quotes = (*answer.quotes, *(count.quote for _, count in answer.counts))

        return tuple(entry for quote in dict.fromkeys(quotes) if quote for entry in self.find_all(quote))

    def find_all(self, quote: str) -> tuple[Evidence, ...]:
        """Return where a quote stands; one with ellipses in several places, of which none may be missing.

        If one of the parts is missing, the whole quote is not found.
        """
        if quote not in self._known:
            self._known[quote] = self._find_all(quote)

        return self._known[quote]

    def find(self, quote: str) -> Evidence:
        """Return where a quote stands as one stretch, or the quote as not found (score 0).

        What stands in the list of references alone is another study's, and is said so.
        """
        quote = quote.strip()

        if not _has_words(quote):
            return _not_found(quote)

        if (place := self._body.find(quote)) is not None:
            return self._evidence(place)

        if not self._extract.references or (place := self._whole.find(quote)) is None:
            return _not_found(quote)

        return self._evidence(place._replace(how=Verification.REFERENCES))

    def _find_all(self, quote: str) -> tuple[Evidence, ...]:
        if "..." not in quote and "…" not in quote:
            return (self.find(quote),)

        parts = [part for part in _ELLIPSIS.split(quote) if part]

        if len(parts) <= 1:
            return (self.find(parts[0] if parts else quote),)

        # The document itself may hold the points.
        if (whole := self._body.exact(quote.strip())) is not None:
            return (self._evidence(whole),)

        found = tuple(self.find(part) for part in parts)

        return found if all(entry.found for entry in found) else (_not_found(quote),)

    @cached_property
    def _body(self) -> _Text:
        return _Text(_without(self._extract.text, self._extract.references))

    @cached_property
    def _whole(self) -> _Text:
        return _Text(self._extract.text)

    def _evidence(self, place: _Place) -> Evidence:
        page = self._extract.page_at(place.start)

        return Evidence(
            quote=self._extract.text[place.start : place.end],
            verification=place.how,
            page=page,
            start=place.start,
            end=place.end,
            score=place.score,
            recognised=page in self._extract.recognised,
            place=self._extract.place(page),
        )


class _Place(NamedTuple):
    """Where a quote stands in the extract, and how alike it is there."""

    start: int
    end: int
    how: Verification
    score: float = 1.0


class _Text:
    """A text to find quotes in. Normalising is done when the first quote needs it, once."""

    def __init__(self, text: str) -> None:
        self._text = text

    def find(self, quote: str) -> _Place | None:
        """Return where the quote stands: exactly, normalised, or nearly."""
        return self.exact(quote) or self._normalised(quote) or self._fuzzy(quote)

    def exact(self, quote: str) -> _Place | None:
        """Return where the quote stands word for word."""
        start = _place(self._text, quote)

        return None if start is None else _Place(start, start + len(quote), Verification.EXACT)

    def _normalised(self, quote: str) -> _Place | None:
        wanted = fold(quote).strip(_EDGES)
        start = _place(self._comparable.text, wanted)

        if start is None:
            return None

        return _Place(*self._comparable.span(start, start + len(wanted)), Verification.NORMALISED)

    def _fuzzy(self, quote: str) -> _Place | None:
        window = nearly.window(fold(quote).strip(_EDGES), self._comparable.text)

        if window is None or _negated(self._comparable.text, window.start):
            return None

        return _Place(*self._comparable.span(window.start, window.end), Verification.FUZZY, window.score)

    @cached_property
    def _comparable(self) -> Normalised:
        return normalise(self._text)


def span(extract: Extract, start: int, end: int) -> Evidence:
    """Return a stretch of the extract that the program itself chose as evidence."""
    page = extract.page_at(start)

    return Evidence(
        quote=extract.text[start:end],
        verification=Verification.EXACT,
        page=page,
        start=start,
        end=end,
        score=1.0,
        recognised=page in extract.recognised,
        place=extract.place(page),
    )


def _without(text: str, stretches: Sequence[tuple[int, int]]) -> str:
    """Return ``text``, as long as it was, with these stretches blank."""
    for start, end in stretches:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"

    return text


def _not_found(quote: str) -> Evidence:
    return Evidence(quote=quote, verification=Verification.NOT_FOUND)


def _has_words(quote: str) -> bool:
    return sum(1 for _ in islice(_WORD.finditer(quote), FEWEST_WORDS)) == FEWEST_WORDS


def _place(text: str, wanted: str) -> int | None:
    """Return the first offset at which ``wanted`` stands whole, without the word that negates it."""
    if not wanted:
        return None

    start = text.find(wanted)

    for _ in range(_MOST_TRIES):
        if start < 0:
            return None

        if _is_whole(text, start, end=start + len(wanted)) and not _negated(text, start):
            return start

        start = text.find(wanted, start + 1)

    return None


def _is_whole(text: str, start: int, *, end: int) -> bool:
    """Return whether no word is cut at either edge: "blinded" is not in "unblinded"."""
    before, after = text[start - 1 : start], text[end : end + 1]

    return not (before.isalnum() and text[start].isalnum()) and not (
        after.isalnum() and text[end - 1].isalnum()
    )


def _negated(text: str, start: int) -> bool:
    return _NEGATION_BEFORE.search(text, max(start - 12, 0), start) is not None
