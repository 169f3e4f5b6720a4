"""What is done with a Word document and an OpenDocument text alike, once their paragraphs are found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from robasync.errors import Damaged
from robasync.model import Extract, SetAside

from . import about, outline, references
from .outline import Passage, first_heading, with_words
from .sections import Sections


@contextmanager
def bounded(name: str) -> Iterator[None]:
    """Turn into Damaged what nests too deeply to be read."""
    try:
        yield
    except RecursionError as error:
        raise Damaged(f"{name} is nested too deeply to be read. Print it to a PDF.") from error


def textless(name: str) -> Damaged:
    """Return the failure of a file whose text part is there and holds none."""
    return Damaged(f"{name} is damaged: its text part holds no text. Get it again from its source.")


def extract(
    passages: Sequence[Passage],
    name: str,
    *,
    media: str,
    reader: str,
    stated: Mapping[str, str],
    heads: Iterable[str],
    remarks: Iterable[str],
) -> Extract:
    """Return the extract of a document's paragraphs; ``reader`` names what read it, without its version.

    ``stated`` are title, author and date as a PDF's metadata would name them, ``heads`` what stands at
    the top and the foot of pages. Raises EmptyDocument, or NoTextLayer where it holds images only.
    """
    sections = Sections()
    outline.write(passages, sections)
    sections.notes += remarks
    sections.set_aside += (
        SetAside(page=1, reason="running head", text=text) for text in dict.fromkeys(filter(None, heads))
    )
    found = sections.extract(
        media=media,
        reader=reader,
        title=about.title(stated, ()) or first_heading(passages),
        author=about.author(stated),
        year=about.year(stated),
    )
    return replace(with_words(found, passages, name), references=references.stretches(found.text))
