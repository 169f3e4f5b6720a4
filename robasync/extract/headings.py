"""What begins the paragraphs that are not running text: captions of figures and tables."""

from __future__ import annotations

import re

CAPTION = re.compile(r"(?:fig(?:ure|\.)?|table|box|scheme|appendix)\s*[\dIVX]", re.IGNORECASE)
"""The beginning of a caption."""
