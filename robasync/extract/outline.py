"""From passages in order to sections that stand for pages: by headings, else by paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from robasync.errors import EmptyDocument, NoTextLayer
from robasync.model import Extract, Figure, SetAside

from .about import LONGEST_TITLE
from .headings import CAPTION
from .sections import Sections, tidy

PARAGRAPHS = 20
"""Paragraphs of a section where a document has no headings."""

FEWEST_HEADINGS = 2
LONGEST_HEADING = 100
OPENING = 5  # paragraphs in which the title stands, if anywhere
DEEPEST_PLACE = 3
"""Headings of a lower rank begin no section of their own."""

_FLOW = re.compile(r"flow|consort|diagram|enrol|allocat|randomi[sz]", re.IGNORECASE)
_TABLE = re.compile(r"table\s*[\dIVX]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph, a table (its rows are lines) or a heading, whose rank ``level`` counts from 1.

    ``unseen`` holds what is set apart of it, with the reason first. ``bold`` says that all of
    it is; ``images`` what the images within it are called, often nothing.
    """

    text: str = ""
    level: int = 0
    bold: bool = False
    unseen: tuple[tuple[str, str], ...] = ()
    images: tuple[str, ...] = ()


def write(passages: Sequence[Passage], sections: Sections) -> None:
    """Write passages into sections, each of which is named by its heading or its paragraphs."""
    ranked = _ranked(passages)
    has_headings = any(passage.level for passage in ranked)
    total = sum(bool(passage.text) for passage in ranked)
    titles: list[str] = []
    count = 0
    for index, passage in enumerate(ranked):
        if passage.level:
            _place(sections, titles, passage)

        if passage.text:
            if not has_headings and count % PARAGRAPHS == 0:
                sections.place(f"paragraphs {count + 1} to {min(count + PARAGRAPHS, total)}")

            sections.paragraph(passage.text)
            count += 1

        sections.set_aside += [
            SetAside(page=sections.page, reason=reason, text=text) for reason, text in passage.unseen
        ]
        if passage.images:
            sections.figures += _figures(sections.page, ranked[max(index - 1, 0) : index + 3], passage)


def first_heading(passages: Sequence[Passage]) -> str:
    """Return the first passage of several words in the opening that may be the title, or nothing."""
    opening = [passage for passage in passages if passage.text][:OPENING]
    fitting = [one.text for one in opening if (one.level or one.bold) and len(one.text.split()) >= 3]
    return next((text for text in fitting if len(text) <= LONGEST_TITLE), "")


def with_words(extract: Extract, passages: Sequence[Passage], name: str) -> Extract:
    """Return the extract. Raises NoTextLayer or EmptyDocument where no word of it can be seen."""
    if any(map(str.isalnum, extract.text)):
        return extract

    if any(passage.images for passage in passages):
        raise NoTextLayer(f"{name} holds images only. Put its text in its place, or print it to a PDF.")

    raise EmptyDocument(f"{name} holds no words that can be seen. Put the full report in its place.")


def _place(sections: Sections, titles: list[str], heading: Passage) -> None:
    """Begin a section, named by its heading after the highest that it stands under."""
    titles[heading.level - 1 :] = [heading.text]
    if heading.level <= DEEPEST_PLACE:
        sections.place(heading.text if len(titles) == 1 else f"{titles[0]}: {heading.text}")


def _ranked(passages: Sequence[Passage]) -> Sequence[Passage]:
    """Return the passages with short bold ones as headings where hardly any is marked as one."""
    if sum(passage.level > 0 for passage in passages) >= FEWEST_HEADINGS:
        return passages

    guessed = [
        replace(passage, level=1) if passage.level or _may_be_heading(passage) else passage
        for passage in passages
    ]
    return guessed if sum(passage.level > 0 for passage in guessed) >= FEWEST_HEADINGS else passages


def _may_be_heading(passage: Passage) -> bool:
    text = passage.text
    return (
        passage.bold
        and len(text) <= LONGEST_HEADING
        and any(map(str.isalpha, text))
        and not text.endswith((".", ",", ";", ":", "?"))
        and not CAPTION.match(text)
        and "\n" not in text
    )


def _figures(page: int, around: Sequence[Passage], passage: Passage) -> list[Figure]:
    """Return the images that may hold numbers by what is said of them: a flow diagram, a table."""
    captions = [one.text for one in around if CAPTION.match(one.text)]
    said = [*captions, *passage.images]
    if not any(_FLOW.search(text) or _TABLE.match(text) for text in said):
        return []

    label = CAPTION.match(captions[0]) if captions else None
    return [Figure(page=page, what=tidy(label[0]) if label else "figure")]
