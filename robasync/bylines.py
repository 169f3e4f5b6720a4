"""Reads the first author's surname from the opening of a paper."""

from __future__ import annotations

import re

_OPENING_CHARACTERS = 3_000
_BYLINE_CHARACTERS = 1_500
_BYLINE_WITHIN = 6  # paragraphs after the title
_FEWEST_TITLE_WORDS = 5
_MOST_NAME_WORDS = 6
_SURELY_READ = 100  # characters of a paragraph that is taken apart whatever it begins with
_NAMES_SHARE = 0.6

_MARKS = re.compile(r"[\d*†‡§¶#|ªº°¹²³⁴-⁹\[\]()]+")
_FIRST = re.compile(r"[^,;|&\d*†‡§¶#(]{3,60}")
_PIECES = re.compile(r"\s*(?:[,;|]|\band\b|&|\bfor the\b|\bon behalf of\b)\s*")
_WORD = re.compile(r"(?:[A-Z]\.-?){1,3}|[^\W\d_][^\W\d_'’.-]*(?:[-'’][^\W\d_]+)*\.?")
_PARTICLE = re.compile(r"(?:van|von|der|den|del?|della|d[iaou]|dos|l[ae]|te[rn]|[ae]l|bin|ibn|zu|dit)")
_DEGREES = re.compile(
    r"(?:\b(?:prof(?:essor)?|dr|mr|mrs|ms|sir)\.? )|[ ,]+(?:m\.?d\.?|ph\.?d\.?|dphil|frcp\w*|frcs|"
    r"facc|fhrs|fesc|faha|m\.?sc|m\.?p\.?h|mrcp|mbbs|mbchb|rn|rm|bsc|ma|msn|dsc|do|pharmd|scd|drph)\b\.?",
    re.IGNORECASE,
)
_NOT_NAMES = re.compile(
    r"\b(?:department|university|hospital|institute|school|college|medicine|medical|clinic\w*|cent(?:er|re)|"
    r"division|research|faculty|trial|study|group|health|sciences?|received|accepted|published|correspondence|"
    r"abstract|background|summary|journal|article|access|open|editor\w*|randomi[sz]ed|effects?|treatment|"
    r"patients|methods?|results?|international|ltd|inc|laboratory|program\w*|foundation|society|national|"
    r"copyright|license|introduction|objectives?|original|investigations?|communications?|letters?)\b",
    re.IGNORECASE,
)
_ET_AL = re.compile(
    r"(?<![^\W\d_])((?:(?:van|von|de|der|del|la|le|di) )*[A-ZÀ-Þ][\w'’-]+)(?: [A-Z]{1,3})?,? et al\b"
)


def first_surname(opening: str) -> str:
    """Return the first author's surname from the byline or a running "Okafor et al.", else ""."""
    paragraphs = opening[:_OPENING_CHARACTERS].split("\n\n")
    titles = (at for at, part in enumerate(paragraphs) if len(part.split()) >= _FEWEST_TITLE_WORDS)
    after = next(titles, 0) + 1

    for paragraph in paragraphs[after : after + _BYLINE_WITHIN]:
        if found := _byline(" ".join(paragraph[:_BYLINE_CHARACTERS].split())):
            return found

    head = _ET_AL.search(opening[:400]) if " et al" in opening[:420] else None

    return head[1] if head else ""


def surname(name: str) -> str:
    """Return the surname in one person's name, else "".

    Reads "Ada B. Okafor", "Okafor AB", "Maria van den Berg" and "ADA OKAFOR".
    """
    words = _DEGREES.sub(" ", f"{name} ").replace("*", " ").split()

    if not 1 <= len(words) <= _MOST_NAME_WORDS or not all(map(_WORD.fullmatch, words)):
        return ""

    return _surname(words)


def _surname(words: list[str]) -> str:
    """Return the surname among the words of a name that has no degrees."""
    if len(words) > 1 and re.fullmatch(r"(?:[A-Z]\.?-?){1,3}", words[-1]) and not _is_initial(words[0]):
        words = [word for word in words if not _is_initial(word)]
        return _cased(" ".join(words)) if words else ""

    first = next(
        (index for index, word in enumerate(words) if index and _PARTICLE.fullmatch(word)), len(words) - 1
    )

    return "" if _is_initial(words[-1]) else _cased(" ".join(words[first:]))


def _byline(paragraph: str) -> str:
    """Return the first surname where most of the paragraph's parts are names."""
    if len(paragraph) > _SURELY_READ and not _begins_with_a_name(paragraph):
        return ""

    parts = [part for part in _PIECES.split(_MARKS.sub(",", _DEGREES.sub(" ", paragraph))) if part]
    surnames = [*map(_named, parts)]

    if sum(map(bool, surnames)) < _NAMES_SHARE * len(parts):
        return ""

    return next(iter(surnames), "")


def _begins_with_a_name(paragraph: str) -> bool:
    """Whether it is worth while to take the whole of a long paragraph apart."""
    first = _FIRST.match(paragraph)

    return first is not None and bool(_named(_PIECES.split(_DEGREES.sub(" ", f"{first[0]} ").strip())[0]))


def _named(part: str) -> str:
    """Return the surname where the part reads like a person's whole name, else ""."""
    words = part.split()

    if (
        2 <= len(words) <= _MOST_NAME_WORDS
        and all(word[0].isupper() or _PARTICLE.fullmatch(word) for word in words)
        and all(map(_WORD.fullmatch, words))
        and _NOT_NAMES.search(part) is None
    ):
        return _surname(words)

    return ""


def _is_initial(word: str) -> bool:
    return re.fullmatch(r"(?:[A-Z]\.?-?){1,3}", word) is not None


def _cased(name: str) -> str:
    return name.title() if name.isupper() else name
