"""The first gate of design: refuses papers that are no reports of a trial, with the passage that shows it.

Precise rather than eager: the article's type and the title speak first, then the tense of
the whole, then the opening. A report that mentions its protocol or a review stays in.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import designs
from .model import Extract
from .screening import Screening

__all__ = ["Screening", "screen"]

TYPE_CHARACTERS = 1_500
TITLE_CHARACTERS = 600
FEWEST_TITLE_WORDS = 4
OPENING_CHARACTERS = 4_000
EARLY_CHARACTERS = 10_000
FEWEST_FUTURE = 15
FUTURE_SHARE = 0.6
"""A plan says "will be" early, at least 15 times, and at least 0.6 times as often as "was" and "were"."""

_SENTENCE_CHARACTERS = 400
_STEM_CHARACTERS = 200
_RANDOMISED_CHARACTERS = 40

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
    opening = _lowered(text[:OPENING_CHARACTERS])

    yield from _typed(text)
    yield from _titled(opening)
    yield from _planned(text)
    yield from _opened(text, opening)


def _lowered(text: str) -> str:
    """Return the text in lower case, every character at its place."""
    lowered = text.lower()

    # One letter, the Turkish dotted capital I, becomes two.
    return lowered if len(lowered) == len(text) else text.replace("\u0130", "I").lower()


def _typed(text: str) -> Iterator[Passage]:
    for start, _ in _paragraphs(text, TYPE_CHARACTERS):
        match = designs.TYPE.match(text, start, TYPE_CHARACTERS)

        if match is not None and match.lastgroup is not None:
            yield match.lastgroup, *match.span(match.lastgroup)


def _titled(opening: str) -> Iterator[Passage]:
    """Search the title. A "cohort study" there is no refusal where it also says randomised."""
    start, end = _title(opening)
    title = opening[start:end]

    if not any(stem in title for stem in designs.TITLE_STEMS):
        return

    for match in designs.TITLE.finditer(title):
        if match.lastgroup and not (match.lastgroup == "cohort" and designs.SAYS_TRIAL.search(title)):
            yield match.lastgroup, start, end


def _planned(text: str) -> Iterator[Passage]:
    """Weigh what will be done against what was done."""
    if text.find(" will be ", 0, EARLY_CHARACTERS) < 0:
        return

    future = text.count(" will be ")

    if future < FEWEST_FUTURE or future < FUTURE_SHARE * (text.count(" were ") + text.count(" was ")):
        return

    match = designs.PLANS.search(text)

    if match is not None:
        yield "protocol", *_sentence(text, match.start(), match.end())


def _opened(text: str, opening: str) -> Iterator[Passage]:
    """Search the opening, unless it reports that people were randomised."""
    # In this order: most papers say so, and looking for every stem takes ten times as long.
    if _is_randomised(opening) or not any(stem in opening for stem in designs.OPENING_STEMS):
        return

    found = [
        match for start, end in _suspicious(opening) if (match := designs.OPENING.search(opening, start, end))
    ]
    match = min(found, key=lambda match: match.start(), default=None)

    if match is not None and match.lastgroup is not None:
        yield match.lastgroup, *_sentence(text, match.start(), match.end())


def _is_randomised(opening: str) -> bool:
    at = opening.find("random")

    while at >= 0:
        if designs.RANDOMISED.search(
            opening, max(0, at - _RANDOMISED_CHARACTERS), at + _RANDOMISED_CHARACTERS
        ):
            return True

        at = opening.find("random", at + 1)

    return False


def _suspicious(opening: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches around the stems, each stem's not overlapping."""
    for stem in designs.OPENING_STEMS:
        at = opening.find(stem)

        while at >= 0:
            yield max(0, at - _STEM_CHARACTERS), at + _STEM_CHARACTERS
            at = opening.find(stem, at + _STEM_CHARACTERS)


def _paragraphs(text: str, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the paragraphs that begin before ``end`` stand, cut off there."""
    end = min(end, len(text))
    start = 0

    while start < end:
        stop = text.find("\n\n", start, end)
        stop = end if stop < 0 else stop

        if stop > start:
            yield start, stop

        start = stop + 2


def _title(opening: str) -> tuple[int, int]:
    """Return where the title stands: the first paragraph that reads like one."""
    first = (0, min(TITLE_CHARACTERS, len(opening)))

    for start, end in _paragraphs(opening, TITLE_CHARACTERS):
        paragraph = opening[start:end]

        if start and designs.ENDS_TITLE.match(paragraph):
            return first[0], start

        if paragraph.count(" ") + 1 >= FEWEST_TITLE_WORDS and not _is_furniture(paragraph):
            return start, end

    return first


def _is_furniture(paragraph: str) -> bool:
    return any(stem in paragraph for stem in designs.FURNITURE_STEMS) and bool(
        designs.FURNITURE.search(paragraph)
    )


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentence around a match, at most 400 characters to either side."""
    furthest = max(0, start - _SENTENCE_CHARACTERS)
    first = max(text.rfind(". ", furthest, start) + 2, text.rfind("\n", furthest, start) + 1, furthest)
    stops = (text.find(stop, end, end + _SENTENCE_CHARACTERS) for stop in (". ", ".\n"))
    last = min((stop + 1 for stop in stops if stop >= 0), default=min(end + 100, len(text)))

    return first, last
