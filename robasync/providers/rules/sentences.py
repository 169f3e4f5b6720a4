"""Splits a document into sentences that keep their offsets, so that a quote is verbatim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FEWEST_WORDS = 4
LONGEST_CHARACTERS = 900

_END = re.compile(r"\n[ \t]*\n\s*|[.!?](?=[\"'”’)\]]{0,2}(?:\s|[A-Z][a-z]))")
_ABBREVIATION = re.compile(
    r"al|i\.e|e\.g|vs|viz|cf|dr|prof|mrs?|ms|st|resp|incl|eds?|dept|univ|b\.i\.d|p\.o|u\.[sk]|(?:[a-z]\.)*[a-z]"
)
_BEFORE_NUMBERS = re.compile(r"figs?|refs?|nos?|ca|approx|eqs?|vol|pp?|tab|suppl|min|max")
_LABELS = re.compile(r"group|arm|vitamin|hepatitis|type|phase|table|class|cohort")
_HEADING = re.compile(
    r"(?:[A-Z][A-Z0-9 ,./&()–’'-]{3,90}:{1,2}\s+)+|"
    r"(?:Abstract\.? )?(?:(?:Materials and )?[Mm]ethods?|Results?|Findings|Conclusions?)[:.]?\s+(?=[A-Z\d])|"
    r"(?:Abstract\.? )?(?:Background|Aims?|Objectives?|Purpose|Introduction|Design(?: and \w+)?|Setting|"
    r"Participants|Patients|Interventions?|Main outcome measures?|Measurements?|Randomi[sz]ation|"
    r"Allocation(?: concealment)?|Blinding|Masking|Discussion)(?:[:.]\s+(?=[A-Z\d])|\s+(?=[A-Z][a-z]))"
)
_CITATION_FRAGMENT = re.compile(r"[\s\d,;–\-()\[\].]{1,16}$")
_REFERENCES = re.compile(
    r"(?:^|\n)[ \t]*(?:references|bibliography|literature cited|works cited)[ \t]*:?[ \t]*\n", re.IGNORECASE
)
_AFTER_REFERENCES = re.compile(
    r"\n[ \t]*(?:online )?(?:materials and )?(?:methods|appendix)[ \t]*:?[ \t]*\n", re.IGNORECASE
)
_REFERENCE_ENTRY = re.compile(
    r"\b(?:19|20)\d\d[;:]\s?\d+|\bdoi:\s?10\.|\bPubMed\b|\bPMID\b|(?:19|20)\d\d;\s?\d"
)

_SPELLINGS = (("randomiz", "randomis"), ("minimiz", "minimis"), ("analyz", "analys"), ("center", "centre"))
_LETTERS = str.maketrans(
    {"‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"'}
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it stands at ``start`` to ``end`` of the document.

    ``folded`` is what patterns read: lower case, one space between words, plain hyphens
    and quotation marks, British spelling of the words that matter here.
    """

    start: int
    end: int
    text: str
    folded: str


def sentences(document: str) -> Iterator[Sentence]:
    """Yield the sentences of a document in order, references left out.

    A sentence has at least four words and at most 900 characters: longer stretches
    without an end are tables.
    """
    skipped_from, skipped_to = _references(document)
    start = 0

    for end in _ends(document):
        if not skipped_from <= start < skipped_to:
            yield from _sentence(document, start, end)

        start = end


def fold(text: str) -> str:
    """Return the text as patterns read it."""
    folded = " ".join(text.translate(_LETTERS).lower().split())

    for american, british in _SPELLINGS:
        folded = folded.replace(american, british)

    return folded


def _ends(document: str) -> Iterator[int]:
    for match in _END.finditer(document):
        if match[0][0] == "\n":
            if not _continues(document, match):
                yield match.end()

        elif not _inside(document, match.start()):
            yield match.end() + (document[match.end() : match.end() + 1] in "\"'”’)]")

    yield len(document)


def _continues(document: str, gap: re.Match[str]) -> bool:
    """Tell whether a blank line stands in the middle of a sentence.

    Plain texts made from other formats set citation numbers apart by blank lines.
    """
    before = document[max(0, gap.start() - 24) : gap.start()].rstrip()[-1:]

    if not before or before in ".!?:":
        return False

    following = document[gap.end() : gap.end() + 17]
    paragraph = following.split("\n", 1)[0]

    return following[:1] in ")],;" or bool(_CITATION_FRAGMENT.match(f"{paragraph} "))


def _inside(document: str, stop: int) -> bool:
    """Tell whether the full stop at ``stop`` is part of an abbreviation or an initial."""
    following = document[stop + 1 : stop + 12].lstrip("\"'”’)] \t\n")

    if following[:1].islower():
        return True

    if document[stop] != ".":
        return False

    words = document[max(0, stop - 24) : stop].lower().rsplit(None, 2)
    word = words[-1].lstrip("([\"'“‘") if words else ""

    if _BEFORE_NUMBERS.fullmatch(word):
        return following[:1].isdigit()

    if not _ABBREVIATION.fullmatch(word):
        return False

    return len(word) > 1 or len(words) == 1 or not _LABELS.fullmatch(words[-2])


def _sentence(document: str, start: int, end: int) -> Iterator[Sentence]:
    if end - start > LONGEST_CHARACTERS + 200:
        return

    start = end - len(document[start:end].lstrip())
    heading = _HEADING.match(document, start, end)
    text = document[heading.end() if heading else start : end]
    start = end - len(text.lstrip())
    text = text.strip()

    if len(text) > LONGEST_CHARACTERS or text.count(" ") + 1 < FEWEST_WORDS or _REFERENCE_ENTRY.search(text):
        return

    yield Sentence(start, start + len(text), text, fold(text))


def _references(document: str) -> tuple[int, int]:
    """Return where the list of references begins and ends; (-1, -1) where there is none."""
    heading = _REFERENCES.search(document, len(document) // 3)

    if heading is None:
        return -1, -1

    after = _AFTER_REFERENCES.search(document, heading.end())

    return heading.start(), after.start() if after else len(document)
