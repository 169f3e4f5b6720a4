"""Word documents: what a reader sees, in order; what nobody sees is set apart."""

from __future__ import annotations

import io

import docx as independent
import pytest

from robasync.errors import Damaged, EmptyDocument, NoTextLayer
from robasync.extract.docx import read
from robasync.extract.finish import finished
from tests import office
from tests.office import SPACES, paragraph

BOX = "<w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>"
SHAPE = f"<wps:wsp><wps:txbx>{BOX}</wps:txbx></wps:wsp>"
FALLBACK = f"<w:pict><v:shape><v:textbox>{BOX}</v:textbox></v:shape></w:pict>"
EITHER = (
    f"<mc:AlternateContent><mc:Choice><w:drawing><wp:inline>{SHAPE}</wp:inline></w:drawing></mc:Choice>"
    f"<mc:Fallback>{FALLBACK}</mc:Fallback></mc:AlternateContent>"
)
OUTER = (
    f"<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Outer.</w:t></w:r><w:r>{FALLBACK}</w:r></w:p>"
    "</w:txbxContent></w:pict></w:r>"
)
WHITE = '<w:p><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>White.</w:t></w:r></w:p>'
IMAGE = "<w:p><w:r><w:drawing><wp:inline><pic:pic/></wp:inline></w:drawing></w:r></w:p>"
CHECKED = (
    '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>'
    '</w:fldChar></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>yes</w:t></w:r>'
)
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>Table 2</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
CELL = "<w:tc><w:tcPr>{}</w:tcPr><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"

# What stands in a paragraph, and how it is read.
RUNS = {
    "tab and break": ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a b c"),
    "hyphens": (
        "<w:r><w:t>non</w:t><w:noBreakHyphen/><w:t>ran</w:t><w:softHyphen/><w:t>dom</w:t></w:r>",
        "non-random",
    ),
    "symbol": ('<w:r><w:t>p </w:t><w:sym w:font="Symbol" w:char="F0A3"/><w:t> 0.05</w:t></w:r>', "p ≤ 0.05"),
    "raised": (
        '<w:r><w:t>10</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>6</w:t></w:r>',
        "10⁶",
    ),
    "link": ('<w:hyperlink r:id="x"><w:r><w:t>a link</w:t></w:r></w:hyperlink>', "a link"),
    "field": (FIELD, "Table 2"),
    "simple field": ('<w:fldSimple w:instr="DATE"><w:r><w:t>2019</w:t></w:r></w:fldSimple>', "2019"),
    "inserted": ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins>", "new"),
    "deleted": ("<w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText> gone</w:delText></w:r></w:del>", "kept"),
    "moved": (
        "<w:moveFrom><w:r><w:t>there</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>here</w:t></w:r></w:moveTo>",
        "here",
    ),
    "control": (
        "<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>chosen</w:t></w:r></w:sdtContent></w:sdt>",
        "chosen",
    ),
    "ruby": (
        "<w:r><w:ruby><w:rt><w:r><w:t>x</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>y</w:t></w:r></w:rubyBase></w:ruby></w:r>",
        "y",
    ),
    "checkbox": (CHECKED, "☒ yes"),
    "fraction": (
        "<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>",
        "a/b",
    ),
    "power": (
        "<m:oMath><m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>",
        "r^2",
    ),
    "box in two forms": (f"<w:r><w:t>Before.</w:t></w:r><w:r>{EITHER}</w:r>", "Before.\n\nIn a box."),
    "box in a box": (OUTER, "Outer.\n\nIn a box."),
    "box of old": (f"<w:r>{FALLBACK}</w:r>", "In a box."),
    "a ring of styles": ('<w:r><w:rPr><w:rStyle w:val="Ring"/></w:rPr><w:t>seen</w:t></w:r>', "seen"),
}

