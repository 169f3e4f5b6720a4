"""An OpenDocument text in reading order. Runs in a worker process only (see ``worker``).

Tracked changes are read as accepted: what was deleted is left out. Comments, headers, footers
and what cannot be seen are set apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from robasync.errors import Damaged
from robasync.model import Extract, SetAside

from . import about, outline, references
from .opendocument.body import Body, Place
from .opendocument.names import DUBLIN, META, OFFICE, STYLE, TEXT
from .opendocument.package import Package
from .opendocument.styles import Styles
from .outline import first_heading, with_words
from .sections import Sections

MEDIA = "application/vnd.oasis.opendocument.text"
CONTENT = "content.xml"


def read(content: bytes, name: str) -> Extract:
    """Return the extract of an OpenDocument text's bytes.

    Raises Damaged, PasswordNeeded, TooLarge, EmptyDocument, or NoTextLayer where it holds images only.
    """
    try:
        return _read(Package(content, name), name)
    except RecursionError as error:
        raise Damaged(f"{name} is nested too deeply to be read. Print it to a PDF.") from error


def _read(package: Package, name: str) -> Extract:
    root = package.needed(CONTENT)
    text = root.find(f"{OFFICE}body/{OFFICE}text")
    if text is None:
        raise Damaged(f"{name} is damaged: its text part holds no text. Get it again from its source.")

    common = package.part("styles.xml")
    styles = Styles([part for part in (common, root) if part is not None])
    body = Body(styles, lambda address: package.part(f"{address}/{CONTENT}"))
    passages = [*body.passages(text, Place())]
    sections = Sections()
    outline.write(passages, sections)
    sections.set_aside += _heads(common, body)
    changes = len(text.findall(f"{TEXT}tracked-changes/{TEXT}changed-region"))
    sections.notes += [f"{changes} tracked changes, read as if accepted"] if changes else []
    stated = _properties(package)
    extract = sections.extract(
        media=MEDIA,
        reader="odt",
        title=about.title(stated, ()) or first_heading(passages),
        author=about.author(stated),
        year=about.year(stated),
    )
    return replace(with_words(extract, passages, name), references=references.stretches(extract.text))


def _heads(common: etree._Element | None, body: Body) -> Iterator[SetAside]:
    """Yield what stands at the top and the foot of pages, once each."""
    heads = () if common is None else common.iterfind(f".//{STYLE}master-page/*")
    texts = (passage.text for head in heads for passage in body.passages(head, Place(is_body=False)))
    for text in dict.fromkeys(filter(None, texts)):
        yield SetAside(page=1, reason="running head", text=text)


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
