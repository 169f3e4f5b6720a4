"""The names of OpenDocument (ISO/IEC 26300-1, part 3: schema)."""

from __future__ import annotations

from typing import Final

_URN = "urn:oasis:names:tc:opendocument:xmlns"

OFFICE: Final = f"{{{_URN}:office:1.0}}"
TEXT: Final = f"{{{_URN}:text:1.0}}"
TABLE: Final = f"{{{_URN}:table:1.0}}"
DRAW: Final = f"{{{_URN}:drawing:1.0}}"
STYLE: Final = f"{{{_URN}:style:1.0}}"
META: Final = f"{{{_URN}:meta:1.0}}"
FORMAT: Final = f"{{{_URN}:xsl-fo-compatible:1.0}}"
SVG: Final = f"{{{_URN}:svg-compatible:1.0}}"
LINK: Final = "{http://www.w3.org/1999/xlink}"
DUBLIN: Final = "{http://purl.org/dc/elements/1.1/}"
MATHS: Final = "{http://www.w3.org/1998/Math/MathML}"
