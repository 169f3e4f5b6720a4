"""A page saved from a journal or from PubMed Central: the article in it, without what stands around it.

Runs in a worker process only (see ``worker``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from robasync.errors import AbstractOnly, Damaged, EmptyDocument
from robasync.model import Extract

from . import html_about, html_source
from .html_hidden import Styles
from .html_tags import dialect
from .markup import Walker
from .sections import Sections
from .xml_source import local

MEDIA = "text/html"
FEWEST_WORDS = 800
"""A page with fewer that offers to sign in, or that has an abstract and no methods, is not the report."""

MAIN_SHARE = 0.7
_MAIN = ("main", "article")
_HEADED = re.compile(r"\b(?:methods?|procedures?|results?|findings|discussion|participants)\b", re.IGNORECASE)
_ABSTRACT = re.compile(r"\b(?:abstract|summary)\b", re.IGNORECASE)
_WALL = re.compile(
    r"(?:sign|log) ?in\b|get access|buy (?:this )?article|purchase|institutional access|access options"
    r"|subscribe to|enable javascript|javascript is (?:disabled|required)"
    r"|verify (?:that )?you are (?:a )?human|checking your browser|access denied|just a moment",
    re.IGNORECASE,
)


def read(content: bytes, name: str) -> Extract:
    """Return the extract of the article that a page shows.

    Raises AbstractOnly for a page that holds no more than the abstract or an offer to sign in,
    EmptyDocument where there is no word, Damaged where it is nested beyond all sense.
    """
    root, notes = html_source.parse(content, name)
    about = html_about.about(root)
    sections = Sections()
    sections.notes.extend(notes)
    walker = Walker(dialect(Styles(root)), sections)
    try:
        _write(root, walker, about)
    except Damaged as error:
        raise Damaged(f"{name} cannot be read: {error}. Print the page to a PDF.") from error

    extract = sections.extract(
        media=MEDIA, reader="html", title=about.title, author=about.author, year=about.year
    )
    _check_complete(extract, name)
    return extract


def _write(root: etree._Element, walker: Walker, about: html_about.About) -> None:
    main = _main(root)
    shown = " ".join(" ".join(map(str, main.itertext())).split())
    for line in (about.title, about.author, about.citation):
        if line and line not in shown:
            walker.sections.paragraph(line)

    walker.content(main)
    walker.sections.end()


def _main(root: etree._Element) -> etree._Element:
    """Return the element that holds the article: what the page says it is, if most of its text is there."""
    body = next(root.iter("body"), root)
    whole = _letters(body)
    for name in _MAIN:
        best = max(body.iter(name), key=_letters, default=None)
        if best is not None and _letters(best) >= MAIN_SHARE * whole:
            return best

    return body


def _letters(node: etree._Element) -> int:
    """Return how much text stands in an element's paragraphs, lists and tables."""
    return sum(len(text) for one in node.iter("p", "li", "td", "dd") for text in _own(one))


def _own(node: etree._Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        yield child.tail or ""
        if local(child) in ("i", "b", "em", "strong", "a", "span", "sup", "sub"):
            yield child.text or ""


def _check_complete(extract: Extract, name: str) -> None:
    if not any(map(str.isalnum, extract.text)):
        raise EmptyDocument(f"{name} shows no words without its scripts. Print the page to a PDF.")

    words = len(extract.text.split())
    if any(_HEADED.search(place) for place in extract.places) and words >= FEWEST_WORDS:
        return

    if words < FEWEST_WORDS and (_WALL.search(extract.text) or any(map(_ABSTRACT.search, extract.places))):
        raise AbstractOnly(
            f"{name} is a page with {words} words, the abstract or an offer to sign in, not the report."
            " Save the full text, or its PDF."
        )
