"""Documents for tests: values for files on the disk, and small PDFs made for one rule each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pymupdf

from robasync.errors import DocumentError
from robasync.extract import drawing
from robasync.extract import pdf as pdf_reader
from robasync.extract.asking import Looks, Wish
from robasync.extract.files import ROUNDS
from robasync.extract.looking import is_as_taken
from robasync.extract.ocr import Recogniser
from robasync.model import Document, Extract

WIDTH, HEIGHT = 595, 842


def document(path: Path, *, name: str | None = None, keep: bool = False) -> Document:
    """Return the value for a file, with its bytes in it where ``keep`` is set."""
    content = path.read_bytes()
    status = path.stat()
    return Document(
        name=name or path.name,
        path=path,
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        mtime_ns=status.st_mtime_ns,
        inode=status.st_ino,
        content=content if keep else None,
    )


def pdf(*pages: Iterable[tuple[float, float, str]], **options: object) -> bytes:
    """Return a PDF whose pages hold lines given as x, y of the baseline, and text."""
    with pymupdf.open() as made:
        for lines in pages:
            page = made.new_page(width=WIDTH, height=HEIGHT)
            for x, y, text in lines:
                page.insert_text((x, y), text, fontsize=10)

        return made.tobytes(**options)


def read(
    content: bytes, name: str = "a.pdf", *, tessdata: str = "", ocr: bool = False, seconds: float = 60
) -> Extract:
    """Return the extract of a PDF, read and looked at in this process as a pool of workers does it.

    ``tessdata`` is where Tesseract's data are, "" for neither comparing nor recognising anything.
    """
    wish = Wish(recognises=ocr, compares=bool(tessdata))
    told: list[bytes] = []
    while True:
        looks = Looks(told, wish=wish)
        try:
            ended: Extract | DocumentError = pdf_reader.read(content, name, looks=looks)
        except DocumentError as error:
            ended = error

        questions = looks.questions(name)
        if len(told) < ROUNDS and questions:
            told.append(drawing.answers(content, questions, Recogniser(tessdata, seconds=seconds)))
            if not is_as_taken(told[-1:]):
                continue

        if isinstance(ended, DocumentError):
            raise ended

        return ended


def column(x: float, lines: Iterable[str], *, top: float = 150) -> list[tuple[float, float, str]]:
    """Return lines set under each other, 12 points apart."""
    return [(x, top + 12 * number, line) for number, line in enumerate(lines)]


def scan(pages: int = 1, *, hidden_text: str = "") -> bytes:
    """Return a PDF whose pages are images, with an invisible text layer over the words where given."""
    with pymupdf.open() as drawn:
        sheet = drawn.new_page(width=WIDTH, height=HEIGHT)
        sheet.draw_rect(sheet.rect, color=None, fill=(0.9, 0.9, 0.9))
        sheet.insert_text((60, 300), hidden_text)
        pixels = sheet.get_pixmap(colorspace=pymupdf.csGRAY, alpha=False)

    with pymupdf.open() as made:
        for _ in range(pages):
            page = made.new_page(width=WIDTH, height=HEIGHT)
            page.insert_image(page.rect, pixmap=pixels)
            if hidden_text:
                page.insert_text((60, 300), hidden_text, render_mode=3)

        return made.tobytes()


def no_pages() -> bytes:
    """Make a PDF whose page tree is empty."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )
