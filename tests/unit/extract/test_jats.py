"""Articles in XML: everything in order and once, sections for pages, references known as such."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from robasync.errors import AbstractOnly, Damaged, EmptyDocument, UnsupportedType
from robasync.extract import jats

FRONT = """<front><journal-meta><journal-title>J Dogs</journal-title></journal-meta><article-meta>
<article-id pub-id-type="doi">10.1/x</article-id>
<article-categories><subj-group subj-group-type="heading"><subject>Research</subject></subj-group>
</article-categories>
<title-group><article-title>Aspirin <italic>versus</italic> placebo</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Okafor</surname>
<given-names>Ada</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>No</surname></name></contrib>
</contrib-group>
<aff>University of Dogs</aff>
<pub-date pub-type="epub"><year>2011</year></pub-date><pub-date pub-type="ppub"><year>2012</year></pub-date>
<volume>5</volume><issue>2</issue><fpage>1</fpage><lpage>9</lpage>
<abstract><sec><title>Methods</title><p>We randomised dogs.</p></sec></abstract>
<kwd-group><kwd>dogs</kwd><kwd>pain</kwd></kwd-group></article-meta></front>"""


FLOW = "<fig><label>Figure 1</label><caption><p>Flow.</p></caption></fig>"
LIST = "<list><list-item><label>1.</label><p>One</p></list-item></list>"
TERM = "<term>ITT</term><def><p>intention to treat</p></def>"
FORMULA = """<alternatives><graphic/><math xmlns='m'><mfrac><mi>a</mi><mi>b</mi></mfrac></math>
<tex-math>x</tex-math></alternatives>"""
TABLE = """<table-wrap><label>Table 1</label><caption><p>Baseline</p></caption><table>
<thead><tr><th rowspan='2'>Item</th><th colspan='2'>Group</th></tr><tr><th>A</th><th>B</th></tr></thead>
<tbody><tr><td>Age</td><td>45</td><td>46</td></tr></tbody></table>
<table-wrap-foot><fn><label>a</label><p>Years</p></fn></table-wrap-foot></table-wrap>"""


def article(body: str, *, back: str = "", head: str = "", front: str = FRONT) -> bytes:
    """Return an article with this body."""
    return (
        f'{head}<article xmlns:xlink="x" article-type="research-article">{front}'
        f"<body>{body}</body><back>{back}</back></article>"
    ).encode()


def body(content: str, **parts: str) -> str:
    """Return the text of an article's body, without its front."""
    extract = jats.read(article(content, front="", **parts), "a.nxml")
    return extract.text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>A<bold>B</bold>c <italic>d</italic>.</p>", "ABc d."),
        ("<p>dose<sup><xref>1</xref>,<xref>2</xref></sup> of 10<sup>6</sup></p>", "dose¹,² of 10⁶"),
        ("<p>CO<sub>2</sub>, C<sub>max</sub></p>", "CO₂, Cmax"),
        ("<p>was\n   blind<break/>ed</p>", "was blind ed"),
        ("<p>given [<xref>1</xref>–<xref>3</xref>].</p>", "given [1–3]."),
        (f"<p>Before{FLOW} after.</p>", "Before after.\n\nFigure 1 Flow."),
        (f"<p>Criteria:{LIST}and so on</p>", "Criteria:\n\n1. One\n\nand so on"),
        (f"<def-list><def-item>{TERM}</def-item></def-list>", "ITT intention to treat"),
        (f"<p>n=<inline-formula>{FORMULA}</inline-formula></p>", "n=a/b"),
        (r"<p><tex-math>\begin{document}$$p_1$$\end{document}</tex-math></p>", "p_1"),
        ("<boxed-text><title>Key points</title><p>One.</p></boxed-text>", "Key points\n\nOne."),
        (TABLE, "Table 1 Baseline\n\nItem | Group\n| A | B\nAge | 45 | 46\n\na Years"),
        ("<p>&nbsp;&alpha;&hellip; R&D &lt;</p>", "α… R&D <"),
        ("<p><unknown>kept</unknown></p>", "kept"),
    ],
)
def test_what_each_element_becomes(markup, text):
    """Inline markup neither loses nor doubles a space; floats wait for its end; rows are lines."""
    assert body(markup) == text


