"""A Word document's text in reading order. Runs in a worker process only (see ``worker``).

Tracked changes are read as accepted. Comments, headers, footers and what cannot be seen are
set apart. The libraries for such files unpack them without bound and skip text boxes, notes
and changes, so the parts are read here (see ``word``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from robasync.model import Extract

from . import office
from .word import colours, notes
from .word.body import PAGE, Body, Place
from .word.names import W, switch
from .word.package import Package
from .word.styles import Styles

MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def read(content: bytes, name: str) -> Extract:
    """Return the extract of a Word document's bytes.

    Raises Damaged, PasswordNeeded, TooLarge, EmptyDocument, or NoTextLayer where it holds images only.
    """
    with office.bounded(name):
        return _read(Package(content, name), name)


def _read(package: Package, name: str) -> Extract:
    root = package.body()
    main = root.find(f"{W}body")
    if main is None:
        raise office.textless(name)

    body = Body(Styles(package.first("styles")), notes.notes(package), notes.diagrams(package, root))
    passages = [*body.passages(main, Place(grounds=_page(package, root)))]
    return office.extract(
        passages,
        name,
        media=MEDIA,
        reader="docx",
        stated=_properties(package),
        heads=[*_heads(package, body)],
        remarks=_remarks(body),
    )


def _page(package: Package, root: etree._Element) -> Sequence[int]:
    """Return the colour of the page, which shows only where the settings say so."""
    settings = package.first("settings")
    shown = settings is not None and switch(settings.find(f"{W}displayBackgroundShape"))
    background = root.find(f"{W}background")
    colour = colours.text(background) if shown and background is not None else None
    return PAGE if colour is None or colour < 0 else (colour,)


def _heads(package: Package, body: Body) -> Iterator[str]:
    """Yield what stands at the top and the foot of pages."""
    for kind in ("header", "footer"):
        for part in package.parts(kind):
            yield from (passage.text for passage in body.passages(part, Place(is_body=False)))


def _remarks(body: Body) -> Iterator[str]:
    if body.runs.changes:
        yield f"{body.runs.changes} tracked changes, read as if accepted"

    if body.embedded:
        yield f"{body.embedded} embedded files (altChunk), not read"


def _properties(package: Package) -> dict[str, str]:
    """Return title, author and date of creation as a PDF's metadata would name them."""
    names = {"title": "title", "creator": "author", "created": "creationDate"}
    for path in package.related("core-properties", of=""):
        root = package.part(path)
        if root is not None:
            return {
                names[local]: child.text or ""
                for child in root
                if (local := etree.QName(child).localname) in names
            }

    return {}
