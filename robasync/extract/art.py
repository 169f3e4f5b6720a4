"""BioMed Central's own XML of before 2010, ``<art>``: front, body and back under other names."""

from __future__ import annotations

from lxml import etree

from robasync.errors import AbstractOnly
from robasync.model import Extract

from .jats_tags import OLD
from .markup import Walker
from .sections import Sections, tidy


def write(article: etree._Element, sections: Sections, name: str) -> Extract:
    """Write an article and return its extract. Raises AbstractOnly where it has no body."""
    walker = Walker(OLD, sections)
    body = article.find("{*}bdy")
    if body is None or not _text(body):
        raise AbstractOnly(f"{name} holds the abstract only, no text of the article. Get the full text.")

    front = article.find("{*}fm")
    entry = article.find("{*}fm/{*}bibl")
    title = _text(article.find("{*}fm/{*}bibl/{*}title"))
    authors = [_name(author) for author in article.iterfind("{*}fm/{*}bibl/{*}aug/{*}au")]
    year = _text(article.find("{*}fm/{*}bibl/{*}pubdate"))
    for line in (_text(article.find("{*}fm/{*}dochead")), title, ", ".join(authors), _citation(entry, year)):
        if line:
            sections.paragraph(line)

    abstract = front.find("{*}abs") if front is not None else None
    for part, place in ((abstract, "Abstract"), (body, "Main text"), (article.find("{*}bm"), "End matter")):
        if part is not None:
            walker.write(part, place)

    return sections.extract(
        media="application/xml", reader="jats", title=title, author=", ".join(authors), year=year
    )


def _citation(entry: etree._Element | None, year: str) -> str:
    if entry is None:
        return ""

    source, volume, first = (_text(entry.find(f"{{*}}{part}")) for part in ("source", "volume", "fpage"))
    doi = next((_text(one) for one in entry.iter("{*}pubid") if one.get("idtype") == "doi"), "")
    return f"{source}. {year}; {volume}: {first}. doi: {doi}".strip(" .:;")


def _name(author: etree._Element) -> str:
    return " ".join(
        filter(None, (_text(author.find(f"{{*}}{part}")) for part in ("fnm", "mi", "snm", "cnm")))
    )


def _text(node: etree._Element | None) -> str:
    return "" if node is None else tidy("".join(map(str, node.itertext())))
