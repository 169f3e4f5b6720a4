"""What a file holds, told from its first bytes and never from its name."""

from __future__ import annotations

from enum import StrEnum

HEAD_BYTES = 4096
PDF_HEADER_WITHIN = 1024  # bytes; where readers still accept the header (ISO 32000-1, annex H.3.4.1)


class Holds(StrEnum):
    """Kinds of content, in the words of a message: "holds ..."."""

    PDF = "a PDF"
    TEXT = "plain text"
    HTML = "an HTML page"
    XML = "an XML file"
    WORD = "a Word document (docx)"
    OLD_WORD = "an old Office document (doc, xls, ppt)"
    OPEN_DOCUMENT = "an OpenDocument text"
    EPUB = "an EPUB book"
    ZIP = "a ZIP archive"
    RTF = "an RTF document"
    POSTSCRIPT = "a PostScript file"
    IMAGE = "an image"
    ARCHIVE = "a compressed archive"
    BINARY = "binary data"


_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Holds.OLD_WORD),
    (b"{\\rtf", Holds.RTF),
    (b"%!PS", Holds.POSTSCRIPT),
    (b"\x89PNG\r\n\x1a\n", Holds.IMAGE),
    (b"\xff\xd8\xff", Holds.IMAGE),
    (b"GIF8", Holds.IMAGE),
    (b"II*\x00", Holds.IMAGE),
    (b"MM\x00*", Holds.IMAGE),
    (b"\x1f\x8b", Holds.ARCHIVE),
    (b"BZh", Holds.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Holds.ARCHIVE),
    (b"\xfd7zXZ\x00", Holds.ARCHIVE),
)
_BEGINNINGS = tuple(signature for signature, _ in _SIGNATURES)
_ZIP_MEMBERS = (
    (b"word/", Holds.WORD),
    (b"[Content_Types].xml", Holds.WORD),
    (b"application/vnd.oasis.opendocument", Holds.OPEN_DOCUMENT),
    (b"application/epub+zip", Holds.EPUB),
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def sniff(head: bytes) -> Holds:
    """Return what a file with these first bytes holds; at most HEAD_BYTES are looked at."""
    head = head[:HEAD_BYTES]
    if b"%PDF-" in head[:PDF_HEADER_WITHIN]:
        return Holds.PDF

    if head.startswith(_BEGINNINGS):
        return next(kind for signature, kind in _SIGNATURES if head.startswith(signature))

    if head.startswith(b"PK\x03\x04"):
        return _zipped(head)

    return _marked_up(head) or _text_or_binary(head)


def _zipped(head: bytes) -> Holds:
    return next((kind for member, kind in _ZIP_MEMBERS if member in head), Holds.ZIP)


def _marked_up(head: bytes) -> Holds | None:
    start = head[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Holds.HTML

    if start.startswith((b"<?xml", b"<!doctype")):
        return Holds.HTML if b"<html" in head.lower() else Holds.XML

    return None


def _text_or_binary(head: bytes) -> Holds:
    if head.startswith(_UTF16_MARKS) or b"\x00" not in head:
        return Holds.TEXT

    return Holds.BINARY
