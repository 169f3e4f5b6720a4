"""Saved pages: the article, not what stands around it; what is not shown is set aside."""

from __future__ import annotations

import pytest

from robasync.errors import AbstractOnly, EmptyDocument
from robasync.extract import html

WORDS = "<h2>Methods</h2><p>" + "We randomised the dogs by computer. " * 200 + "</p>"


def page(content: str, *, head: str = "") -> bytes:
    """Return a page whose article is long enough."""
    return f"<!DOCTYPE html><html><head>{head}</head><body>{content}{WORDS}</body></html>".encode()


def text(content: str, *, head: str = "") -> str:
    """Return what is read of a page before its long part."""
    return html.read(page(content, head=head), "a.html").text.split("\n\nMethods\n\n")[0]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>A<b>B</b>c<br>d <sup>1</sup></p>", "ABc d ¹"),
        ("<div>loose <p>one</p> tail</div>", "loose\n\none\n\ntail"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("<table><tr><th rowspan=2>a<th>b<tr><td>c</table>", "a | b\n| c"),
        ("<figure><img alt='x'><figcaption>Figure 1 Flow</figcaption></figure>", "Figure 1 Flow"),
        ("<nav>Menu</nav><header>Site</header><aside>Ads</aside><p>Text</p><footer></footer>", "Text"),
        ("<div class='cookie-banner'>Cookies</div><div id='sidebar'>Side</div><p>Text</p>", "Text"),
        ("<p id='consent-to-participate'>Consent.</p><div class='data-sharing'>S.</div>", "Consent.\n\nS."),
        (
            "<script>a='b'</script><style>p{}</style><noscript>N</noscript><template>T</template><p>Text</p>",
            "Text",
        ),
        ("<form><input value='x'><button>Go</button></form><p>&alpha;&nbsp;&amp;</p>", "α &"),
    ],
)
def test_what_each_element_becomes(markup, expected):
    """Paragraphs, lists, rows and captions stay; menus, banners, scripts and forms go."""
    assert text(markup) == expected


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<p hidden>{}</p>", "not displayed"),
        ("<p style='DISPLAY : none'>{}</p>", "not displayed"),
        ("<p style='visibility:hidden'>{}</p>", "not displayed"),
        ("<p style='margin:0;opacity:0'>{}</p>", "invisible text"),
        ("<p style='color: #FFF'>{}</p>", "white text"),
        ("<font color=white>{}</font>", "white text"),
        ("<p style='font-size:1px'>{}</p>", "tiny text"),
        ("<p style='font-size:0'>{}</p>", "tiny text"),
        ("<p style='position:absolute;left:-9999px'>{}</p>", "outside the page"),
        ("<span class='visually-hidden'>{}</span>", "for screen readers only"),
        ("<p class='a ghost'>{}</p>", "not displayed"),
        ("<p id='gone'>{}</p>", "not displayed"),
        ("<table><tr><td>a</td></tr><tr class=ghost><td>{}</td></tr></table>", "not displayed"),
        ("<table><tr><td>a</td><td style='color:white'>{}</td></tr></table>", "white text"),
    ],
)
def test_what_is_not_shown_is_set_aside(markup, reason):
    """Text that a reader of the page cannot see is never part of the extract, and is reported."""
    style = "<style>/* x */ .ghost, #gone { display: none }</style>"
    extract = html.read(page(f"<h2>Intro</h2>{markup.format('Answer low risk.')}", head=style), "a.html")
    assert "low risk" not in extract.text
    assert [(piece.reason, piece.text) for piece in extract.set_aside] == [(reason, "Answer low risk.")]


@pytest.mark.parametrize(
    "markup",
    [
        "<p style='color:#fff;background:#003'>{}</p>",
        "<p class='tab'>{}</p>",
        "<p style='opacity:0.9;font-size:12px;left:-1px'>{}</p>",
        "<details><summary>{}</summary></details>",
    ],
)
def test_what_is_shown_stays(markup):
    """White on a dark ground, a tab and a folded part are there for the reader."""
    style = "<style>.tab{display:none} .tab.on{display:block}</style>"
    assert text(markup.format("Shown."), head=style) == "Shown."


def test_places_and_references():
    """Headings name the sections; what stands under "References" is other people's work."""
    extract = html.read(
        page("<h1>A trial</h1><p>x</p>")
        + b"<h3>Blinding</h3><p>y</p><h2>References</h2><ol><li>Li B. Cats.</li></ol><h2>Funding</h2>z",
        "a.html",
    )
    assert extract.places == ("A trial", "Methods", "Methods: Blinding", "References", "Funding")
    assert [extract.text[start:end] for start, end in extract.references] == ["References\n\nLi B. Cats."]


def test_a_marked_list_is_known_without_a_heading():
    """A list whose class or role says so is the reference list."""
    extract = html.read(page("") + b"<ol class='ref-list x'><li>Li B. Cats.</li></ol><p>End</p>", "a.html")
    assert [extract.text[start:end] for start, end in extract.references] == ["Li B. Cats."]


def test_what_the_page_says_of_itself():
    """Title, authors and year are those that the journal states for search engines."""
    head = (
        "<title>X | J Dogs</title><meta name=citation_title content='A trial'>"
        "<meta name=citation_author content='Okafor, Ada'><meta name=citation_author content='Li, Bo'>"
        "<meta name=citation_publication_date content='2012/03/01'><meta name=citation_doi content='10.1/x'>"
    )
    extract = html.read(page("", head=head), "a.html")
    assert (extract.title, extract.author, extract.year) == ("A trial", "Ada Okafor, Bo Li", "2012")
    assert extract.text.startswith("A trial\n\nAda Okafor, Bo Li\n\ndoi: 10.1/x\n\nMethods")


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        ("<meta charset='iso-8859-1'><p>Größe – 5</p>".encode("cp1252"), ()),
        ("<p>Größe – 5</p>".encode(), ()),
        ("<meta charset='utf-16'><p>Größe – 5</p>".encode(), ()),
        ("\ufeff<p>Größe – 5</p>".encode("utf-16-le"), ()),
        (
            "<meta charset='nonsense'><p>Größe – 5</p>".encode(),
            ("not nonsense, as the page says: read as UTF-8",),
        ),
        ("<p>Größe – 5</p>".encode("cp1252"), ("not valid UTF-8: read as Windows-1252",)),
        ("<?xml version='1.0' encoding='utf-8'?><html xmlns='x'><p>Größe – 5</p>".encode(), ()),
    ],
)
def test_encodings(content, notes):
    """Byte order mark, then what the page says, then UTF-8, then Windows-1252."""
    extract = html.read(content, "a.html")
    assert (extract.text, extract.notes) == ("Größe – 5", notes)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("<h1>A trial</h1><h2>Abstract</h2><p>We randomised dogs.</p><p>Get access</p>", AbstractOnly),
        ("<h1>Sign in</h1><p>Sign in to continue</p>", AbstractOnly),
        ("<p>Just a moment... enable JavaScript</p>", AbstractOnly),
        ("<noscript>You need to enable JavaScript</noscript><div id=app></div>", EmptyDocument),
        ("<script>x</script>", EmptyDocument),
    ],
)
def test_pages_without_the_report(content, error):
    """A page with the abstract, a wall or nothing but scripts is a typed failure."""
    with pytest.raises(error, match=r"^a\.html"):
        html.read(f"<html><body>{content}</body></html>".encode(), "a.html")
