"""What is said of a PDF beside its text: pages without words, scans, and why there is nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from robasync.errors import Damaged, DocumentError, EmptyDocument, NoTextLayer
from robasync.model import SetAside

from .lines import Page
from .pages import Reading


def notes(readings: Sequence[Reading], pages: Sequence[Page], *, damaged: Sequence[int]) -> Iterator[str]:
    """Yield a note for each kind of page that gave no words, or not in the usual way."""
    images = {reading.page.number for reading in readings if reading.images}
    empty = [page.number for page in pages if not page.lines and not any(page.turned)]
    kinds = (
        ([number for number in empty if number in images], "no text, images"),
        ([number for number in empty if number not in images], "no text"),
        (damaged, "damaged, not read"),
        (
            [reading.page.number for reading in readings if reading.scanned],
            "scanned, text from its own OCR layer",
        ),
    )
    for numbers, what in kinds:
        if numbers:
            yield f"{'pages' if len(numbers) > 1 else 'page'} {ranges(numbers)}: {what}"


def unknown_characters(text: str) -> Iterator[str]:
    """Yield a note where the file's fonts do not say what letters they show."""
    if unknown := text.count("\ufffd"):
        yield f"{unknown} characters could not be told from the fonts of the file"


def no_words(
    name: str, readings: Sequence[Reading], *, damaged: Sequence[int], hidden: Sequence[SetAside]
) -> DocumentError:
    """Return the failure of a PDF in which no visible word was found."""
    count = len(readings) + len(damaged)
    if damaged:
        return Damaged(
            f"{name} is damaged: {_pages(len(damaged))} of {count} cannot be read, the others hold no text."
        )

    if hidden:
        return NoTextLayer(
            f"{name}: its only text is hidden ({hidden[0].reason}, page {hidden[0].page}). Look at the file."
        )

    pictures = sum(1 for reading in readings if reading.images)
    if pictures:
        images = "1 page is an image" if pictures == 1 else f"{pictures} pages are images"
        return NoTextLayer(
            f"{name} has no text layer: {images}{f' of {count}' if pictures < count else ''}."
            " Run text recognition (OCR) on it and put the result in its place."
        )

    return EmptyDocument(
        f"{name} holds no words: {_pages(count)}, blank or drawn. Put the full report in its place."
    )


def ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as "1-3, 7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])

    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"
