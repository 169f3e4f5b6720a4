"""Text made comparable, with the way back: any span of it maps to offsets of the original.

Two wordings that differ only in ligatures and other compatibility characters, accents, case,
white space, soft or line-end hyphens, hyphens inside words, curly quotes or kinds of dashes
normalise to the same text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_DASHES = "-‐‑‒–—―−﹣－"
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_HYPHENS = _DASHES + "\u00ad"
_FEW = 40  # distinct characters
_SAME: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(_DASHES, "-")
    | dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟«»″", '"')
    | dict.fromkeys(_UNSEEN, "")
)

# One class of characters first, so that the search skips over plain text at C speed; a single
# space is plain. What each match becomes is decided in _replacement.
_BLANK = rf"[\s{_UNSEEN}]"
_SPECIAL = rf"\s{_UNSEEN}{re.escape(_DASHES)}"
_RUNS = rf"[{_SPECIAL}](?:{_BLANK}+|(?<! ))"
_RUNS_AND = rf"[{_SPECIAL}%s](?:(?<=[%s])|{_BLANK}+|(?<! ))"


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` is what compares; ``span`` leads back to the original.

    Stretches alternate: copied, replaced, copied ...; ``starts`` are their offsets in
    ``text`` and ``origins`` their offsets in the original, each with an end mark.
    """

    text: str
    starts: list[int] = field(repr=False)
    origins: list[int] = field(repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original of ``text[start:end]``, which must not be empty.

        A character that stands for several, or is one of several made from one, maps to
        the whole of its origin, so the span never cuts a ligature in two.
        """
        first = self._stretch(start)
        last = self._stretch(end - 1)
        begin = self.origins[first] + (0 if _is_replaced(first) else start - self.starts[first])
        stop = self.origins[last + 1] if _is_replaced(last) else self.origins[last] + end - self.starts[last]

        return begin, stop

    def _stretch(self, offset: int) -> int:
        return bisect_right(self.starts, offset, hi=len(self.starts) - 1) - 1


def normalise(text: str) -> Normalised:
    """Return the comparable form of a text; linear in its length, nearly all of it at C speed."""
    single, several = _folds(text)
    pieces: list[str] = []
    starts, origins = [0], [0]
    length = done = 0

    for match in _pattern(several).finditer(text):
        begin, end = match.span()
        replacement = _replacement(text, begin, end=end, several=several)
        pieces += (text[done:begin], replacement)
        copied = length + begin - done
        length = copied + len(replacement)
        starts += (copied, length)
        origins += (begin, end)
        done = end

    pieces.append(text[done:])
    starts.append(length + len(text) - done)
    origins.append(len(text))

    return Normalised(_fold_single("".join(pieces), single), starts, origins)


def fold(text: str) -> str:
    """Return the comparable form of a short text, such as a quote, without the way back."""
    return normalise(text).text


def _folds(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return how characters fold beyond ``casefold``: those that become one, and those that do not."""
    single: dict[str, str] = {}
    several: dict[str, str] = {}

    for character in set(text):
        folded = _fold_character(character)

        if len(folded) != 1:
            several[character] = folded
        elif folded != character.casefold():
            single[character] = folded

    return single, several


def _fold_character(character: str) -> str:
    if character.isspace():
        return " "

    if character in _SAME:
        return _SAME[character]

    if character.isascii():
        return character.lower()

    plain = "".join(
        part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)
    )

    # Composed again, because letters of some scripts (Hangul) fall apart into more than one.
    return unicodedata.normalize("NFKC", plain).casefold()


def _fold_single(text: str, single: Mapping[str, str]) -> str:
    """Fold what keeps its length; a few replacements are far quicker than a table, many are not."""
    if len(single) > _FEW:
        return text.translate({ord(character): folded for character, folded in single.items()}).casefold()

    for character, folded in single.items():
        text = text.replace(character, folded)

    return text.casefold()


def _pattern(several: Mapping[str, str]) -> re.Pattern[str]:
    if not several:
        return re.compile(_RUNS)

    members = re.escape("".join(sorted(several.keys() - set(_UNSEEN))))

    return re.compile(_RUNS_AND.replace("%s", members) if members else _RUNS)


def _replacement(text: str, begin: int, *, end: int, several: Mapping[str, str]) -> str:
    r"""Return what a run of blanks, a dash with the blanks after it, or a wide character becomes.

    Between letters a hyphen goes, with the line end after it: "double-blind", "double-\nblind"
    and "ran-\ndomised" cannot be told apart. Elsewhere it stays: "5-10" is not "510".
    """
    first = text[begin]
    before, after = text[begin - 1 : begin], text[end : end + 1]
    space = " " if any(map(str.isspace, text[begin:end])) else ""

    if first in _HYPHENS and before.isalpha() and after.isalpha():
        return ""

    if first not in _UNSEEN and _SAME.get(first, first) == "-":
        return "-" if before.isalnum() and after.isalnum() else "-" + space

    return several[first] if first in several and first not in _UNSEEN else space


def _is_replaced(stretch: int) -> bool:
    return stretch % 2 == 1
