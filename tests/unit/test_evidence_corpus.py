"""Quotes from real articles: found in their own article however they are set, and in no other."""

from __future__ import annotations

import re

import pytest

from robasync.evidence import Finder
from robasync.model import Verification
from robasync.text import normalise
from tests import corpus
from tests.replies import extract


@pytest.fixture(scope="module")
def articles() -> list[str]:
    """Return the texts of real articles."""
    return [path.read_text("utf-8") for path in sorted(corpus.folder("trials/txt").glob("*.txt"))]


def sentences(text: str) -> list[str]:
    """Return some sentences of ordinary length, spread over a text."""
    found = re.findall(r"(?<=[.] )[A-Z][^.\n]{60,200}[.](?= )", text)

    return found[:: max(len(found) // 4, 1)]


def test_own_article(articles: list[str]) -> None:
    """A verbatim sentence is found exactly; broken at a line end with other dashes and marks, normalised."""
    for text in articles:
        finder = Finder(extract(text))

        for sentence in sentences(text):
            broken = re.sub(r"([a-z]{4})([a-z]{3})", "\\1-\n\\2", sentence.replace(" ", "  ", 2), count=1)
            assert finder.find(sentence).verification is Verification.EXACT
            assert finder.find(broken).verification is Verification.NORMALISED


def test_other_article(articles: list[str]) -> None:
    """A sentence of one article is not found in another, unless it stands there word for word."""
    for text, other in zip(articles, articles[1:] + articles[:1], strict=True):
        finder = Finder(extract(other))

        for sentence in sentences(text):
            found = finder.find(sentence)
            assert not found.found or found.quote == sentence


def test_every_span_leads_back(articles: list[str]) -> None:
    """Every word of a normalised article leads back to a stretch that normalises to it."""
    for text in articles[:5]:
        normalised = normalise(text)

        for word in re.finditer(r"[a-z]{5,}", normalised.text):
            start, end = normalised.span(*word.span())
            assert normalise(text[start:end]).text == word[0]