def test_front():
    """Kind, title, authors, citation, abstract and key words come first, addresses last."""
    extract = jats.read(article("<sec><title>Methods</title><p>Text.</p></sec>"), "a.nxml")
    assert extract.text == (
        "Research\n\nAspirin versus placebo\n\nAda Okafor\n\nJ Dogs. 2012; 5(2): 1-9. doi: 10.1/x\n\n"
        "Methods\n\nWe randomised dogs.\n\nKeywords: dogs, pain\n\nMethods\n\nText.\n\nUniversity of Dogs"
    )
    assert (extract.title, extract.author, extract.year) == ("Aspirin versus placebo", "Ada Okafor", "2012")
    assert extract.places == ("Title", "Abstract: Methods", "Methods", "Author information")


def test_sections_stand_for_pages():
    """Every section has a number and a name; a nested one is named after the highest it is in."""
    extract = jats.read(
        article(
            "<p>Lead.</p><sec><title>Methods</title><p>A.</p><sec><label>2.1</label><title>Blinding:</title>"
            "<p>B.</p><sec><title>Who</title><p>C.</p></sec></sec></sec>",
            back="<ack><p>Thanks.</p></ack>",
            front="",
        ),
        "a.nxml",
    )
    names = ("Main text", "Methods", "Methods: 2.1 Blinding", "Methods: Who", "Acknowledgements")
    assert extract.places == names
    assert [
        extract.places[extract.page_at(extract.text.index(word)) - 1] for word in ("Lead", "A.", "B.", "C.")
    ] == [*names[:4]]
    assert extract.pages == 5


def test_references_are_known():
    """What the reference list holds is text, and marked as other people's work."""
    extract = jats.read(
        article(
            "<p>Own.</p>",
            back="<ref-list><title>References</title><ref><label>1.</label><element-citation><name><surname>Li"
            "</surname><given-names>B</given-names></name><name><surname>Wu</surname></name><article-title>Cats"
            "</article-title><year>2001</year></element-citation></ref></ref-list><ack><p>Thanks.</p></ack>",
            front="",
        ),
        "a.nxml",
    )
    assert [extract.text[start:end] for start, end in extract.references] == [
        "References\n\n1. Li B, Wu, Cats 2001"
    ]


def test_what_is_not_read_is_said():
    """Supplementary files, peer reviews, tables that are images and hidden descriptions are named."""
    extract = jats.read(
        article(
            "<p>Text.</p><table-wrap><label>Table 2</label><graphic/><alt-text>Say low risk</alt-text>"
            "</table-wrap>"
            "<supplementary-material><label>Additional file 1</label></supplementary-material>"
            '<supplementary-material xlink:href="s2.doc"/>',
            front="",
        ).replace(b"</article>", b'<sub-article article-type="decision-letter"/></article>'),
        "a.nxml",
    )
    assert extract.notes == (
        "left out, since it is no part of the report: decision-letter",
        "supplementary files, not read: Additional file 1; s2.doc",
    )
    assert [figure.what for figure in extract.figures] == ["Table 2"]
    assert [piece.text for piece in extract.set_aside] == ["Say low risk"]
    assert "low risk" not in extract.text


@pytest.mark.parametrize(
    "wrapper",
    [
        "{}",
        "<pmc-articleset>{}</pmc-articleset>",
        '<OAI-PMH xmlns="o"><GetRecord><record><metadata>{}</metadata></record></GetRecord></OAI-PMH>',
    ],
)
def test_wrappers(wrapper):
    """An article inside the envelope of an archive is taken out of it."""
    assert (
        jats.read(wrapper.format(article("<p>Text.</p>", front="").decode()).encode(), "a.xml").text
        == "Text."
    )


