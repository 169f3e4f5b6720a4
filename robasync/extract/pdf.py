"""A PDF's text in reading order. Runs in a worker process only (see ``worker``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from robasync.errors import Damaged, ExtractionMemory, NoPages, PasswordNeeded, TooLarge
from robasync.model import Extract, SetAside

from . import VERSION, about, blocks, columns, flow, layers, notes, references
from .asking import Looks
from .letters import well_formed
from .library import pymupdf
from .line_numbers import without_line_numbers
from .lines import Block, Page
from .margins import without_running_heads
from .sheets import Sheet, SheetReader

MAX_PAGES = 5000
OUT_OF_MEMORY = ("malloc", "realloc", "calloc", "allocat", "out of memory")


def read(content: bytes, name: str, *, looks: Looks | None = None) -> Extract:
    """Return the extract of a PDF's bytes.

    Draws nothing: what only the picture of a page tells, text recognition included, is what ``looks``
    tell and ask. Raises NoPages, PasswordNeeded, Damaged, TooLarge, NoTextLayer or EmptyDocument;
    text that is there but hidden does not count as text.
    """
    library = pymupdf()
    looks = looks or Looks()
    with _translated(name), library.open(stream=content, filetype="pdf") as document:
        count = _checked(document, name)
        sheets, damaged = _sheets(document, count, SheetReader(looks))
        metadata = document.metadata or {}
        unshown = layers.unshown(document)

    pages, dropped = _bodies(sheets)
    text, segments = flow.text([block for page in pages for block in _blocks(page)])
    hidden = [*(piece for sheet in sheets for piece in sheet.set_aside), *unshown]
    if not any(map(str.isalnum, text)) or _are_unread(sheets):
        raise notes.no_words(name, sheets, damaged=damaged, hidden=hidden, ocr=looks.recognises)

    text = well_formed(text)
    recognised = tuple(sheet.page.number for sheet in sheets if sheet.recognised or sheet.scanned)
    engine = f"pymupdf {library.VersionBind}, layout {VERSION}"
    return Extract(
        text=text,
        segments=segments,
        pages=count,
        media="application/pdf",
        engine=f"{engine}, tesseract" if any(sheet.recognised for sheet in sheets) else engine,
        set_aside=(*hidden, *dropped),
        notes=(*notes.notes(sheets, damaged=damaged), *notes.unknown_characters(text)),
        references=references.stretches(text),
        recognised=recognised,
        figures=tuple(figure for sheet in sheets for figure in sheet.figures),
        title=well_formed(about.title(metadata, sheets[0].page.lines if sheets else ())),
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


def _sheets(document: Any, count: int, reader: SheetReader) -> tuple[list[Sheet], list[int]]:
    sheets, damaged = [], []
    for index in range(count):
        try:
            sheets.append(reader.read(document.load_page(index)))
        except (RuntimeError, ValueError, pymupdf().mupdf.FzErrorBase) as error:
            if any(word in str(error).lower() for word in OUT_OF_MEMORY):
                raise

            damaged.append(index + 1)

    return sheets, damaged


def _are_unread(sheets: Sequence[Sheet]) -> bool:
    """Whether all that was read are stamps and addresses on pages that were not."""
    return any(sheet.why for sheet in sheets) and all(sheet.why or sheet.is_empty for sheet in sheets)


def _blocks(page: Page) -> Iterator[Block]:
    for lines in (page.lines, *page.turned):
        for region in columns.regions(lines):
            yield from blocks.blocks(region)


def _bodies(sheets: Sequence[Sheet]) -> tuple[list[Page], list[SetAside]]:
    """Drop what repeats and what counts lines; what stands alone on a page of its own is no running head."""
    numbered, numbers = without_line_numbers([sheet.page for sheet in sheets])
    pages, heads = without_running_heads(numbered)
    kept = [
        page if page.lines or any(page.turned) or sheet.why else before
        for page, before, sheet in zip(pages, numbered, sheets, strict=True)
    ]
    return kept, [*heads, *numbers]
