"""What a file holds is told by its bytes; its name only says what was expected."""

from __future__ import annotations

import pytest

from robasync.errors import Changed, EmptyDocument, TooLarge, UnsupportedType, WrongType
from robasync.extract.files import MAX_TEXT_BYTES, FileExtractor
from robasync.extract.sniff import Holds, sniff
from tests import papers

HEADS = [
    (b"%PDF-1.7\n", Holds.PDF),
    (b"junk before\n%PDF-1.4", Holds.PDF),
    (b"PK\x03\x04....word/document.xml", Holds.WORD),
    (b"PK\x03\x04....mimetypeapplication/epub+zip", Holds.EPUB),
    (b"PK\x03\x04....a.txt", Holds.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Holds.OLD_WORD),
    (b"{\\rtf1", Holds.RTF),
    (b"\xef\xbb\xbf\n <!DOCTYPE HTML>", Holds.HTML),
    (b"<html lang=en>", Holds.HTML),
    (b'<?xml version="1.0"?><article>', Holds.XML),
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
        ("a.pdf", b"PK\x03\x04word/document.xml", "a Word document"),
        ("a.pdf", b"Access denied", "plain text"),
        ("a.txt", b"a\x00b\x00\x01", "binary data"),
        ("a.md", b"PK\x03\x04", "a ZIP archive"),
    ],
)
async def test_a_wrong_ending_is_named(extract, name, content, words):
    """A file that is not what its ending says fails with what it really is."""
    with pytest.raises(WrongType, match=words):
        await extract(name, content)


@pytest.mark.parametrize("name", ["a.docx", "a.html", "a.png", "noending"])
async def test_other_types_have_a_way_out(extract, name):
    """A type that is not read yet says so and what to do."""
    with pytest.raises(UnsupportedType, match="Save it as PDF or text"):
        await extract(name, b"PK\x03\x04word/document.xml")


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
