"""Nearly the same wording: one window of the text that differs from a quote in spelling only.

All texts here are normalised (``text.normalise``).
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass

#: The least similarity, 0 to 1, at which a window passes for the quote.
LEAST_SCORE = 0.9

_LEAST_WORD_SCORE = 0.8
_LONGEST_QUOTE = 600  # characters; the cost grows with it, and no evidence is that long
_MOST_TRIES = 4
_LITTLE_WORD = 3  # letters
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,·]\d+)*")
_SPELLED = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundred|thousand|half|third|quarter"
)
_NEGATION = re.compile(r"\b(?:no|not|nor|none|never|neither|without|cannot|except|lack\w*|fail\w*)\b|n't\b")
_DECISIVE = re.compile(rf"{_SPELLED}|(un|non|in|im|ir|il|dis|mis)\w{{3,}}")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the text and how alike it is, 0 to 1."""

    start: int
    end: int
    score: float


def window(quote: str, text: str) -> Window | None:
    """Return the window that is nearly the quote, or None.

    Where the best window says something else, the text before and after it is tried.
    """
    if not quote or len(quote) > _LONGEST_QUOTE:
        return None

    ranges = deque([(0, len(text))])

    for _ in range(_MOST_TRIES):
        if not ranges:
            return None

        start, end = ranges.popleft()
        best = _best(quote, text, start=start, end=end)

        if best is None:
            continue

        if says_the_same(quote, text[best.start : best.end]):
            return best

        ranges += [(start, best.start), (best.end, end)]

    return None


def says_the_same(quote: str, found: str) -> bool:
    """Return whether two similar wordings agree in numbers, negations and words but for spelling."""
    return (
        _NUMBER.findall(quote) == _NUMBER.findall(found)
        and Counter(_NEGATION.findall(quote)) == Counter(_NEGATION.findall(found))
        and all(
            _alike(claimed, actual)
            for claimed, actual in _differences(_WORD.findall(quote), _WORD.findall(found))
        )
    )


def _best(quote: str, text: str, *, start: int, end: int) -> Window | None:
    from rapidfuzz import fuzz

    if end - start < len(quote) * LEAST_SCORE:
        return None

    aligned = fuzz.partial_ratio_alignment(quote, text[start:end], score_cutoff=LEAST_SCORE * 100)

    if aligned is None:
        return None

    left, right = _whole_words(text, start + aligned.dest_start, end=start + aligned.dest_end)
    score = fuzz.ratio(quote, text[left:right]) / 100

    # At 0.9 a window is at most 1.23 times as long as the quote: nothing is stitched together.
    if score < LEAST_SCORE:
        return None

    return Window(left, right, score)


def _whole_words(text: str, start: int, *, end: int) -> tuple[int, int]:
    """Widen a span so that it cuts no word, and drop the blanks at its edges."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1

    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1

    while start < end and text[start].isspace():
        start += 1

    while start < end and text[end - 1].isspace():
        end -= 1

    return start, end


def _alike(claimed: list[str], actual: list[str]) -> bool:
    """Return whether differing words are spellings of the same, or little words added or left out."""
    from rapidfuzz import fuzz

    if "".join(claimed) == "".join(actual):
        return True

    if _decisive(claimed) != _decisive(actual):
        return False

    if claimed and actual:
        return fuzz.ratio("".join(claimed), "".join(actual)) >= _LEAST_WORD_SCORE * 100

    return all(len(word) <= _LITTLE_WORD for word in claimed + actual)


def _decisive(words: list[str]) -> list[str]:
    """Return the spelled numbers, and the beginnings of words that begin like a negation ("unblinded")."""
    return [match[1] or match[0] for word in words if (match := _DECISIVE.fullmatch(word))]


def _differences(quote: list[str], found: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the runs of words in which two wordings differ."""
    from rapidfuzz.distance import Indel

    quote_done = found_done = 0

    for block in Indel.editops(quote, found).as_matching_blocks():
        if block.a > quote_done or block.b > found_done:
            yield quote[quote_done : block.a], found[found_done : block.b]

        quote_done, found_done = block.a + block.size, block.b + block.size
