"""An OpenDocument text in reading order. Runs in a worker process only (see ``worker``).

Tracked changes are read as accepted: what was deleted is left out. Comments, headers, footers
and what cannot be seen are set apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from robasync.model import Extract

from . import office
from .opendocument.body import Body, Place
from .opendocument.names import DUBLIN, META, OFFICE, STYLE, TEXT
from .opendocument.package import Package
from .opendocument.styles import Styles

MEDIA = "application/vnd.oasis.opendocument.text"
CONTENT = "content.xml"


def read(content: bytes, name: str) -> Extract:
    """Return the extract of an OpenDocument text's bytes.

    Raises Damaged, PasswordNeeded, TooLarge, EmptyDocument, or NoTextLayer where it holds images only.
    """
    with office.bounded(name):
        return _read(Package(content, name), name)


def _read(package: Package, name: str) -> Extract:
    root = package.needed(CONTENT)
    text = root.find(f"{OFFICE}body/{OFFICE}text")
    if text is None:
        raise office.textless(name)

    common = package.part("styles.xml")
    styles = Styles([part for part in (common, root) if part is not None])
    body = Body(styles, lambda address: package.part(f"{address}/{CONTENT}"))
    changes = len(text.findall(f"{TEXT}tracked-changes/{TEXT}changed-region"))
    return office.extract(
        [*body.passages(text, Place())],
        name,
        media=MEDIA,
        reader="odt",
        stated=_properties(package),
        heads=[*_heads(common, body)],
        remarks=[f"{changes} tracked changes, read as if accepted"] if changes else [],
    )


def _heads(common: etree._Element | None, body: Body) -> Iterator[str]:
    """Yield what stands at the top and the foot of pages."""
    for head in () if common is None else common.iterfind(f".//{STYLE}master-page/*"):
        yield from (passage.text for passage in body.passages(head, Place(is_body=False)))


def _properties(package: Package) -> dict[str, str]:
    """Return title, author and date of creation as a PDF's metadata would name them."""
    root = package.part("meta.xml")
    if root is None:
        return {}

    def stated(*names: str) -> str:
        """Return what the first of these elements that holds any text says."""
        return next((text for name in names if (text := root.findtext(f".//{name}"))), "")

    return {
        "title": stated(f"{DUBLIN}title"),
        "author": stated(f"{META}initial-creator", f"{DUBLIN}creator"),
        "creationDate": stated(f"{META}creation-date"),
    }
