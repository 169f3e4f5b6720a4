"""The elements of JATS (ANSI/NISO Z39.96, https://jats.nlm.nih.gov/archiving/) and its NLM ancestors."""

from __future__ import annotations

from lxml import etree

from .dialect import Dialect, Part
from .xml_source import local

_ELEMENTS = {
    Part.RAISED: "sup",
    Part.LOWERED: "sub",
    Part.BREAK: "break",
    Part.APART: (
        "surname given-names prefix suffix year month day volume issue fpage lpage elocation-id source"
        " article-title chapter-title part-title trans-title publisher-name publisher-loc pub-id edition etal"
        " collab comment conf-name institution country addr-line email phone fax ext-link uri season"
        " date-in-citation series size aff degrees role institution-wrap"
    ),
    Part.LISTED: "name string-name kwd anonymous",
    Part.PARAGRAPH: (
        "p title subtitle verse-line sig attrib preformat mixed-citation element-citation nlm-citation"
        " citation product corresp license-p funding-statement award-group note-citation"
    ),
    Part.BLOCK: (
        "list list-item def-list def-item disp-quote verse-group statement fn fn-group table-wrap-foot"
        " caption speech speaker ref note bio sig-block question answer explanation array"
        " kwd-group funding-group disp-formula-group legend textual-form-group subj-group"
    ),
    Part.LABEL: "label term x-label",
    Part.SECTION: "sec abstract trans-abstract ack app notes glossary app-group boxed-text",
    Part.FLOAT: "fig fig-group table-wrap table-wrap-group chem-struct-wrap chem-struct-wrapper",
    Part.TABLE: "table",
    Part.FORMULA: "math tex-math",
    Part.CHOICE: "alternatives citation-alternatives name-alternatives",
    Part.REFERENCES: "ref-list",
    Part.SUPPLEMENT: "supplementary-material",
    Part.UNSEEN: "alt-text long-desc",
    Part.LEFT_OUT: (
        "object-id permissions sub-article response index-term processing-meta related-object"
        " contrib-id institution-id author-comment"
    ),
}
PARTS = {name: part for part, names in _ELEMENTS.items() for name in names.split()}

NAMES = {
    "abstract": "Abstract",
    "trans-abstract": "Abstract in another language",
    "ack": "Acknowledgements",
    "app": "Appendix",
    "glossary": "Abbreviations",
    "ref-list": "References",
    "boxed-text": "Box",
}


def _part(node: etree._Element, part: Part) -> Part:
    """Return what an element is where its surroundings decide."""
    above = node.getparent()
    nested = part is Part.REFERENCES and above is not None and local(above) == local(node)
    return Part.SECTION if nested else part


JATS = Dialect(
    parts=PARTS,
    names=NAMES,
    images=frozenset({"graphic", "inline-graphic"}),
    rows=frozenset({"tr", "row"}),
    cells=frozenset({"td", "th", "entry"}),
    part=_part,
)

_OLD = {
    Part.RAISED: "sup",
    Part.LOWERED: "sub",
    Part.APART: (
        "snm fnm mi mnm suf source pubdate volume issue fpage lpage publisher url pubid editor inits"
        " au insr edition cnm"
    ),
    Part.PARAGRAPH: "p title text q meqn bibl suppl-title",
    Part.BLOCK: "ack graphic caption tblfn refgrp fm bdy bm ul ol li abs blk dl dt dd",
    Part.SECTION: "sec",
    Part.FLOAT: "fig tbl display",
    Part.TABLE: "tblbdy",
    Part.FORMULA: "math tex-math m:math",
    Part.SUPPLEMENT: "suppl",
    Part.REFERENCES: "refgrp",
    Part.LEFT_OUT: "xrefbib pubidlist cpyrt history meta endnote classifications",
}
OLD = Dialect(
    parts={name: part for part, names in _OLD.items() for name in names.split()},
    names={"refgrp": "References", "sec": "", "abs": "Abstract"},
    titles=frozenset({"st"}),
    rows=frozenset({"r"}),
    cells=frozenset({"c"}),
    columns=("cspan", "rspan"),
)
"""BioMed Central's own dialect of before 2010: ``<art><fm>..</fm><bdy>..</bdy><bm>..</bm></art>``."""
