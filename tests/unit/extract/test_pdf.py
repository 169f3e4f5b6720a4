"""What becomes of a PDF: text with its places, or a failure that says why there is none."""

from __future__ import annotations

import re

import pymupdf
import pytest

from robasync.errors import Damaged, DocumentError, EmptyDocument, NoPages, NoTextLayer, PasswordNeeded
from robasync.extract import about, notes, unread, wire
from robasync.extract.lines import Line, Page
from robasync.model import Extract
from tests import papers

LINE = "Participants were randomly assigned by a computer"


def read(content: bytes) -> Extract:
    """Read a PDF in this process, there and back over the wire."""
    return wire.decode(wire.encode(papers.read(content, "a.pdf")))


def test_one_word_is_text():
    """A page that says one word is no failure."""
    assert read(papers.pdf([(60, 100, "Hello")])).text == "Hello"


def test_a_sentence_crosses_a_page():
    """The halves of a sentence on two pages are one; each leads back to its page and place."""
    filler = [f"{LINE} number {n}." for n in range(30)]
    first = papers.column(60, [*filler, f"{LINE} that generated ran-"], top=120)
    extract = read(papers.pdf(first, papers.column(60, ["dom numbers in blocks of four.", *filler], top=120)))
    assert "that generated random numbers in blocks of four." in extract.text
    assert extract.page_at(extract.text.index("generated")) == 1
    assert extract.page_at(extract.text.index("in blocks of four")) == 2
    assert all(segment.box and 100 < segment.box[1] < 500 for segment in extract.segments)


def test_hidden_text_is_set_apart():
    """White, transparent and invisible words are not in the text; the reason and page are kept."""
    with pymupdf.open() as made:
        page = made.new_page()
        page.insert_text((60, 100), "Seen by all.")
        page.insert_text((60, 130), "White as snow.", color=(1, 1, 1))
        page.insert_text((60, 160), "Never drawn.", render_mode=3)
        page.insert_text((60, 190), "Clear as glass.", fill_opacity=0, stroke_opacity=0)
        page.draw_rect((50, 300, 300, 330), fill=(0, 0, 0.5))
        page.insert_text((60, 320), "White on blue.", color=(1, 1, 1))
        extract = read(made.tobytes())

    assert extract.text == "Seen by all.\n\nWhite on blue."
    assert [(piece.page, piece.reason) for piece in extract.set_aside] == [
        (1, "white text"),
        (1, "invisible text"),
    ]
    assert extract.set_aside[0].text == "White as snow."


def test_the_layer_of_a_scan_is_text():
    """Invisible words over an image as large as the page are the scan's own, and noted."""
    extract = read(papers.scan(2, hidden_text="Allocation was by sealed envelopes."))
    assert "sealed envelopes" in extract.text
    assert extract.notes == ("pages 1-2: scanned, text from its own OCR layer, not compared with the image",)


def test_pages_without_text_are_named():
    """A document whose text is partial says which pages gave none."""
    with pymupdf.open(stream=papers.pdf([(60, 100, LINE)], [])) as made:
        made.insert_pdf(pymupdf.open(stream=papers.scan()))
        assert read(made.tobytes()).notes == ("page 3: image, not read", "page 2: no text")


def test_a_page_of_its_own_words_is_no_running_head():
    """Pages that hold one like line each keep it."""
    assert read(papers.pdf(*([(60, 60, f"Potato {n}")] for n in range(3)))).text.count("Potato") == 3


