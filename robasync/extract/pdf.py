"""A PDF's text in reading order. Runs in a worker process only (see ``worker``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from robasync.errors import Damaged, EmptyDocument, ExtractionMemory, NoPages, NoTextLayer, PasswordNeeded, TooLarge
from robasync.model import Extract, SetAside

from . import VERSION, about, blocks, columns, flow
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
    import pymupdf

    with _translated(name), pymupdf.open(stream=content, filetype="pdf") as document:
        count = _checked(document, name)
        readings, damaged = _readings(document, count)
        metadata = document.metadata or {}

    pages, heads = without_running_heads([reading.page for reading in readings])
    text, segments = flow.text([block for page in pages for block in _blocks(page)])
    hidden = [piece for reading in readings for piece in reading.set_aside]
    if not any(map(str.isalnum, text)):
        raise _no_words(name, count, readings, damaged=damaged, hidden=hidden)

    return Extract(
        text=text,
        segments=segments,
        pages=count,
        media="application/pdf",
        engine=f"pymupdf {pymupdf.VersionBind}, layout {VERSION}",
        set_aside=(*hidden, *heads),
        notes=tuple(_notes(readings, damaged, text)),
        title=about.title(metadata, readings[0].page.lines if readings else ()),
        author=about.author(metadata),
        year=about.year(metadata),
    )


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn what PyMuPDF raises into an error of ours."""
    import pymupdf

    try:
        yield
    except MemoryError as error:
        raise _memory(name) from error
    except (RuntimeError, ValueError, OSError, pymupdf.mupdf.FzErrorBase) as error:
        if any(word in str(error).lower() for word in OUT_OF_MEMORY):
            raise _memory(name) from error

        raise Damaged(
            f"{name} is damaged and cannot be opened as a PDF. Get it again from its source."
        ) from error


def _memory(name: str) -> ExtractionMemory:
    return ExtractionMemory(
        f"{name} needs more memory than one reader may use. Raise parallel.memory_limit_gb, or print it to a new PDF."
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
    import pymupdf

    reader = PageReader()
    readings, damaged = [], []
    for index in range(count):
        try:
            readings.append(reader.read(document.load_page(index)))
        except (RuntimeError, ValueError, pymupdf.mupdf.FzErrorBase) as error:
            if any(word in str(error).lower() for word in OUT_OF_MEMORY):
                raise

            damaged.append(index + 1)

    return readings, damaged


def _blocks(page: Page) -> Iterator[Block]:
    for lines in (page.lines, *page.turned):
        for region in columns.regions(lines):
            yield from blocks.blocks(region)


def _notes(readings: Sequence[Reading], damaged: list[int], text: str) -> Iterator[str]:
    empty = [reading for reading in readings if not reading.page.lines and not reading.page.turned]
    pictures = [reading.page.number for reading in empty if reading.images]
    blank = [reading.page.number for reading in empty if not reading.images]
    scans = [reading.page.number for reading in readings if reading.scanned]
    for numbers, what in (
        (pictures, "no text, images"),
        (blank, "no text"),
        (damaged, "damaged, not read"),
        (scans, "scanned; the text is the scan's own invisible layer (OCR)"),
    ):
        if numbers:
            yield f"{'pages' if len(numbers) > 1 else 'page'} {_ranges(numbers)}: {what}"

    unknown = text.count("\ufffd")
    if unknown:
        yield f"{unknown} characters could not be told from the fonts of the file"


def _ranges(numbers: Sequence[int]) -> str:
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])

    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _no_words(
    name: str, count: int, readings: Sequence[Reading], *, damaged: list[int], hidden: list[SetAside]
) -> Exception:
    if damaged:
        return Damaged(f"{name} is damaged: no text on {count} pages, {len(damaged)} of them cannot be read.")

    if hidden:
        return NoTextLayer(f"{name}: its only text is hidden ({hidden[0].reason}, page {hidden[0].page}). Look at the file.")

    pictures = sum(1 for reading in readings if reading.images)
    if pictures:
        what = f"{pictures} of {count} pages are images" if pictures < count else f"{count} pages are images"
        what = what.replace("1 pages are images", "its one page is an image") if count == 1 else what
        return NoTextLayer(f"{name}: no text layer: {what}; run text recognition (OCR) on it and put the result in its place.")

    return EmptyDocument(f"{name} holds no words: {count} blank pages or drawings. Put the full report in its place.")
