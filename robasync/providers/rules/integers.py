"""Reads whole numbers as papers write them: "1,066", "56", "Fifty-six", "one hundred and three"."""

from __future__ import annotations

import re

_ONES = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES: dict[str, int] = {word: value for value, word in enumerate(_ONES, start=1)}
_VALUES |= zip(_TENS, range(20, 100, 10), strict=True)
_HUNDRED = 100
_YEARS = range(1900, 2101)

_WORDS = "|".join((*_TENS, *sorted(_ONES, key=len, reverse=True), "hundred(?: and)?"))

PATTERN = rf"\d{{1,3}}(?:[, ]\d{{3}})+|\d{{2,6}}|(?:(?:{_WORDS})(?:[ -](?=\w)|\b)){{1,5}}(?<! )"
"""Matches one number in a folded sentence; no group of its own."""


def read(words: str) -> int:
    """Return the number below one million that is written, or 0 where it may be a year or nothing."""
    digits = words.replace(",", "").replace(" ", "")

    if digits.isdecimal():
        return 0 if int(digits) in _YEARS and digits == words else int(digits)

    total = 0

    for word in re.findall(r"[a-z]+", words):
        total = max(total, 1) * _HUNDRED if word == "hundred" else total + _VALUES.get(word, 0)

    return total
