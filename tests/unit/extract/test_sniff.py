"""What a file holds is told by its bytes; its name only says what was expected."""

from __future__ import annotations

import io
import zipfile

import pytest

from robasync.errors import Changed, EmptyDocument, PasswordNeeded, TooLarge, UnsupportedType, WrongType
from robasync.extract.files import FileExtractor
from robasync.extract.kinds import MAX_TEXT_BYTES
from robasync.extract.sniff import Holds, look_inside, sniff
from tests import office, papers

HEADS = [
    (b"%PDF-1.7\n", Holds.PDF),
    (b"junk before\n%PDF-1.4", Holds.PDF),
    (b"PK\x03\x04....mimetypeapplication/epub+zip", Holds.EPUB),
    (b"PK\x03\x04....a.txt", Holds.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Holds.OLD_WORD),
    (b"{\\rtf1", Holds.RTF),
    (b"\xef\xbb\xbf\n <!DOCTYPE HTML>", Holds.HTML),
    (b"<html lang=en>", Holds.HTML),
    (b'<?xml version="1.0"?><article>', Holds.XML),
    (b"<!-- saved from url=(0020)https://example.org -->\n<html>", Holds.HTML),
    (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C"><html xmlns="x">', Holds.HTML),
    (b'<!DOCTYPE article [<!ENTITY a "<b>">]>\n<article>', Holds.XML),
    (b'<article dtd-version="1.0">', Holds.XML),
    ("\ufeff<?xml version='1.0'?><art>".encode("utf-16-le"), Holds.XML),
    (b"<!-- a comment -->\n# A text", Holds.TEXT),
    (b"<p value of 0.05", Holds.TEXT),
    (b"\x89PNG\r\n\x1a\n", Holds.IMAGE),
    (b"\x1f\x8b\x08", Holds.ARCHIVE),
    (b"a\x00b", Holds.BINARY),
    (b"\xff\xfeA\x00", Holds.TEXT),
    ("Größe".encode("latin-1"), Holds.TEXT),
    (b"", Holds.TEXT),
]


@pytest.mark.parametrize(("head", "kind"), HEADS)
def test_content_is_recognised(head, kind):
    """Each kind of file is known by its first bytes."""
    assert sniff(head) is kind


def zipped(*names):
    """Return a ZIP archive of empty members."""
    space = io.BytesIO()
    with zipfile.ZipFile(space, "w") as archive:
        for name in names:
            archive.writestr(name, b"")

    return space.getvalue()


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("a/b.xml", "[Content_Types].xml", "word/document2.xml"), Holds.WORD),
        (("[Content_Types].xml", "xl/workbook.xml"), Holds.SHEET),
        (("[Content_Types].xml", "ppt/presentation.xml"), Holds.SLIDES),
        (("META-INF/manifest.xml", "content.xml"), Holds.OPEN_DOCUMENT),
        (("a.txt",), Holds.ZIP),
    ],
)
def test_an_archive_is_known_by_its_members(names, kind):
    """In whatever order they stand, and whatever the first of them is."""
    assert look_inside(zipped(*names)) is kind


@pytest.fixture
def extract(tmp_path):
    """Extract a file of this name and content."""
    extractor = FileExtractor(processes=1, timeout_seconds=30, memory_limit_gb=1)

    async def run(name, content, *, keep=True):
        path = tmp_path / name
        path.write_bytes(content)
        return await extractor.extract(papers.document(path, keep=keep))

    return run


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"<!doctype html><title>Sign in</title>", "an HTML page"),
        ("a.docx", b"<html><title>Sign in</title>", "an HTML page"),
        ("a.xml", b"Not found", "plain text"),
        ("a.pdf", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML file"),
        ("a.docx", zipped("xl/workbook.xml"), "a spreadsheet"),
        ("a.pdf", b"Access denied", "plain text"),
        ("a.txt", b"a\x00b\x00\x01", "binary data"),
        ("a.md", zipped("a.txt"), "a ZIP archive"),
        ("a.docx", b"PK\x03\x04" + bytes(60), "a damaged ZIP archive"),
    ],
)
async def test_a_wrong_ending_is_named(extract, name, content, words):
    """A file that is not what its ending says fails with what it really is."""
    with pytest.raises(WrongType, match=words):
        await extract(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n"),
        ("a.epub", b"PK\x03\x04....mimetypeapplication/epub+zip"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.rtf", b"{\\rtf1"),
        ("noending", zipped("a.txt")),
    ],
)
async def test_other_types_have_a_way_out(extract, name, content):
    """A type that is not read says so and what to do."""
    with pytest.raises(UnsupportedType, match="Save it as PDF, DOCX or text"):
        await extract(name, content)


async def test_an_encrypted_word_document_needs_a_password(extract):
    """Word wraps what it encrypts in the format of old documents."""
    with pytest.raises(PasswordNeeded, match=r"a\.docx is encrypted"):
        await extract("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


async def test_a_word_document_is_read_under_any_name(extract):
    """What a file holds decides; that the name says something else is noted."""
    content = office.docx(office.paragraph("Allocation was concealed."))
    named = await extract("a.docx", content)
    other = await extract("a.pdf", content)

    assert named.text == other.text == "Allocation was concealed."
    assert (named.notes, len(other.notes)) == ((), 1)
    assert "the name says a PDF; the file holds a Word document" in other.notes[0]


async def test_content_wins_over_the_ending(extract):
    """A PDF under a text's name is read as the PDF it is, and text without an ending as text."""
    read = await extract("a.txt", papers.pdf([(60, 100, "Allocation was concealed.")]))
    assert (read.media, read.text) == ("application/pdf", "Allocation was concealed.")
    assert (await extract("README", b"Some words.")).media == "text/plain"


@pytest.mark.parametrize(("name", "content"), [("a.pdf", b""), ("a.txt", b""), ("a.txt", b" \n ..\n\f")])
async def test_no_words_is_a_failure(extract, name, content):
    """A file without a word never becomes an empty extract."""
    with pytest.raises(EmptyDocument, match=name):
        await extract(name, content)


async def test_large_texts_are_read_from_the_disk_and_checked(extract, tmp_path):
    """Bytes that are not those of the digest are Changed; a file over the limit is TooLarge."""
    content = b"The trial was open-label. " * 40_000
    assert len((await extract("a.txt", content, keep=False)).text) == len(content) - 1
    path = tmp_path / "b.txt"
    path.write_bytes(b"one two three")
    before = papers.document(path)
    path.write_bytes(b"one two four")
    extractor = FileExtractor(processes=1, timeout_seconds=30, memory_limit_gb=1)
    with pytest.raises(Changed):
        await extractor.extract(before)

    path.write_bytes(content)
    with path.open("r+b") as file:
        file.truncate(MAX_TEXT_BYTES + 1)

    with pytest.raises(TooLarge):
        await extractor.extract(papers.document(path))


async def test_a_pdf_that_changed_is_not_read(tmp_path):
    """The worker reads only the bytes that the digest belongs to."""
    path = tmp_path / "a.pdf"
    path.write_bytes(papers.pdf([(60, 100, "before")]))
    before = papers.document(path)
    path.write_bytes(papers.pdf([(60, 100, "after")]))
    with pytest.raises(Changed, match=r"a\.pdf"):
        await FileExtractor(processes=1, timeout_seconds=30, memory_limit_gb=1).extract(before)
