"""Title, authors and year of a page, as journals state them for search engines.

The names are those of https://scholar.google.com/intl/en/scholar/inclusion.html#indexing and Dublin Core.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from .sections import tidy

_TITLE = ("citation_title", "dc.title", "dcterms.title", "og:title")
_AUTHORS = ("citation_author", "citation_authors", "dc.creator", "dcterms.creator")
_DATES = (
    "citation_publication_date",
    "citation_date",
    "citation_online_date",
    "dc.date",
    "dcterms.issued",
    "article:published_time",
)
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")


@dataclass(frozen=True, slots=True)
class About:
    """What a page says of the article that it shows."""

    title: str
    author: str
    year: str
    citation: str


def about(root: etree._Element) -> About:
    """Return what the page's head says, its title from the first heading where it says none."""
    stated: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        stated.setdefault(name, []).append(tidy(meta.get("content") or ""))

    title = _first(stated, _TITLE) or _heading(root)
    authors = next((stated[name] for name in _AUTHORS if stated.get(name)), [])
    year = _YEAR.search(_first(stated, _DATES))
    return About(title, ", ".join(map(_given_first, authors)), year[1] if year else "", _citation(stated))


def _first(stated: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((stated[name][0] for name in names if stated.get(name) and stated[name][0]), "")


def _heading(root: etree._Element) -> str:
    first = next(root.iter("h1"), None)
    first = next(root.iter("title"), None) if first is None else first
    return "" if first is None else tidy("".join(map(str, first.itertext())))


def _given_first(author: str) -> str:
    family, comma, given = author.partition(", ")
    return f"{given} {family}" if comma and "," not in given and ";" not in given else author


def _citation(stated: dict[str, list[str]]) -> str:
    journal = _first(stated, ("citation_journal_title", "prism.publicationname"))
    year = _YEAR.search(_first(stated, _DATES))
    volume, page = _first(stated, ("citation_volume",)), _first(stated, ("citation_firstpage",))
    doi = _first(stated, ("citation_doi", "dc.identifier", "prism.doi")).removeprefix("doi:")
    where = "; ".join(filter(None, (year[1] if year else "", ": ".join(filter(None, (volume, page))))))
    known = f"doi: {doi}" if doi.startswith("10.") else ""
    return ". ".join(filter(None, (journal, where if journal else "", known)))
