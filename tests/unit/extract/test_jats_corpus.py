"""Real articles in XML: each an extract or a typed failure, and the same sentences as their text version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from robasync.errors import AbstractOnly
from robasync.extract import jats
from robasync.model import Extract
from robasync.screen import screen
from robasync.text import fold
from tests import corpus

ABSTRACTS = {
    "PMC2442760": "holds the abstract only",  # a summary of a paper that stands elsewhere
    "PMC2912679": "holds the abstract only",
    "PMC3571142": "the abstract of a meeting",
    "PMC4595235": "the abstract of a meeting",  # a poster of 444 words
}
NO_REPORTS = {
    "PMC5335541": "erratum",
    "PMC5383933": "erratum",
    "PMC5496228": "editorial",  # a letter
    "PMC3626705": "review",
}
"""What is odd among the trials (see MANIFEST.csv); the models decide on four that say little of it."""

JUNK = re.compile(r'\s?(?:xmlns:\w+|[\w:-]+)="[^"]*">?')  # attributes that the text version took for text
NUMBER = re.compile(r"^\d+(?:\.\d+)*\.?(?=\s+[A-Z])")  # of a heading
HEADING = re.compile(r"(?m)^\s*(?:TITLE|ABSTRACT|BODY)[^\n]*?:(?:\s|$)")
FEWEST_LETTERS = 15
AFTER = re.compile(
    r"End matter|Acknowledg|References|Authors?['’‘]? |Author info|Competing|Conflict"
    r"|Tables and|Abbrev|Supp|Append"
)
NO_TEXT = ("Title", "Abstract", "Highlights", "Research in Context", "Editors' Summary")
FLOAT = re.compile(
    r"\n| \| |^(?:Table|Fig|Additional file|Supplem|Keywords|Funding|Box|[a-z*†‡] )", re.IGNORECASE
)
EXPLAINED = re.compile(
    r"table\d|fig(?:ure)?s?\d"  # floats that the text version puts into the middle of a sentence
    r"|journalp|documentclass|usepackage|setlength|begindocument"  # identifiers; code of formulas
    r"|^\d+(?:the|this|eligible|all|over|at|food|fecal|investigators|a|levels|in|we)"  # numbers of headings
    r"|^body|^(?:student|parent)reportedoutcomes"  # headings with a colon in them
    r"|johnwiley|prepub"  # notices of rights and history
)
"""What a sentence of the text version holds that is none of the article, by its letters."""

LOST = {
    "PMC1574360": 1,  # two titles of the text version run into one
    "PMC3606616": 1,  # it lost what stands between two markers: "p1- p2 are 0 against ..."
    "PMC5154172": 1,  # it lost a list
    "PMC5807510": 1,  # it lost half a paragraph
}
"""How many sentences of the text version are not in the article, since it made them by losing something."""

PAIRS = PAIRS = sorted(path.stem for path in (corpus.CORPUS / "trials/txt").glob("*.txt"))
LEFT_OUT = {
    "PMC1574360": 2,  # boxes and asides
    "PMC1590049": 2,  # the text version lost a paragraph at a sign that it took for markup
    "PMC1847837": 1,
    "PMC3606616": 4,
    "PMC4748545": 40,  # it left the lists out
    "PMC5154172": 27,
    "PMC5807510": 5,
    "PMC5846971": 3,  # what stands after the text
}
"""How many sentences of the article's body the text version does not have."""


def read(name: str) -> Extract:
    """Return the extract of an article."""
    return jats.read((corpus.folder("trials/jats") / f"{name}.nxml").read_bytes(), f"{name}.nxml")


def plain(name: str) -> str:
    """Return the text version of an article, without the attributes that it took for text."""
    return JUNK.sub("   ", (corpus.folder("trials/txt") / f"{name}.txt").read_text())


def body(extract: Extract) -> Iterator[str]:
    """Yield the paragraphs of an article's running text: no floats, nothing after its last section."""
    starts = [*(segment.start for segment in extract.segments), len(extract.text)]
    for place, start, end in zip(extract.places, starts, starts[1:], strict=False):
        if AFTER.search(place):
            break

        if not place.startswith(NO_TEXT):
            yield from (one for one in extract.text[start:end].split("\n\n") if not FLOAT.search(one))


def letters(text: str) -> str:
    """Return what two versions of a text must have in common."""
    return re.sub(r"\W+", "", fold(text))


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text by their letters."""
    for paragraph in re.split(r"\n+| {3,}", text):
        for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z(])", paragraph):
            found = letters(NUMBER.sub("", sentence))
            if len(found) >= FEWEST_LETTERS:
                yield found


def test_every_article_is_read_or_named() -> None:
    """Of 102 articles four hold an abstract only; odd ones among the others are refused, with the reason."""
    paths = [*corpus.folder("trials/jats").glob("*.nxml"), *corpus.folder("jats_samples").glob("*.nxml")]
    assert len(paths) == 102

    refused = {}
    for path in paths:
        if path.stem in ABSTRACTS:
            with pytest.raises(AbstractOnly, match=ABSTRACTS[path.stem]):
                jats.read(path.read_bytes(), path.name)
        else:
            extract = jats.read(path.read_bytes(), path.name)
            screening = screen(extract)
            refused[path.stem] = screening.kind if screening else ""
            check(extract, path)

    assert {name: refused[name] for name in NO_REPORTS} == NO_REPORTS


def check(extract: Extract, path: Path) -> None:
    """Assert what holds of every extract."""
    starts = [segment.start for segment in extract.segments]
    assert starts == sorted(set(starts)), path
    assert starts[0] == 0, path
    assert len(extract.places) == extract.pages == len(starts), path
    assert all(0 <= start < end <= len(extract.text) for start, end in extract.references), path
    assert extract.title, path
    assert re.fullmatch(r"(?:19|20)\d\d", extract.year), path
    assert "  " not in extract.text, path


@pytest.mark.parametrize("name", PAIRS)
def test_what_the_text_says_is_in_the_article(name: str) -> None:
    """Each sentence of the text version stands in the article."""
    whole = letters(read(name).text)
    text = HEADING.sub("", plain(name))
    missing = [one for one in sentences(text) if one not in whole and not EXPLAINED.search(one)]
    assert len(missing) == LOST.get(name, 0), missing


@pytest.mark.parametrize("name", PAIRS)
def test_what_the_article_says_is_in_the_text(name: str) -> None:
    """Each sentence of the article's body stands in the text version."""
    whole = letters(plain(name))
    missing = [one for part in body(read(name)) for one in sentences(part) if one not in whole]
    assert len(missing) == LEFT_OUT.get(name, 0), missing
