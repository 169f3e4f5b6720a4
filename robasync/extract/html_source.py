"""From the bytes of a page to its elements: the encoding found as browsers do it, and nothing fetched."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from robasync.errors import Damaged

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_STATED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
_LOOKED_AT = 4096
_SAME = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
}
"""Browsers read these as Windows-1252 (https://encoding.spec.whatwg.org/#names-and-labels)."""

_PROLOG = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
"""The parser takes these at their word and forgets what follows; browsers show it."""


def parse(content: bytes, name: str) -> tuple[etree._Element, tuple[str, ...]]:
    """Return the root of a page and notes on how it was read. Raises Damaged where there is no element."""
    text, notes = _decoded(content)
    text = _ENDS.sub("", _PROLOG.sub("", text).replace("\x00", ""))
    parser = etree.HTMLParser(
        encoding="utf-8",
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
        recover=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise Damaged(f"{name} is a damaged page: {error.msg}. Print it to a PDF.") from error

    if root is None:
        raise Damaged(f"{name} holds no page. Save it again, or print it to a PDF.")

    return root, notes


def _decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace"), ()

    stated = _stated(content[:_LOOKED_AT])
    try:
        return content.decode(stated or "utf-8"), ()
    except (UnicodeDecodeError, LookupError):
        return _otherwise(content, stated)


def _otherwise(content: bytes, stated: str) -> tuple[str, tuple[str, ...]]:
    try:
        return content.decode("utf-8"), (f"not {stated}, as the page says: read as UTF-8",) if stated else ()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), (f"not valid {stated or 'UTF-8'}: read as Windows-1252",)


def _stated(head: bytes) -> str:
    found = _STATED.search(head)
    if found is None:
        return ""

    label = (found[1] or found[2]).decode("ascii", "replace").lower()
    # A page in which this can be read is not in UTF-16, whatever it says.
    return "utf-8" if label.startswith("utf-16") else _SAME.get(label, label)
