"""Whether a scan's own text is what its image shows: compared with what text recognition reads there.

Two programs that read one image differ in letters, in small words and in what is no text; not in
several words on end. Words in another script than recognition reads are not compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import groupby
from typing import NamedTuple

from .asking import Spot
from .lines import Line

LEAST_SHARE = 0.5
"""Part of the letters of a page's own text that are read at their place where the text is the page's."""

STRETCH, FEWEST = 6, 5
"""Of so many words on end, so many that are not read at their place are no misreading."""

CLOSE_TO = 2.0
"""Heights of a line by which programs that read scans misplace what they read."""

ALONE = 3
"""So many words, all that a stretch of text has, are no misreading if none of them is read."""

ALIKE = 0.7
"""Two words this much alike (see ``difflib``) are one, read differently."""

_WORD = re.compile(r"[a-z]{4,}")  # shorter ones stand everywhere
_LETTER = re.compile(r"[^\W\d_]")


class _Word(NamedTuple):
    """A word of a page's own text: the number of its spot, its letters, whether it is read there."""

    spot: int
    letters: int
    is_read: bool


def unread(spots: Sequence[Spot], lines: Sequence[Line]) -> list[Spot]:
    """Return the spots whose words are not among the ``lines`` that were recognised near them.

    All of them where the text as a whole is another one. Spots are in the order of the text, in the
    same points as the lines.
    """
    if not _is_latin("".join(spot.text for spot in spots)):
        return []

    words = [*_words(spots, lines)]
    total = sum(word.letters for word in words)
    read = sum(word.letters for word in words if word.is_read)
    if read < LEAST_SHARE * total:
        return [*spots]

    return [spots[number] for number in sorted({*_foreign(words), *_alone(words)})]


def _is_latin(text: str) -> bool:
    letters = _LETTER.findall(_plain(text))
    return 2 * sum(map(str.isascii, letters)) > len(letters)


def _words(spots: Sequence[Spot], lines: Sequence[Line]) -> Iterator[_Word]:
    known = [(line.box[1], line.box[3], _WORD.findall(_plain(line.text))) for line in lines]
    for number, spot in enumerate(spots):
        _, top, _, bottom = spot.box
        reach = CLOSE_TO * (bottom - top)
        near = [
            word
            for low, high, found in known
            if low - reach <= bottom and high + reach >= top
            for word in found
        ]
        for word in _WORD.findall(_plain(spot.text)):
            is_read = word in near or bool(get_close_matches(word, near, n=1, cutoff=ALIKE))
            yield _Word(number, len(word), is_read)


def _foreign(words: Sequence[_Word]) -> Iterator[int]:
    """Yield the spots of words that are not read, nor most of those around them."""
    for start in range(len(words) - FEWEST + 1):
        gone = [word.spot for word in words[start : start + STRETCH] if not word.is_read]
        if len(gone) >= FEWEST:
            yield from gone


def _alone(words: Sequence[_Word]) -> Iterator[int]:
    """Yield the spots of which all words, several, are not read."""
    for number, own in groupby(words, key=lambda word: word.spot):
        are_read = [word.is_read for word in own]
        if len(are_read) >= ALONE and not any(are_read):
            yield number


def _plain(text: str) -> str:
    """Return a text in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))
