"""Text in a cell of a CSV table: it opens in Excel as text, and comes back as it was.

Excel runs a cell that begins with = + - @ as a formula. An apostrophe before it stops that;
since a text may begin with apostrophes of its own, those that could be mistaken get one more,
so that ``plain`` undoes ``cell``. Control characters other than tab and line ends, which
no spreadsheet shows, become U+FFFD.
"""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FORMULA: Final = re.compile(r"'*\s*[\t\r\n=+\-@＝＋－＠]")


def cell(text: str) -> str:
    """Return the text as a cell that no spreadsheet runs."""
    shown = _CONTROLS.sub("\ufffd", text)

    return f"'{shown}" if _FORMULA.match(shown) else shown


def plain(cell: str) -> str:
    """Return the text that ``cell`` was given, control characters apart."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
