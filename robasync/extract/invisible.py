"""Characters that nobody sees: they can carry a text inside a text, or tear words apart.

Unicode's tag characters spell ASCII that no font shows; runs of variation selectors hold a byte
each; zero-width characters stand inside words; marks of direction show a line backwards. All are
taken out of every text; where they spell something, that is set apart.
Sources: Unicode Technical Standard 51 (tags), Technical Report 36 (security), Standard Annex 9 (bidi).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from robasync.model import Extract, Segment, SetAside

REASON = "characters that cannot be seen"

LEAST_RUN = 4
"""So many unseen characters in a row are no accident of typesetting; one or two are."""

_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_ZERO_WIDTH = "\u200b-\u200d\u2060-\u2064\ufeff\u180e\u034f\u115f\u1160\u3164\uffa0"
_DIRECTIONS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u206f"
_UNSEEN = re.compile(f"[{_TAGS}{_SELECTORS}{_ZERO_WIDTH}{_DIRECTIONS}]+")
_ASCII = bytes(range(128))
_FLAG = "\U0001f3f4"  # with tags after it, the flag of a part of a country


def without(extract: Extract) -> Extract:
    """Return the extract without characters that cannot be seen; what they spell is set apart."""
    if not _occur(extract.text):
        return extract

    runs = [(match.start(), match.end()) for match in _UNSEEN.finditer(extract.text)]
    gone = _Gone(runs)
    text = _UNSEEN.sub("", extract.text)
    segments = [replace(one, start=gone.moved(one.start)) for one in extract.segments]

    return replace(
        extract,
        text=text,
        segments=tuple(_rising(segments)),
        references=tuple((gone.moved(start), gone.moved(end)) for start, end in extract.references),
        set_aside=(*extract.set_aside, *_spelt(extract, runs)),
    )


def _occur(text: str) -> bool:
    # What is left without the ASCII bytes is short; the whole text would take ten times as long.
    if text.isascii():
        return False

    foreign = text.encode("utf-8", "replace").translate(None, _ASCII).decode()
    return _UNSEEN.search(foreign) is not None


class _Gone:
    """The runs that are taken out, and how far what follows them moves."""

    def __init__(self, runs: list[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in runs]
        self._runs = runs
        self._before = [0]
        for start, end in runs:
            self._before.append(self._before[-1] + end - start)

    def moved(self, offset: int) -> int:
        """Return where the character at ``offset``, or the first that is left after it, comes to stand."""
        index = bisect_right(self._starts, offset)
        if index and offset < self._runs[index - 1][1]:
            return self._runs[index - 1][0] - self._before[index - 1]

        return offset - self._before[index]


def _rising(segments: list[Segment]) -> Iterator[Segment]:
    """Yield the segments without those of which nothing is left; the last of equal starts counts."""
    for number, segment in enumerate(segments, 1):
        if number == len(segments) or segments[number].start > segment.start:
            yield segment


def _spelt(extract: Extract, runs: list[tuple[int, int]]) -> Iterator[SetAside]:
    for start, end in runs:
        words = _words(extract.text[start:end], after=extract.text[start - 1 : start])
        if words:
            yield SetAside(page=extract.page_at(start), reason=REASON, text=words)


def _words(run: str, *, after: str) -> str:
    """Return what a run of unseen characters spells, or how many there are; "" for what is usual."""
    tags = "".join(chr(ord(one) - 0xE0000) for one in run if "\U000e0020" <= one <= "\U000e007e")
    if tags and after != _FLAG:
        return tags

    held = bytes(_byte(one) for one in run if _is_selector(one))
    if len(held) >= LEAST_RUN:
        return held.decode("utf-8", "replace")

    return f"{len(run)} characters without width" if len(run) >= 2 * LEAST_RUN and not tags else ""


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _byte(selector: str) -> int:
    """Return the byte that a variation selector stands for: 0 to 15 by the first 16, then the rest."""
    number = ord(selector)
    return number - 0xFE00 if number <= 0xFE0F else number - 0xE0100 + 16
