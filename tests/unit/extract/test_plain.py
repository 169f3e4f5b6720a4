"""Text and Markdown: paragraphs, pages, encodings and broken words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import EmptyDocument, WrongType
from robasync.extract import plain


def read(content: bytes | str):
    """Read a text as a file would be."""
    return plain.read(content.encode() if isinstance(content, str) else content, "a.txt", media="text/plain")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("One line\nand its end.\n\nNext.", "One line and its end.\n\nNext."),
        ("One\r\ntwo \r\n\r\n\r\nthree\tfour  five", "One two\n\nthree four five"),
        ("The allo-\ncation was blind.", "The allocation was blind."),
        ("A double-\nblind trial", "A double-blind trial"),
        ("Ran\u00addom\u00ad\nised", "Randomised"),
        ("\ufb01rst e\ufb00ect\u00a0of", "first effect of"),
        ("pre- and post-\noperative", "pre- and post-operative"),
        ("# Methods\nWe\nallocated\n- one\n- two", "# Methods\n\nWe allocated\n\n- one\n\n- two"),
        (f"Heading\n{'long line ' * 30}", f"Heading\n\n{('long line ' * 30).strip()}"),
    ],
)
def test_lines_become_paragraphs(content, text):
    """Lines broken for width are joined; paragraphs, headings and items stay apart."""
    assert read(content).text == text


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("\ufeffNaïve".encode(), None),
        ("Naïve".encode("utf-16"), None),
        ("Naïve".encode("cp1252"), "Windows-1252"),
        ("Naïve\x81".encode("latin-1"), "Latin-1"),
    ],
)
def test_encodings(content, note):
    """A byte order mark or valid UTF-8 is silent; anything else is read as western, with a note."""
    extract = read(content)
    assert extract.text.startswith("Naïve")
    assert bool(extract.notes) == (note is not None)
    assert note is None or note in extract.notes[0]


def test_form_feeds_are_pages():
    """Pages are counted by form feeds; a sentence that crosses one stays whole."""
    extract = read("One sentence that\fcrosses a page.\f\fAn end.")
    assert extract.text == "One sentence that crosses a page.\n\nAn end."
    assert extract.pages == 4
    assert [extract.page_at(extract.text.index(word)) for word in ("One", "crosses", "end")] == [1, 2, 4]


def test_titles():
    """The first line is the title, without its mark."""
    assert read("# A trial of tea\n\ntext").title == "A trial of tea"
    assert read("TITLE: \nA trial of coffee\n\ntext").title.startswith("A trial of coffee")


def test_binary_is_not_text():
    """NUL bytes are the wrong type, not strange words."""
    with pytest.raises(WrongType):
        read(b"PK\x00\x01")


@given(st.lists(st.text(alphabet="abc dé\n-\u00ad\f\t\u2009.#", max_size=60), min_size=1, max_size=6))
def test_no_letter_is_lost(parts):
    """Whatever the breaks, the letters come out in their order, and segments begin at 0."""
    source = "\n\n".join(parts)
    try:
        extract = read(source)
    except EmptyDocument:
        assert not any(map(str.isalnum, source))
        return

    assert [*filter(str.isalnum, extract.text)] == [*filter(str.isalnum, source)]
    assert extract.segments[0].start == 0
    assert "\n\n\n" not in extract.text
