"""The first gate of design: refuses papers that are no reports of a trial, with the passage that shows it.

Precise rather than eager: the article's type and the title speak first, then the tense of
the whole, then the opening. A report that mentions its protocol or a review stays in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import designs
from .model import Extract, Screening

__all__ = ["Screening", "screen"]

TYPE_CHARACTERS = 1_500
TITLE_CHARACTERS = 600
FEWEST_TITLE_WORDS = 4
OPENING_CHARACTERS = 4_000
FEWEST_FUTURE = 15
FUTURE_SHARE = 0.6
"""A plan says "will be" at least 15 times, and at least 0.6 times as often as "was" and "were"."""

_SENTENCE_CHARACTERS = 400
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\n)[^\n]+)*")

Passage = tuple[str, int, int]


def screen(extract: Extract) -> Screening | None:
    """Return why the paper is refused, or None where it may report a randomised trial."""
    found = next(_evidence(extract.text), None)

    if found is None:
        return None

    kind, start, end = found

    return Screening(kind=kind, message=f"This is {designs.NAMES[kind]}.", start=start, end=end)


def _evidence(text: str) -> Iterator[Passage]:
    """Yield kind and passage, strongest evidence first."""
    yield from _typed(text)
    yield from _titled(text)
    yield from _planned(text)
    yield from _opened(text)


def _typed(text: str) -> Iterator[Passage]:
    match = designs.TYPE.search(text, 0, TYPE_CHARACTERS)

    if match is not None and match.lastgroup is not None:
        yield match.lastgroup, *match.span(match.lastgroup)


def _titled(text: str) -> Iterator[Passage]:
    """Search the title. A "cohort study" there is no refusal where it also says randomised."""
    start, end = _title(text)
    title = text[start:end]

    for match in designs.TITLE.finditer(title):
        if match.lastgroup and not (match.lastgroup == "cohort" and designs.SAYS_TRIAL.search(title)):
            yield match.lastgroup, start, end


def _planned(text: str) -> Iterator[Passage]:
    """Weigh what will be done against what was done."""
    future = text.count(" will be ")

    if future < FEWEST_FUTURE or future < FUTURE_SHARE * (text.count(" were ") + text.count(" was ")):
        return

    match = designs.PLANS.search(text)

    if match is not None:
        yield "protocol", *_sentence(text, match.start(), match.end())


def _opened(text: str) -> Iterator[Passage]:
    """Search the opening, unless it reports that people were randomised."""
    opening = text[:OPENING_CHARACTERS].lower()

    if not any(stem in opening for stem in designs.SUSPICIOUS):
        return

    match = designs.OPENING.search(text, 0, OPENING_CHARACTERS)

    if match is None or match.lastgroup is None or designs.RANDOMISED.search(text, 0, OPENING_CHARACTERS):
        return

    yield match.lastgroup, *_sentence(text, match.start(), match.end())


def _title(text: str) -> tuple[int, int]:
    """Return where the title stands: the first paragraph that reads like one."""
    heading = designs.ENDS_TITLE.search(text, 1, TITLE_CHARACTERS)
    end = heading.start() if heading else min(TITLE_CHARACTERS, len(text))

    for paragraph in _PARAGRAPH.finditer(text, 0, end):
        if len(paragraph[0].split()) >= FEWEST_TITLE_WORDS and not designs.FURNITURE.search(paragraph[0]):
            return paragraph.span()

    return 0, end


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentence around a match, at most 400 characters to either side."""
    furthest = max(0, start - _SENTENCE_CHARACTERS)
    first = max(text.rfind(". ", furthest, start) + 2, text.rfind("\n", furthest, start) + 1, furthest)
    stops = (text.find(stop, end, end + _SENTENCE_CHARACTERS) for stop in (". ", ".\n"))
    last = min((stop + 1 for stop in stops if stop >= 0), default=min(end + 100, len(text)))

    return first, last
