"""What a file holds, told from its bytes and never from its name."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection
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
    SLIDES = "slides (pptx)"
    SHEET = "a spreadsheet (xlsx)"
    OPEN_DOCUMENT = "an OpenDocument text (odt)"
    OTHER_OPEN_DOCUMENT = "an OpenDocument file that is no text"
    EPUB = "an EPUB book"
    ZIP = "a ZIP archive"
    BROKEN_ZIP = "a damaged ZIP archive"
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
ZIP = b"PK\x03\x04"
_MIMETYPES = (
    (b"application/vnd.oasis.opendocument.text", Holds.OPEN_DOCUMENT),
    (b"application/vnd.oasis.opendocument.", Holds.OTHER_OPEN_DOCUMENT),
    (b"application/epub+zip", Holds.EPUB),
)
_MEMBERS = (
    ("word/", Holds.WORD),
    ("xl/", Holds.SHEET),
    ("ppt/", Holds.SLIDES),
    ("[Content_Types].xml", Holds.WORD),
    ("content.xml", Holds.OPEN_DOCUMENT),
)
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UTF8_MARK = b"\xef\xbb\xbf"
_PROLOG = re.compile(rb"\s+|<\?[^>]*>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([a-z][\w.-]*)[\s/>]", re.IGNORECASE)
_PAGE_ROOTS = (b"html", b"head", b"body")
_ARTICLE_ROOTS = (b"article", b"art", b"pmc-articleset")
_SAYS_XML = (b"<?xml", b"<!doctype")
_SAYS_HTML = b"<!doctype html"


def sniff(head: bytes) -> Holds:
    """Return what a file with these first bytes holds; at most HEAD_BYTES are looked at.

    Of a ZIP archive they show only what its first member is: ``look_inside`` knows better.
    """
    head = head[:HEAD_BYTES]
    if b"%PDF-" in head[:PDF_HEADER_WITHIN]:
        return Holds.PDF

    if head.startswith(_BEGINNINGS):
        return next(kind for signature, kind in _SIGNATURES if head.startswith(signature))

    if head.startswith(ZIP):
        return _stated(head) or Holds.ZIP

    return _marked_up(head) or _text_or_binary(head)


def look_inside(content: bytes) -> Holds:
    """Return what a whole file holds: of a ZIP archive its list of members decides."""
    holds = sniff(content)
    if not content.startswith(ZIP) or holds in (Holds.OPEN_DOCUMENT, Holds.EPUB):
        return holds

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        names = [member for member, _ in _MEMBERS if member.encode() in content[:HEAD_BYTES]]
        return _among(names) or Holds.BROKEN_ZIP

    return _among(names) or holds


def _stated(head: bytes) -> Holds | None:
    """Return what the member "mimetype" says, which comes first and is not compressed."""
    return next((kind for mimetype, kind in _MIMETYPES if b"mimetype" + mimetype in head), None)


def _among(names: Collection[str]) -> Holds | None:
    return next((kind for start, kind in _MEMBERS if any(name.startswith(start) for name in names)), None)


def _marked_up(head: bytes) -> Holds | None:
    encoding = _UTF16.get(head[:2])
    if encoding:
        head = head[2:].decode(encoding, "replace").encode()

    start = head.removeprefix(_UTF8_MARK).lstrip()
    if not start.startswith(b"<"):
        return None

    root = _root(start)
    if root in _PAGE_ROOTS or start[:40].lower().startswith(_SAYS_HTML):
        return Holds.HTML

    return Holds.XML if root in _ARTICLE_ROOTS or start[:9].lower().startswith(_SAYS_XML) else None


def _root(start: bytes) -> bytes:
    """Return the name of the first element, without its prefix and in small letters."""
    position = 0
    while prolog := _PROLOG.match(start, position):
        position = prolog.end()

    root = _ROOT.match(start, position)
    return root[1].lower() if root else b""


def _text_or_binary(head: bytes) -> Holds:
    if head[:2] in _UTF16 or b"\x00" not in head:
        return Holds.TEXT

    return Holds.BINARY