# Run properties with the reason why their text is set apart; none where it can be seen.
SEEN = {
    "<w:vanish/>": "hidden text",
    '<w:vanish w:val="0"/>': "",
    '<w:rStyle w:val="Gone"/>': "hidden text",
    '<w:rStyle w:val="Gone"/><w:vanish w:val="false"/>': "",
    '<w:color w:val="FFFFFF"/>': "white text",
    '<w:color w:val="FBFBFB"/>': "white text",
    '<w:color w:val="000000" w:themeColor="background1"/>': "white text",
    '<w:color w:val="FFFFFF" w:themeColor="text1"/>': "",
    '<w:color w:val="BFBFBF" w:themeColor="background1" w:themeShade="BF"/>': "",
    '<w:color w:val="auto"/>': "",
    '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="000080"/>': "",
    '<w:color w:val="FFFFFF"/><w:highlight w:val="darkBlue"/>': "",
    '<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>': "text in the colour behind it",
    '<w:sz w:val="2"/>': "text too small to read",
    '<w:sz w:val="12"/>': "",
}

TABLES = {
    "rows": (
        [[("", "Age"), ("", "54"), ("", "55")], [("", "Men"), ("", ""), ("", "9")]],
        "Age | 54 | 55\nMen |  | 9",
    ),
    "merged columns": (
        [[('<w:gridSpan w:val="2"/>', "Both"), ("", "p")], [("", "a"), ("", "b"), ("", "c")]],
        "Both |  | p\na | b | c",
    ),
    "merged rows": (
        [[('<w:vMerge w:val="restart"/>', "Arm"), ("", "1")], [("<w:vMerge/>", "Arm"), ("", "2")]],
        "Arm | 1\n| 2",
    ),
}


def part(name, content):
    """Return a part of a Word file."""
    return f"<w:{name} {SPACES}>{content}</w:{name}>"


def text(body, **options):
    """Return the text of a document with this body."""
    return read(office.docx(body, **options), "a.docx").text


@pytest.mark.parametrize("name", RUNS)
def test_what_stands_in_a_paragraph(name):
    """Each kind of run is read as it is shown, changes as accepted, nothing twice."""
    runs, expected = RUNS[name]

    assert text(f"<w:p>{runs}</w:p>") == expected


@pytest.mark.parametrize("properties", SEEN)
def test_what_cannot_be_seen_is_set_apart(properties):
    """Hidden, tiny and white text is not sent; the reason is given. What is to be seen stays."""
    found = read(office.docx(paragraph("Seen.") + paragraph("Perhaps.", run=properties)), "a.docx")
    reason = SEEN[properties]

    assert found.text == ("Seen." if reason else "Seen.\n\nPerhaps.")
    assert [(piece.reason, piece.text) for piece in found.set_aside] == (
        [(reason, "Perhaps.")] if reason else []
    )


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_read_row_by_row(name):
    """Each row is a line, its cells apart; what is merged stands once, and the columns stay in line."""
    rows, expected = TABLES[name]
    made = "".join(f"<w:tr>{''.join(CELL.format(*cell) for cell in row)}</w:tr>" for row in rows)

    assert text(f"<w:tbl>{made}</w:tbl>") == expected