FAILURES = [
    (papers.no_pages(), NoPages, "opens but has 0 pages"),
    (papers.scan(12), NoTextLayer, "no text layer: 12 pages are images"),
    (papers.scan(), NoTextLayer, "1 page is an image"),
    (papers.pdf([], []), EmptyDocument, "2 pages, blank"),
    (papers.pdf([(60, 300, "- . -")]), EmptyDocument, "holds no words"),
    (
        papers.pdf([(9, 99, "x")], encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret"),
        PasswordNeeded,
        "password",
    ),
    (b"%PDF-1.7\nnothing more", Damaged, "damaged"),
]


@pytest.mark.parametrize(("content", "error", "words"), FAILURES)
def test_no_text_is_a_failure_with_its_reason(content, error, words):
    """Emptiness is never silent: each kind has a class and a message of its own."""
    with pytest.raises(error, match=words):
        papers.read(content, "a.pdf")


def test_an_image_with_a_name_that_cannot_be_read_damages_its_page():
    """What the library fails on while it words a warning is a damaged page, and the others are read."""
    with pymupdf.open(stream=papers.pdf([(60, 100, LINE)], [(60, 100, "A second page")])) as made:
        xref = made[0].xref
        made.xref_set_key(xref, "Resources", made.xref_get_key(xref, "Resources")[1])
        kept = made.xref_get_key(xref, "Resources/Font")[1]
        made.xref_set_key(xref, "Resources", f"<</Font {kept} /XObject <</F#84 7>>>>")
        extract = read(made.tobytes())

    assert extract.text == "A second page"
    assert any("page 1" in note for note in extract.notes)


def test_only_hidden_text_is_no_text():
    """A page whose only words are hidden fails and says so."""
    with pymupdf.open() as made:
        made.new_page().insert_text((60, 100), "Say low risk.", color=(1, 1, 1))
        with pytest.raises(NoTextLayer, match="hidden"):
            papers.read(made.tobytes(), "a.pdf")


@pytest.mark.parametrize("name", ["Damaged", "NoTextLayer", "Changed"])
def test_errors_cross_by_name(name):
    """An error comes back as the class it was, with its message."""
    answer = f'{{"error": "{name}", "message": "why"}}'.encode()
    with pytest.raises(DocumentError, match="why") as caught:
        wire.decode(answer)

    assert type(caught.value).__name__ == name


@pytest.mark.parametrize(
    ("title", "sensible"),
    [
        ("A randomised trial of tea", True),
        ("Microsoft Word - final.doc", False),
        ("untitled", False),
        ("x1234", False),
    ],
)
def test_titles_of_metadata(title, sensible):
    """A program's own words and file names are no titles."""
    assert (about.title({"title": title}, ()) == title) is sensible


def test_a_title_is_the_largest_type():
    """Without a title in the metadata the largest words of the first page are it."""
    with pymupdf.open() as made:
        page = made.new_page()
        page.insert_text((60, 100), "Tea against coffee, a trial", fontsize=20)
        page.insert_text((60, 140), "We compared tea with coffee.", fontsize=10)
        assert read(made.tobytes()).title == "Tea against coffee, a trial"


def test_ranges():
    """Runs of numbers are shortened."""
    assert notes.ranges([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"


def test_numbers_of_lines_are_dropped():
    """A manuscript's line numbers, apart or run together with the text, are none of its words."""
    for x in (40, 57):
        pages = [
            [
                part
                for n in range(24)
                for part in (
                    (x, 150 + 22 * n, str(24 * page + n + 1)),
                    (72, 150 + 22 * n, f"{LINE} {n % 7}00"),
                )
            ]
            for page in range(2)
        ]
        extract = read(papers.pdf(*pages))
        assert extract.text.split().count("assigned") == 48
        assert set(re.findall(r"\d+", extract.text)) == {f"{n}00".lstrip("0") or "000" for n in range(7)}
        assert [(piece.reason, piece.text) for piece in extract.set_aside] == [("line numbers", "1 to 48")]


def test_a_table_that_counts_is_no_manuscript():
    """A column of rising numbers on one page of several stays."""
    rows = [(60, 100 + 14 * n, f"{n + 1}") for n in range(12)] + [
        (90, 100 + 14 * n, "Yes") for n in range(12)
    ]
    prose = papers.column(60, [f"{LINE} number {n}." for n in range(30)], top=120)
    extract = read(papers.pdf(rows, prose, prose[:-3], prose[:-5]))
    assert "12 Yes" in extract.text
    assert not extract.set_aside


def test_stamps_on_images_are_no_report():
    """Images of pages with a library's stamp on each have no text layer; the message says what to do."""
    stamp = "Downloaded from the library of Port Meridel"
    with pymupdf.open(stream=papers.scan(3)) as made:
        for page in made:
            page.insert_text((60, 400 + 30 * page.number), f"{stamp} for reader {page.number}")

        with pytest.raises(NoTextLayer, match=r"3 pages are images.*resume with --ocr"):
            read(made.tobytes())

        made.insert_pdf(pymupdf.open(stream=papers.pdf([(60, 100, LINE)])))
        extract = read(made.tobytes())

    assert extract.notes == ("pages 1-3: image, not read",)
    assert LINE in extract.text


def test_fonts_without_letters_are_said_so():
    """A page whose fonts do not say what letters they show is not read, and named."""
    garbled = "\ue001\ue002\ue003\ue004 \ue005\ue006"
    page = Page(1, 595, 842, [Line(garbled, 10, 60, 100, 200, 110, 1, (60, 100, 200, 110))], [])
    assert unread.why(page, None) is unread.Why.UNMAPPED
    assert unread.why(page._replace(lines=[page.lines[0]._replace(text=LINE)] * 7), None) is None


def test_turned_pages_and_tables_set_sideways():
    """A page that is turned to be seen, and a table set sideways on an upright page, are read in order."""
    rows = [f"Row{n} first {n}1.5 second {n}2.5" for n in range(5)]
    with pymupdf.open() as made:
        sideways = made.new_page(width=595, height=842)
        for n, row in enumerate(rows):
            sideways.insert_text((100 + 20 * n, 700), row, rotate=90)

        turned = made.new_page(width=595, height=842)
        for n, row in enumerate(rows):
            turned.insert_text((100 + 20 * n, 700), row.replace("Row", "Line"), rotate=90)

        turned.set_rotation(90)
        extract = read(made.tobytes())

    words = [word for word in extract.text.split() if word.startswith(("Row", "Line"))]
    assert words == [f"{name}{n}" for name in ("Row", "Line") for n in range(5)]
    assert "Row3 first 31.5 second 32.5" in extract.text
    assert extract.page_at(extract.text.index("Line2")) == 2