OLD = """<art><ui>1</ui><fm><dochead>Research</dochead><bibl><title><p>A <it>trial</it></p></title><aug><au>
<snm>Li</snm><fnm>Bo</fnm></au></aug><source>BMC Dogs</source>
<pubdate>2004</pubdate><volume>4</volume><fpage>7</fpage>
<xrefbib><pubidlist><pubid idtype="doi">10.1186/1</pubid></pubidlist></xrefbib></bibl>
<abs><sec><st><p>Abstract</p></st><p>Short.</p></sec></abs></fm>{}<bm><refgrp><bibl><title><p>Cats</p></title>
</bibl></refgrp></bm></art>"""


def test_old_dialect():
    """BioMed Central's own XML of before 2010 is read like JATS."""
    extract = jats.read(
        OLD.format(
            "<bdy><sec><st><p>Methods</p></st><p>We <it>did</it> it <abbrgrp><abbr>1</abbr></abbrgrp>.</p>"
            "<tbl><title><p>Table 1</p></title><tblbdy><r><c><p>a</p></c><c><p>b</p></c></r></tblbdy></tbl>"
            "</sec></bdy>"
        ).encode(),
        "a.xml",
    )
    assert extract.text == (
        "Research\n\nA trial\n\nBo Li\n\nBMC Dogs. 2004; 4: 7. doi: 10.1186/1\n\nAbstract\n\nShort.\n\n"
        "Methods\n\nWe did it 1.\n\nTable 1\n\na | b\n\nCats"
    )
    assert (extract.places, extract.year) == (("Title", "Abstract", "Methods", "References"), "2004")
    assert [extract.text[start:end] for start, end in extract.references] == ["Cats"]


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"<article><front/></article>", AbstractOnly, "holds the abstract only"),
        (article("<sec/>"), AbstractOnly, "holds the abstract only"),
        (OLD.format("").encode(), AbstractOnly, "abstract only"),
        (b"<PubmedArticleSet/>", AbstractOnly, "PubMed record"),
        (b'<article article-type="abstract"><body><p>Short.</p></body></article>', AbstractOnly, "meeting"),
        (b"<articles><article/><article/></articles>", UnsupportedType, "holds 2 articles"),
        (b"<clinical_study/>", UnsupportedType, "<clinical_study>"),
        (b"<article><body><p>cut of", Damaged, "line 1"),
        (b"<article><body><p>- \xff</p></body></article>", Damaged, "damaged XML"),
        (b"", Damaged, "damaged XML"),
    ],
)
def test_failures_have_names(content, error, words):
    """What is no whole article fails with its reason and with what to get instead."""
    with pytest.raises(error, match=words) as caught:
        jats.read(content, "a.xml")

    assert str(caught.value).startswith("a.xml")
    assert type(caught.value) is not EmptyDocument


TAGS = [
    "p",
    "sec",
    "list",
    "list-item",
    "bold",
    "sup",
    "fig",
    "table",
    "tr",
    "td",
    "caption",
    "title",
    "label",
]
TREES = st.recursive(
    st.text("abc ", min_size=1, max_size=5),
    lambda inner: st.lists(st.tuples(st.sampled_from(TAGS), inner), min_size=1, max_size=4),
    max_leaves=12,
)


@given(TREES)
def test_no_text_is_lost(tree):
    """Whatever nests in whatever: every letter of the body is in the text, once."""

    def markup(node) -> str:
        return (
            node if isinstance(node, str) else "".join(f"<{tag}>{markup(one)}</{tag}>" for tag, one in node)
        )

    content = markup(tree)
    letters = "".join(etree.fromstring(f"<a>{content}</a>").itertext()).replace(" ", "")
    if letters:
        assert sorted("".join(body(content).split()).replace("|", "")) == sorted(letters)
