"""The front of a JATS article: kind, title, authors, where it was published, abstracts, key words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from .markup import Walker
from .sections import tidy
from .xml_source import local

AUTHORS = "Author information"
_KINDS = {
    "correction": "Erratum",
    "retraction": "Retraction",
    "expression-of-concern": "Expression of concern",
    "review-article": "Review",
    "systematic-review": "Systematic review",
    "editorial": "Editorial",
    "case-report": "Case report",
    "protocol": "Study protocol",
}
"""What an article says of itself by attribute only, in the words in which journals print it."""

_DATES = ("collection", "ppub", "epub", "pub", "electronic", "print", "epub-ppub", "pmc-release")
_WRITTEN = (
    "related-object",
    "abstract",
    "trans-abstract",
    "kwd-group",
    "funding-group",
    "supplementary-material",
)


@dataclass(frozen=True, slots=True)
class About:
    """What the front says of the article."""

    title: str
    author: str
    year: str


def write(article: etree._Element, walker: Walker) -> About:
    """Write the front as a journal prints it and return what it says of the article."""
    meta = article.find("{*}front/{*}article-meta")
    if meta is None:
        return About("", "", "")

    sections = walker.sections
    title = _title(meta, walker)
    authors = [*_authors(meta)]
    year = _year(meta)
    kind = next(_subjects(meta), "") or _KINDS.get(article.get("article-type", ""), "")
    for line in (kind, title, ", ".join(authors), _citation(article, meta, year)):
        if line:
            sections.paragraph(line)

    for name in _WRITTEN:
        for child in meta.iterchildren(f"{{*}}{name}"):
            _write_part(child, walker)

    return About(title, ", ".join(authors), year)


def write_authors(article: etree._Element, walker: Walker) -> None:
    """Write where the authors work and what they declare, which the front holds and journals print last."""
    meta = article.find("{*}front/{*}article-meta")
    found = [*meta.iter("{*}aff", "{*}author-notes")] if meta is not None else []
    found += [*article.iterchildren("{*}front/{*}notes")]
    if found:
        walker.heading(AUTHORS, 1)

    for node in found:
        walker.sections.begin()
        walker.content(node)
        walker.sections.end()


def _write_part(node: etree._Element, walker: Walker) -> None:
    name = local(node)
    if name == "related-object":  # JATS4R: the trial's number in a register
        number = tidy("".join(map(str, node.itertext()))) or node.get("document-id", "")
        walker.sections.paragraph(f"Trial registration: {number}")
        return

    if name == "kwd-group":
        walker.sections.paragraph(f"Keywords: {', '.join(map(walker.flat, node.iter('{*}kwd')))}")
        return

    if name == "funding-group":
        walker.sections.text("Funding: ")
        walker.sections.glue()

    walker.element(node)
    walker.sections.end()


def _title(meta: etree._Element, walker: Walker) -> str:
    group = meta.find("{*}title-group")
    titles = [] if group is None else [*group.iterchildren("{*}article-title", "{*}subtitle")]
    return _joined((walker.flat(title) for title in titles), ": ")


def _subjects(meta: etree._Element) -> Iterator[str]:
    """Yield the heading under which the journal prints the article."""
    for group in meta.iterfind("{*}article-categories/{*}subj-group"):
        subject = group.find("{*}subject")
        if subject is not None and (group.get("subj-group-type") or "heading") == "heading":
            yield _text(subject)


def _authors(meta: etree._Element) -> Iterator[str]:
    for contributor in meta.iterfind("{*}contrib-group/{*}contrib"):
        if contributor.get("contrib-type", "author") != "author":
            continue

        named = next(contributor.iter("{*}name", "{*}string-name", "{*}collab"), None)
        if named is None:
            continue

        given, family = (named.find(f"{{*}}{part}") for part in ("given-names", "surname"))
        whole = _text(named) if family is None else f"{_text(given)} {_text(family)}".strip()
        if whole:
            yield whole


def _year(meta: etree._Element) -> str:
    """Return the year by which a paper is cited: that of its issue, else the first one."""
    dates = {}
    for date in meta.iterchildren("{*}pub-date"):
        kind = date.get("pub-type") or date.get("date-type") or date.get("publication-format") or "pub"
        year = _text(date.find("{*}year"))
        if year:
            dates[kind] = year

    return next((dates[kind] for kind in _DATES if kind in dates), next(iter(dates.values()), ""))


def _citation(article: etree._Element, meta: etree._Element, year: str) -> str:
    journal = _text(next(article.iterfind("{*}front/{*}journal-meta//{*}journal-title"), None))
    volume, issue, first, last, number = (
        _text(meta.find(f"{{*}}{part}")) for part in ("volume", "issue", "fpage", "lpage", "elocation-id")
    )
    pages = f"{first}-{last}" if last and last != first else first or number
    where = f"{volume}({issue})" if volume and issue else volume
    ids = {one.get("pub-id-type"): _text(one) for one in meta.iterchildren("{*}article-id")}
    cited = _joined((journal, _joined((_joined((year, where), "; "), pages), ": ")), ". ")
    known = [f"{label}: {ids[key]}" for key, label in (("doi", "doi"), ("pmid", "PMID")) if ids.get(key)]
    return _joined((cited, *known), ". ")


def _text(node: etree._Element | None) -> str:
    return "" if node is None else tidy("".join(map(str, node.itertext())))


def _joined(parts: Iterable[str], between: str) -> str:
    return between.join(filter(None, parts))
