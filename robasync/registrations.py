"""The numbers under which a document says that its own trial is registered.

Only what it says of itself: a number in its list of references is another study's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from robasync import registers
from robasync.model import Extract
from robasync.screening import Registration

OPENING = 6_000
"""Characters at the start in which a number is the document's own, unless something else is said of it."""

NEAR = 160
"""Characters before a number, further on, within which a word says that it is the own registration."""

NEAREST = 60
"""Characters before a number within which a word says that it is another trial's."""

_SAYS = re.compile(r"regist(?:ered|ration|ry|er)\b|identifier|eudract", re.IGNORECASE)
_WORDS = (b"regist", b"identifier", b"eudract")
"""What all that says so begins with."""

FARTHEST = NEAR + len("registration")

_OTHERS = re.compile(
    r"\b(?:companion|another|other|previous|parent|ongoing|separate|earlier|sister)\b", re.IGNORECASE
)


def registrations(extract: Extract, name: str) -> list[Registration]:
    """Return the numbers that the document called ``name`` gives as its own, each once."""
    own = {one.number: one.registration for one in registers.found(PurePosixPath(name).stem)}
    for number, one in _stated(extract):
        own.setdefault(number, one)

    return list(own.values())


def _places(folded: bytes) -> Iterator[tuple[int, int]]:
    """Yield the stretches in which a number may be the document's own."""
    low, high = 0, OPENING
    for at in sorted(at for word in _WORDS for at in registers.occurrences(folded, word, OPENING - NEAR)):
        if at > high:
            yield low, high
            low = at

        high = max(high, at + FARTHEST)

    yield low, high


def _stated(extract: Extract) -> Iterator[tuple[str, Registration]]:
    text = extract.text
    folded = registers.folding(text)
    for one in registers.found_in(text, folded, [*_places(folded)]):
        if any(start <= one.start < end for start, end in extract.references):
            continue

        before = text[max(0, one.start - NEAR) : one.start]
        if (one.start < OPENING or _SAYS.search(before)) and not _OTHERS.search(before[-NEAREST:]):
            yield one.number, one.registration
