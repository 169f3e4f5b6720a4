"""Text boxes of a Word file: what lies behind their text, and whether they are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from robasync.extract.faces import PAPER, hexadecimal

from .names import WP, WPS, A, V

ANY = (PAPER, 0x808080)
"""Grounds of a box whose filling is a picture or decided elsewhere: all text may be seen on it."""

_NOT_SHOWN = re.compile(r"visibility\s*:\s*hidden|display\s*:\s*none", re.IGNORECASE)
_DRAWINGS = (f"{WP}inline", f"{WP}anchor")
_UNFILLED = ("f", "false", "0")


def grounds(box: etree._Element, behind: Sequence[int]) -> Sequence[int]:
    """Return the colours that may lie behind a box's text; ``behind`` is what lies behind the box."""
    for above in box.iterancestors():
        if above.tag == f"{WPS}wsp":
            return _drawn(above, behind)

        if isinstance(above.tag, str) and above.tag.startswith(V) and above.get("fillcolor"):
            found = hexadecimal(above.get("fillcolor", ""))
            unfilled = above.get("filled", "").lower() in _UNFILLED
            return behind if unfilled else ANY if found is None else (found,)

    return behind


def is_shown(box: etree._Element) -> bool:
    """Whether the drawing that holds a box is not switched off."""
    for above in box.iterancestors():
        if _NOT_SHOWN.search(above.get("style", "")):
            return False

        properties = above.find(f"{WP}docPr") if above.tag in _DRAWINGS else None
        if properties is not None and properties.get("hidden", "") in ("1", "true"):
            return False

    return True


def _drawn(shape: etree._Element, behind: Sequence[int]) -> Sequence[int]:
    properties = shape.find(f"{WPS}spPr")
    if properties is not None:
        solid = properties.find(f"{A}solidFill/{A}srgbClr")
        if solid is not None:
            found = hexadecimal(solid.get("val", ""))
            return ANY if found is None else (found,)

        if properties.find(f"{A}noFill") is not None:
            return behind

        if any(
            properties.find(A + fill) is not None
            for fill in ("solidFill", "gradFill", "blipFill", "pattFill")
        ):
            return ANY

    reference = shape.find(f"{WPS}style/{A}fillRef")
    return behind if reference is None or reference.get("idx", "0") == "0" else ANY
