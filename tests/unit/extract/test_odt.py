"""OpenDocument texts: what a reader sees, in order; what nobody sees is set apart."""

from __future__ import annotations

import pytest

from robasync.errors import Damaged, EmptyDocument, PasswordNeeded
from robasync.extract.odt import read
from tests import office

NOTE = (
    "<text:note><text:note-citation>1</text:note-citation>"
    "<text:note-body><text:p>A note.</text:p></text:note-body></text:note>"
)
BOX = "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame>"
FORMULA = (
    '<draw:frame><draw:object><m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:semantics>'
    "<m:mfrac><m:mi>a</m:mi><m:mi>b</m:mi></m:mfrac><m:annotation>{a} over {b}</m:annotation>"
    "</m:semantics></m:math></draw:object></draw:frame>"
)
RUBY = "<text:ruby><text:ruby-base>y</text:ruby-base><text:ruby-text>x</text:ruby-text></text:ruby>"
UP = (
    '<style:style style:name="up" style:family="text">'
    '<style:text-properties style:text-position="super 58%"/></style:style>'
)
ROW = (
    '<table:table><table:table-row table:visibility="collapse"><table:table-cell>'
    "<text:p>Poison.</text:p></table:table-cell></table:table-row></table:table>"
)

# What stands in a paragraph, and how it is read.
RUNS = {
    "spaces": ("a<text:s text:c='3'/>b<text:tab/>c<text:line-break/>d", "a b c d"),
    "spans": ("in <text:span>the</text:span> ward", "in the ward"),
    "link": ("<text:a xlink:href='x'>a link</text:a>", "a link"),
    "note": (f"Text{NOTE}.", "Text.\n\nA note."),
    "box": (f"Text.{BOX}", "Text.\n\nIn a box."),
    "ruby": (RUBY, "y"),
    "raised": ("10<text:span text:style-name='up'>6</text:span>", "10⁶"),
    "formula": (FORMULA, "a/b"),
}

# Text properties with the reason why their text is set apart; none where it can be seen.
SEEN = {
    'text:display="none"': "hidden text",
    'fo:color="#ffffff"': "white text",
    'fo:color="#ffffff" fo:background-color="#000080"': "",
    'fo:color="#ffffff" style:use-window-font-color="true"': "",
    'fo:font-size="1pt"': "text too small to read",
    'fo:font-size="8pt"': "",
}


def text(body, **options):
    """Return the text of a document with this body."""
    return read(office.odt(body, **options), "a.odt").text


@pytest.mark.parametrize("name", RUNS)
def test_what_stands_in_a_paragraph(name):
    """Each element is read as it is shown; boxes and notes follow the paragraph that they hang on."""
    runs, expected = RUNS[name]

    assert text(f"<text:p>{runs}</text:p>", styles=UP) == expected


@pytest.mark.parametrize("properties", SEEN)
def test_what_cannot_be_seen_is_set_apart(properties):
    """Hidden, tiny and white text is not sent; what builds on such a style is none of it either."""
    styles = (
        '<style:style style:name="base" style:family="text">'
        f"<style:text-properties {properties}/></style:style>"
        '<style:style style:name="own" style:family="text" style:parent-style-name="base"/>'
    )
    body = '<text:p>Seen. <text:span text:style-name="own">Perhaps.</text:span></text:p>'
    found = read(office.odt(body, styles=styles), "a.odt")
    reason = SEEN[properties]

    assert found.text == ("Seen." if reason else "Seen. Perhaps.")
    assert [(piece.reason, piece.text) for piece in found.set_aside] == [(reason, "Perhaps.")] * bool(reason)


@pytest.mark.parametrize(
    "hidden",
    [
        '<text:section text:display="none"><text:p>Poison.</text:p></text:section>',
        '<text:p><text:hidden-text text:string-value="Poison."/></text:p>',
        ROW,
        "<text:p><office:annotation><text:p>Poison.</text:p></office:annotation></text:p>",
    ],
)
def test_what_is_not_displayed_is_set_apart(hidden):
    """Sections, fields and rows that are switched off, and comments."""
    found = read(office.odt(f"<text:p>Seen.</text:p>{hidden}"), "a.odt")

    assert (found.text, [piece.text for piece in found.set_aside]) == ("Seen.", ["Poison."])


def test_deletions_are_left_out_and_changes_noted():
    """What was deleted stands apart from the flow and is not read."""
    changes = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
    )
    found = read(office.odt(f"{changes}<text:p>kept<text:change/></text:p>"), "a.odt")

    assert (found.text, found.notes) == ("kept", ("1 tracked changes, read as if accepted",))


def test_tables_lists_and_headings():
    """Rows are lines, merged cells stand once, list entries are paragraphs, headings begin sections."""
    found = read(
        office.odt(
            '<text:h text:outline-level="1">Methods</text:h>'
            "<text:list><text:list-item><text:p>one</text:p></text:list-item></text:list>"
            '<text:h text:outline-level="2">Arms</text:h>'
            "<table:table><table:table-header-rows><table:table-row>"
            '<table:table-cell table:number-columns-spanned="2"><text:p>Both</text:p></table:table-cell>'
            "<table:covered-table-cell/><table:table-cell><text:p>p</text:p></table:table-cell></table:table-row>"
            "</table:table-header-rows><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
            "<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
        ),
        "a.odt",
    )

    assert found.text == "Methods\n\none\n\nArms\n\nBoth |  | p\na | b"
    assert found.places == ("Methods", "Methods: Arms")


def test_metadata_and_heads():
    """Title, author and year come from the file; heads of pages are set apart."""
    meta = (
        f"<office:document-meta {office.ODF}><office:meta><dc:title>A trial of rest in back pain</dc:title>"
        "<meta:initial-creator>A. Author</meta:initial-creator>"
        "<meta:creation-date>2019-03-01</meta:creation-date>"
        "</office:meta></office:document-meta>"
    )
    styles = (
        f"<office:document-styles {office.ODF}><office:master-styles><style:master-page><style:header>"
        "<text:p>J Trials</text:p></style:header></style:master-page>"
        "</office:master-styles></office:document-styles>"
    )
    parts = {"meta.xml": meta, "styles.xml": styles}
    found = read(office.odt("<text:p>Text.</text:p>", parts=parts), "a.odt")

    assert (found.title, found.author, found.year) == ("A trial of rest in back pain", "A. Author", "2019")
    assert [piece.text for piece in found.set_aside] == ["J Trials"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (office.odt(""), EmptyDocument),
        (office.odt("<text:p>"), Damaged),
        (office.zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), Damaged),
        (
            office.odt("x", parts={"META-INF/manifest.xml": "<m:encryption-data xmlns:m='m'/>"}),
            PasswordNeeded,
        ),
        (office.odt("<text:section>" * 200 + "</text:section>" * 200), EmptyDocument),
        (office.odt("<text:section>" * 255 + "</text:section>" * 255), Damaged),
    ],
)
def test_no_text_is_a_failure_with_a_name(content, error):
    """A file without visible words, or that cannot be read, never becomes an empty extract."""
    with pytest.raises(error, match=r"a\.odt"):
        read(content, "a.odt")
