"""The names of WordprocessingML (ECMA-376, part 1) and what its simplest values mean."""

from __future__ import annotations

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
V = "{urn:schemas-microsoft-com:vml}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
WPS = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"

STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", M),
    (b"http://purl.oclc.org/ooxml/drawingml/main", A),
    (b"http://purl.oclc.org/ooxml/drawingml/diagram", DGM),
    (b"http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing", WP),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", R),
)
"""Names of the strict form of the format, and what the usual form calls the same."""

_OFF = ("0", "false", "off", "none")


def value(element: etree._Element | None, name: str = "val") -> str:
    """Return an attribute of WordprocessingML, an empty string where it or the element is missing."""
    return "" if element is None else element.get(W + name, "")


def switch(element: etree._Element | None) -> bool | None:
    """Return what an on-off property says, None where it is not there."""
    return None if element is None else value(element).lower() not in _OFF
