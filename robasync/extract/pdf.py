"""A PDF's text in reading order. Runs in a worker process only (see ``worker``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from robasync.errors import Damaged, ExtractionMemory, NoPages, PasswordNeeded, TooLarge
from robasync.model import Extract, SetAside

from . import VERSION, about, blocks, columns, flow, notes, references
from .letters import well_formed
from .library import pymupdf
from .lines import Block, Page
from .margins import without_running_heads
from .pages import PageReader, Reading

MAX_PAGES = 5000
OUT_OF_MEMORY = ("malloc", "realloc", "calloc", "allocat", "out of memory")


def read(content: bytes, name: str) -> Extract:
    """Return the extract of a PDF's bytes.

    Raises NoPages, PasswordNeeded, Damaged, TooLarge, NoTextLayer or EmptyDocument; text
    that is there but hidden does not count as text.
    """
    library = pymupdf()
    with _translated(name), library.open(stream=content, filetype="pdf") as document:
        count = _checked(document, name)
        readings, damaged = _readings(document, count)
        metadata = document.metadata or {}

    pages, heads = _without_heads(readings)
    text, segments = flow.text([block for page in pages for block in _blocks(page)])
    hidden = [piece for reading in readings for piece in reading.set_aside]
    if not any(map(str.isalnum, text)):
        raise notes.no_words(name, readings, damaged=damaged, hidden=hidden)

    text = well_formed(text)
    return Extract(
        text=text,
        segments=segments,
        pages=count,
        media="application/pdf",
        engine=f"pymupdf {library.VersionBind}, layout {VERSION}",
        set_aside=(*hidden, *heads),
        notes=(*notes.notes(readings, pages, damaged=damaged), *notes.unknown_characters(text)),
        references=references.stretches(text),
        title=well_formed(about.title(metadata, readings[0].page.lines if readings else ())),
        author=well_formed(about.author(metadata)),
        year=about.year(metadata),
    )


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn what PyMuPDF raises into an error of ours."""
    try:
        yield
    except MemoryError as error:
        raise _memory(name) from error
    except (RuntimeError, ValueError, OSError, pymupdf().mupdf.FzErrorBase) as error:
        if any(word in str(error).lower() for word in OUT_OF_MEMORY):
            raise _memory(name) from error

        raise Damaged(
            f"{name} is damaged and cannot be opened as a PDF. Get it again from its source."
        ) from error


def _memory(name: str) -> ExtractionMemory:
    return ExtractionMemory(
        f"{name} needs more memory than one reader may use."
        " Raise parallel.memory_limit_gb, or print it to a new PDF."
    )


def _checked(document: Any, name: str) -> int:
    if document.needs_pass:
        raise PasswordNeeded(f"{name} is encrypted and needs a password. Save a copy without one.")

    count: int = document.page_count
    if count == 0:
        raise NoPages(f"{name} opens but has 0 pages. Get it again from its source.")

    if count > MAX_PAGES:
        raise TooLarge(f"{name} has {count} pages; at most {MAX_PAGES} are read. Take the report out of it.")

    return count


def _readings(document: Any, count: int) -> tuple[list[Reading], list[int]]:
    reader = PageReader()
    readings, damaged = [], []
    for index in range(count):
        try:
            readings.append(reader.read(document.load_page(index)))
        except (RuntimeError, ValueError, pymupdf().mupdf.FzErrorBase) as error:
            if any(word in str(error).lower() for word in OUT_OF_MEMORY):
                raise

            damaged.append(index + 1)

    return readings, damaged


def _blocks(page: Page) -> Iterator[Block]:
    for lines in (page.lines, *page.turned):
        for region in columns.regions(lines):
            yield from blocks.blocks(region)


def _without_heads(readings: Sequence[Reading]) -> tuple[list[Page], list[SetAside]]:
    """Drop what repeats; what stands alone on a page without an image is no running head."""
    pages, heads = without_running_heads([reading.page for reading in readings])
    kept = [
        page if page.lines or any(page.turned) or reading.images else reading.page
        for page, reading in zip(pages, readings, strict=True)
    ]
    return kept, heads
