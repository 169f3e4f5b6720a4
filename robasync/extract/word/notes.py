"""What hangs on a Word file's text in parts of its own: notes, comments, diagrams."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from robasync.extract.sections import tidy

from .names import DGM, A, R, W, value
from .package import Package

_SEPARATORS = ("separator", "continuationSeparator", "continuationNotice")


def notes(package: Package) -> dict[tuple[str, str], etree._Element]:
    """Return each footnote, endnote and comment by its kind and number."""
    return {
        (kind, value(note, "id")): note
        for kind in ("footnote", "endnote", "comment")
        for part in package.parts(f"{kind}s")
        for note in part.iterchildren(W + kind)
        if value(note, "type") not in _SEPARATORS
    }


def diagrams(package: Package, body: etree._Element) -> dict[str, str]:
    """Return the text of each drawn diagram (SmartArt) by its identity in the file."""
    identities = {one.get(f"{R}dm", "") for one in body.iter(f"{DGM}relIds")}
    return {identity: "; ".join(_texts(package.target(identity))) for identity in identities}


def _texts(data: etree._Element | None) -> Iterator[str]:
    for paragraph in () if data is None else data.iter(f"{A}p"):
        text = tidy("".join(part.text or "" for part in paragraph.iter(f"{A}t")))
        if text:
            yield text