def test_a_table_that_lays_out_is_read_cell_by_cell():
    """Cells of several long paragraphs, and tables within cells, are not pressed into one line."""
    long = "A sentence of some length. " * 20
    inner = f"<w:tbl><w:tr>{CELL.format('', 'x')}{CELL.format('', 'y')}</w:tr></w:tbl>"
    cells = f"<w:tc>{paragraph(long)}{paragraph('Then.')}</w:tc><w:tc>{inner}</w:tc>"

    assert text(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>") == f"{long.strip()}\n\nThen.\n\nx | y"


def test_a_table_within_a_table_keeps_its_rows():
    """The rows around it stay lines; its own rows are lines of their own."""
    inner = f"<w:tbl><w:tr>{CELL.format('', 'x')}{CELL.format('', 'y')}</w:tr></w:tbl>"
    first = f"<w:tr>{CELL.format('', 'a')}{CELL.format('', 'b')}</w:tr>"
    second = f"<w:tr>{CELL.format('', 'c')}<w:tc>{paragraph('d')}{inner}</w:tc></w:tr>"

    assert text(f"<w:tbl>{first}{second}</w:tbl>") == "a | b\n\nc\n\nd\n\nx | y"


def test_what_is_set_apart_says_its_section():
    """A medium without pages names the section in which something is hidden."""
    body = paragraph("Methods", style="H1") + paragraph("Seen.") + paragraph("No.", run="<w:vanish/>")
    found = finished(read(office.docx(body), "a.docx"))

    assert [piece.place for piece in found.set_aside] == ["section 1, Methods"]


def test_white_text_on_a_dark_head_of_a_table_is_seen():
    """A table's style may lay a colour behind its first row only."""
    cell = '<w:tc><w:p><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>{}</w:t></w:r></w:p></w:tc>'
    rows = "".join(f"<w:tr>{cell.format(word)}</w:tr>" for word in ("Head", "Poison"))
    body = f'<w:tbl><w:tblPr><w:tblStyle w:val="Dark"/></w:tblPr>{rows}</w:tbl>'
    found = read(office.docx(body), "a.docx")

    assert (found.text, [piece.text for piece in found.set_aside]) == ("Head", ["Poison"])


def test_a_deleted_row_is_gone_and_a_deleted_mark_joins():
    """Rows whose deletion is tracked are not read; paragraphs whose mark is deleted are one."""
    gone = f"<w:tr><w:trPr><w:del/></w:trPr>{CELL.format('', 'gone')}</w:tr>"
    rows = f"{gone}<w:tr>{CELL.format('', 'kept')}</w:tr>"
    joined = paragraph("One ", properties="<w:rPr><w:del/></w:rPr>") + paragraph("sentence.")

    assert text(f"<w:tbl>{rows}</w:tbl>{joined}") == "kept\n\nOne sentence."


def test_notes_stand_where_their_mark_is_and_comments_are_set_apart():
    """A footnote follows its paragraph; a comment is no part of the text."""
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="7"/></w:r>'
    parts = {
        "footnotes": part("footnotes", f'<w:footnote w:id="2">{paragraph("A note.")}</w:footnote>'),
        "comments": part("comments", f'<w:comment w:id="7">{paragraph("Really?")}</w:comment>'),
        "header": part("hdr", paragraph("J Trials 2019")),
    }
    found = read(
        office.docx(f"<w:p><w:r><w:t>Text.</w:t></w:r>{mark}</w:p>" + paragraph("More."), parts=parts), "a"
    )

    assert found.text == "Text.\n\nA note.\n\nMore."
    assert [(piece.reason, piece.text) for piece in found.set_aside] == [
        ("comment", "Really?"),
        ("running head", "J Trials 2019"),
    ]


@pytest.mark.parametrize(
    "box",
    [
        f'<w:drawing><wp:anchor><wp:docPr hidden="1"/>{SHAPE}</wp:anchor></w:drawing>',
        f'<w:pict><v:shape style="visibility:hidden"><v:textbox>{BOX}</v:textbox></v:shape></w:pict>',
    ],
)
def test_a_box_that_is_switched_off_is_set_apart(box):
    """A drawing may be there and not be shown."""
    found = read(office.docx(f"<w:p><w:r><w:t>Seen.</w:t></w:r><w:r>{box}</w:r></w:p>"), "a.docx")

    assert (found.text, [piece.text for piece in found.set_aside]) == ("Seen.", ["In a box."])


@pytest.mark.parametrize(
    ("filling", "seen"),
    [
        ('<a:solidFill><a:srgbClr val="000080"/></a:solidFill>', "White."),
        ('<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>', ""),
        ("<a:gradFill/>", "White."),
        ("<a:noFill/>", ""),
    ],
)
def test_white_text_in_a_box_is_seen_where_the_box_is_dark(filling, seen):
    """What a box is filled with decides; without a filling, what lies behind it."""
    shape = (
        f"<wps:wsp><wps:spPr>{filling}</wps:spPr><wps:txbx><w:txbxContent>{WHITE}</w:txbxContent></wps:txbx>"
    )
    drawn = f"<w:p><w:r><w:drawing><wp:inline>{shape}</wps:wsp></wp:inline></w:drawing></w:r></w:p>"

    assert text(paragraph("Text.") + drawn) == f"Text.\n\n{seen}".strip()


def test_sections_stand_for_pages():
    """Headings by style, by a style built on one, or by outline level begin sections that are named."""
    body = (
        paragraph("Lead.")
        + paragraph("Methods", style="H1")
        + paragraph("Randomised.")
        + paragraph("Blinding", style="Mine")
        + paragraph("Masked.")
        + paragraph("Results", properties='<w:outlineLvl w:val="0"/>')
        + paragraph("Cured.")
    )
    found = read(office.docx(body), "a.docx")

    assert found.places == ("Title", "Methods", "Methods: Blinding", "Results")
    assert found.place(found.page_at(found.text.index("Masked"))) == "section 3, Methods: Blinding"
    assert found.pages == 4


def test_without_headings_paragraphs_are_counted():
    """A document without headings has sections of twenty paragraphs."""
    found = read(office.docx("".join(paragraph(f"Sentence {number}.") for number in range(45))), "a.docx")

    assert found.places == ("paragraphs 1 to 20", "paragraphs 21 to 40", "paragraphs 41 to 45")


def test_short_bold_paragraphs_are_headings_where_nothing_else_is():
    """Manuscripts often have no heading styles; a bold sentence in the text is no heading."""
    bold = [paragraph(text, run="<w:b/>") for text in ("Methods", "Results", "This matters.")]
    found = read(office.docx(bold[0] + paragraph("a") + bold[1] + paragraph("b") + bold[2]), "a.docx")

    assert found.places == ("Methods", "Results")


def test_metadata_are_those_of_the_file():
    """Title, author and year come from the core properties."""
    found = read(office.docx(paragraph("Text.")), "a.docx")

    assert (found.title, found.author, found.year) == (
        "A trial of rest in acute low back pain",
        "A. Author",
        "2019",
    )


def test_changes_and_embedded_files_are_noted():
    """That changes were taken as accepted, and that a part was not read, is said."""
    found = read(
        office.docx('<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p><w:altChunk r:id="x"/>'), "a.docx"
    )

    assert found.notes == ("1 tracked changes, read as if accepted", "1 embedded files (altChunk), not read")


def test_the_strict_form_is_read():
    """The strict form of the format differs in its names only."""
    strict = part("document", f"<w:body>{paragraph('Text.')}</w:body>").replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )

    assert read(office.zipped({"word/document.xml": strict}), "a.docx").text == "Text."


