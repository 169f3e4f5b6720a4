"""Whether a quote shows a number: in digits, in English words, or as the sum of its groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

_MOST_NUMBERS = 12  # numbers of one quote that are tried as groups
_MOST_GROUPS = 4

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {
    **{word: value for value, word in enumerate(f"{_UNITS} seventeen eighteen nineteen".split())},
    **{word: value * 10 for value, word in enumerate(_TENS.split(), start=2)},
}
_SCALES = {"hundred": 100, "thousand": 1000}
_DECIMAL = re.compile(r"\d+[.,·]\d{1,2}(?!\d)")
_DIGITS = re.compile(r"\d{1,3}(?:[., '’\u00a0\u2009\u202f]\d{3})+(?!\d)|\d+")
_SPELLED = re.compile(
    rf"\b(?:{'|'.join([*_VALUES, *_SCALES])})(?:[\s-]+(?:and\s+)?(?:{'|'.join([*_VALUES, *_SCALES])}))*\b",
    re.IGNORECASE,
)


def shows(quote: str, value: int | None) -> bool:
    """Return whether ``value`` stands in the quote, or is the sum of up to four numbers that do.

    Reports often give the numbers by group ("58 and 53 were analysed"), so their sum counts.
    """
    if value is None:
        return False

    numbers = tuple(_numbers(quote))

    if value in numbers:
        return True

    groups = numbers[:_MOST_NUMBERS]

    return any(
        value == sum(some) for size in range(2, _MOST_GROUPS + 1) for some in combinations(groups, size)
    )


def _numbers(quote: str) -> Iterator[int]:
    for match in _DIGITS.finditer(_DECIMAL.sub(" ", quote)):
        parts = re.findall(r"\d+", match[0])
        yield from (int(number) for number in dict.fromkeys(["".join(parts), *parts]) if len(number) < 19)

    for match in _SPELLED.finditer(quote):
        yield _spelled(match[0])


def _spelled(words: str) -> int:
    total = current = 0

    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "thousand":
            total, current = total + (current or 1) * _SCALES[word], 0
        elif word == "hundred":
            current = (current or 1) * _SCALES[word]
        else:
            current += _VALUES.get(word, 0)

    return total + current
