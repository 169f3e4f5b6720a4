"""An article in XML: JATS and its ancestors, or BioMed Central's old dialect, also inside a wrapper.

Runs in a worker process only (see ``worker``).
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from robasync.errors import AbstractOnly, Damaged, EmptyDocument, UnsupportedType
from robasync.model import Extract

from . import art, jats_front
from .jats_tags import JATS
from .markup import Walker
from .sections import Sections
from .xml_source import local, parse

MEDIA = "application/xml"
_ARTICLES = ("article", "art")
_RECORDS = ("PubmedArticleSet", "PubmedArticle", "MedlineCitationSet", "MedlineCitation")
_ABSTRACTS = ("abstract", "meeting-abstract", "meeting-report")
_PARTS = {
    "body": "Main text",
    "floats-group": "Tables and figures",
    "floats-wrap": "Tables and figures",
    "back": "End matter",
}
"""The parts of an article after its front, and what is called so that stands in no section there."""

_LEFT_OUT = ("sub-article", "response")


def read(content: bytes, name: str) -> Extract:
    """Return the extract of an article in XML.

    Raises Damaged for what is no XML, UnsupportedType for XML that is not one article, AbstractOnly
    for a record without the report itself, EmptyDocument where there is no word.
    """
    root, notes = parse(content, name)
    article = _article(root, name)
    sections = Sections()
    sections.notes.extend(notes)
    try:
        extract = (
            art.write(article, sections, name) if local(article) == "art" else _write(article, sections, name)
        )
    except Damaged as error:
        raise Damaged(f"{name} cannot be read: {error}. Get it again from its source.") from error

    if not any(map(str.isalnum, extract.text)):
        raise EmptyDocument(f"{name} holds no words. Put the full report in its place.")

    return extract


def _article(root: etree._Element, name: str) -> etree._Element:
    """Return the one article that a file holds, unwrapped."""
    if local(root) in _RECORDS:
        raise AbstractOnly(f"{name} is a PubMed record: it holds the abstract only. Get the full text.")

    found = [*_outermost(root)]
    if len(found) == 1:
        return found[0]

    if found:
        raise UnsupportedType(
            f"{name} holds {len(found)} articles; a document is one. Save each in a file of its own."
        )

    raise UnsupportedType(
        f"{name} holds XML that is no article: its outermost element is <{local(root)}>, not <article>."
        " Get the article as JATS XML, PDF or text."
    )


def _outermost(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the articles that are inside no other one."""
    for node in root.iter(*(f"{{*}}{one}" for one in _ARTICLES)):
        if not any(local(above) in _ARTICLES for above in node.iterancestors()):
            yield node


def _write(article: etree._Element, sections: Sections, name: str) -> Extract:
    parts = {local(child): child for child in reversed(article)}
    _check_complete(article, parts.get("body"), name)
    walker = Walker(JATS, sections)
    about = jats_front.write(article, walker)
    for part, place in _PARTS.items():
        if part in parts:
            walker.write(parts[part], place)

    jats_front.write_authors(article, walker)
    for child in article:
        if local(child) in _LEFT_OUT:
            sections.notes.append(f"left out, since it is no part of the report: {_named(child, walker)}")

    return sections.extract(
        media=MEDIA, reader="jats", title=about.title, author=about.author, year=about.year
    )


def _check_complete(article: etree._Element, body: etree._Element | None, name: str) -> None:
    kind = article.get("article-type", "")
    if kind in _ABSTRACTS:
        raise AbstractOnly(f"{name} is the abstract of a meeting, not a report. Get the full text.")

    words = body is not None and any(map(str.isalnum, "".join(map(str, body.itertext()))))
    if not words:
        raise AbstractOnly(f"{name} holds the abstract only, no text of the article. Get the full text.")


def _named(node: etree._Element, walker: Walker) -> str:
    title = next(node.iter("{*}article-title"), None)
    return (walker.flat(title) if title is not None else "") or node.get("article-type") or local(node)
