"""The elements of a saved page (https://html.spec.whatwg.org/multipage/), and which are not the article."""

from __future__ import annotations

import re

from lxml import etree

from .dialect import Dialect, Part
from .html_hidden import Styles
from .xml_source import local

_ELEMENTS = {
    Part.RAISED: "sup",
    Part.LOWERED: "sub",
    Part.BREAK: "br wbr hr",
    Part.PARAGRAPH: "p pre blockquote address li dd summary",
    Part.LABEL: "dt",
    Part.BLOCK: (
        "body main article section div header ul ol dl figcaption details hgroup caption center tr td"
        " th footer aside search"
    ),
    Part.HEADING: "h1 h2 h3 h4 h5 h6",
    Part.FLOAT: "figure",
    Part.TABLE: "table",
    Part.FORMULA: "math",
    Part.LEFT_OUT: (
        "head title meta link script style noscript template nav form button select option input textarea"
        " iframe object embed canvas svg audio video map dialog menu datalist progress frameset annotation"
        " annotation-xml"
    ),
}
PARTS = {name: part for part, names in _ELEMENTS.items() for name in names.split()}

_AROUND = re.compile(
    r"(?:site|page|global|main|top|journal|masthead)?-?(?:header|footer|masthead|nav(?:igation|bar)?|menu|toolbar)"
    r"|breadcrumbs?|side-?bar|skip-?(?:link|nav|to-\w+)|(?:cookie|consent|gdpr|privacy)-(?:banner|notice|bar|popup)"
    r"|cookies?|onetrust[\w-]*|share|sharing|social(?:-[\w-]+)?|share-[\w-]+|newsletter(?:-[\w-]+)?|subscribe"
    r"|advert(?:isement)?s?|ad-(?:slot|container|banner)|promo(?:-[\w-]+)?|related-(?:articles|content|links)"
    r"|recommend(?:ed|ations)(?:-[\w-]+)?|similar-articles|cited-?by(?:-[\w-]+)?|modal|pop-?up|usa-banner"
    r"|back-to-top|login|sign-?in|pagination|metrics|altmetric[\w-]*|citation-tools|page-tools|actions-buttons"
    r"|in-page-nav|toc|table-of-contents|ncbi-header|ncbi-footer",
    re.IGNORECASE,
)
_AROUND_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu"})
_REFERENCES = re.compile(
    r"ref(?:erence)?s?(?:-?list)?|(?:article-)?references?(?:-\w+)?|bibliography|reflist|ref-list(?:\s.*)?|citations-list",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"\W*(?:\d+\W*)?(?:references?(?: list)?|bibliography|literature cited)\W*", re.IGNORECASE
)
_LISTS = frozenset({"ol", "ul", "dl", "section", "div"})


def dialect(styles: Styles) -> Dialect:
    """Return how a page with these styles is read."""
    return Dialect(
        parts=PARTS,
        titles=frozenset(),
        images=frozenset({"img", "picture", "svg"}),
        part=_part,
        hidden=styles.reason,
        lists=lambda title: _LISTED.fullmatch(title) is not None,
    )


def is_references(node: etree._Element) -> bool:
    """Whether an element says by name or role that it lists references."""
    if local(node) not in _LISTS:
        return False

    says = [*(node.get("class") or "").split(), node.get("id") or ""]
    return node.get("role") == "doc-bibliography" or any(_REFERENCES.fullmatch(word) for word in says if word)


def _part(node: etree._Element, part: Part) -> Part:
    """Return what an element is, its class, role and place considered."""
    name = local(node)
    if part is Part.LEFT_OUT or name in ("body", "main", "article") or part is Part.HEADING:
        return part

    if node.get("role") in _AROUND_ROLES or (
        name in ("aside", "footer", "header", "search") and not _in_article(node)
    ):
        return Part.LEFT_OUT

    words = [*(node.get("class") or "").split(), node.get("id") or ""]
    if part in (Part.BLOCK, Part.RUNNING) and any(_AROUND.fullmatch(word) for word in words if word):
        return Part.LEFT_OUT

    return Part.REFERENCES if part is Part.BLOCK and is_references(node) else part


def _in_article(node: etree._Element) -> bool:
    """Whether a header or footer is one of the article and not of the page."""
    return local(node) in ("header", "footer") and any(
        local(above) in ("article", "main") for above in node.iterancestors()
    )