def test_a_flow_diagram_that_is_an_image_is_named():
    """Where numbers may stand in an image, its caption says which; other images are not mentioned."""
    flow = IMAGE + paragraph("Figure 1. CONSORT flow diagram of the trial")
    apart = "".join(paragraph("Text.") for _ in range(4))
    found = read(office.docx(flow + apart + IMAGE + paragraph("Figure 2. The ward")), "a.docx")

    assert [figure.what for figure in found.figures] == ["Figure 1"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", EmptyDocument),
        (paragraph("x", run="<w:vanish/>"), EmptyDocument),
        ("<w:p><w:r><w:drawing><pic:pic/></w:drawing></w:r></w:p>", NoTextLayer),
        ("<w:sdt><w:sdtContent>" * 90 + "</w:sdtContent></w:sdt>" * 90, EmptyDocument),
        ("<w:sdt><w:sdtContent>" * 200 + "</w:sdtContent></w:sdt>" * 200, Damaged),
        ("<w:p>", Damaged),
    ],
)
def test_no_text_is_a_failure_with_a_name(body, error):
    """A document without visible words, or that cannot be parsed, never becomes an empty extract."""
    with pytest.raises(error, match=r"a\.docx"):
        read(office.docx(body), "a.docx")


def test_a_note_within_itself_ends():
    """A footnote whose mark stands in that footnote is read once."""
    note = (
        '<w:footnote w:id="2"><w:p><w:r><w:t>N.</w:t><w:footnoteReference w:id="2"/></w:r></w:p></w:footnote>'
    )
    parts = {"footnotes": part("footnotes", note)}

    assert (
        text('<w:p><w:r><w:t>T.</w:t><w:footnoteReference w:id="2"/></w:r></w:p>', parts=parts) == "T.\n\nN."
    )


def test_what_another_library_writes_is_read():
    """A document that python-docx made: its headings, paragraphs and table, in order."""
    made = independent.Document()
    made.add_heading("Methods", 1)
    made.add_paragraph("Participants were ").add_run("randomly").bold = True
    table = made.add_table(2, 2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"cell {number}"

    made.add_heading("Results", 1)
    space = io.BytesIO()
    made.save(space)
    found = read(space.getvalue(), "a.docx")

    assert found.text == (
        "Methods\n\nParticipants were randomly\n\ncell 0 | cell 1\ncell 2 | cell 3\n\nResults"
    )
    assert found.places == ("Methods", "Results")
