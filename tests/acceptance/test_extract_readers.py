"""Independent readers confirm that the words of the corpus PDFs are in the extract."""

from __future__ import annotations

import logging
import shutil
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path

import pypdf
import pytest

from robasync.model import Extract
from tests import corpus, papers

LEAST = 0.999
"""Part of a reader's words that must be found; the rest are words that it runs together."""

WOVEN = {("by_pdftotext", "rct_trial__40430228__PMC12113407.pdf"): 0.98}
"""Where a reader itself is wrong: here Poppler weaves lines that lie close into each other ("thethe")."""

LONG = 4
"""Letters of a word that counts: shorter ones are also pieces of spaced out or broken words."""


def letters(text: str) -> str:
    """Return the letters of a text in small, without spaces, marks and hyphens."""
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKC", text).casefold()))


def words(text: str) -> Counter[str]:
    """Return the words of a text as another reader gives it; one that a line breaks counts as two."""
    parts = unicodedata.normalize("NFKC", text).casefold().split()
    return Counter(word for part in parts if len(word := "".join(filter(str.isalpha, part))) >= LONG)


def held(extract: Extract) -> str:
    """Return all letters of an extract: its text and what is set aside, with a mark between."""
    return letters(extract.text) + "|" + "|".join(letters(piece.text) for piece in extract.set_aside)


def missing(found: Counter[str], extract: Extract) -> Counter[str]:
    """Return the words that the extract does not hold as often, but for running heads, kept once each."""
    own = held(extract)
    heads = "|".join(letters(piece.text) for piece in extract.set_aside)
    return Counter(
        {
            word: count - own.count(word)
            for word, count in found.items()
            if own.count(word) < count and word not in heads
        }
    )


def by_pdftotext(path: Path) -> str:
    """Return the text as Poppler reads it."""
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode(
        "utf-8", "replace"
    )


def by_pypdf(path: Path) -> str:
    """Return the text as pypdf reads it."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


@pytest.fixture(scope="module")
def extracts() -> dict[Path, Extract]:
    """Return the extract of each corpus PDF."""
    return {
        path: papers.read(path.read_bytes(), path.name) for path in corpus.folder("trials/pdf").glob("*.pdf")
    }


@pytest.mark.parametrize("read", [by_pdftotext, by_pypdf])
def test_the_words_of_other_readers_are_there(extracts, read):
    """Of the words that another reader finds in a PDF nearly all are in its extract, and as often."""
    if read is by_pdftotext and shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (Debian package poppler-utils) is not installed")

    short = {}
    for path, extract in extracts.items():
        found = words(read(path))
        lost = missing(found, extract)
        share = 1 - lost.total() / found.total()
        if share < WOVEN.get((read.__name__, path.name), LEAST):
            short[path.name] = share, lost.most_common(9)

    assert len(extracts) == 16
    assert short == {}
