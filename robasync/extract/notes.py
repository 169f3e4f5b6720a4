"""What is said of a PDF beside its text: pages without words, scans, and why there is nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from robasync.errors import Damaged, DocumentError, EmptyDocument, NoTextLayer
from robasync.model import SetAside

from .sheets import Sheet
from .unread import Why

ASK = "Have it read by text recognition: resume with --ocr (which needs: apt-get install tesseract-ocr)."
ASKED = "Text recognition did not come to an end: raise parallel.timeout_seconds, or print it to a new PDF."

OWN = "scanned, text from its own OCR layer"
UNDRAWN = "could not be drawn; of its text what only a look at it tells to be visible was set apart"


def notes(sheets: Sequence[Sheet], *, damaged: Sequence[int]) -> Iterator[str]:
    """Yield a note for each kind of page that gave no words, or not in the usual way."""
    kinds = (
        *((_numbers(sheets, why), why.value) for why in Why),
        ([sheet.page.number for sheet in sheets if sheet.is_empty and not sheet.why], "no text"),
        (damaged, "damaged, not read"),
        ([sheet.page.number for sheet in sheets if sheet.compared], f"{OWN}, which agrees with the image"),
        (
            [sheet.page.number for sheet in sheets if sheet.scanned and not sheet.compared],
            f"{OWN}, not compared with the image",
        ),
        ([sheet.page.number for sheet in sheets if sheet.recognised], "scanned, read by OCR"),
        ([sheet.page.number for sheet in sheets if sheet.undrawn], UNDRAWN),
    )
    for numbers, what in kinds:
        if numbers:
            yield f"{'pages' if len(numbers) > 1 else 'page'} {ranges(numbers)}: {what}"


def unknown_characters(text: str) -> Iterator[str]:
    """Yield a note where the file's fonts do not say what letters they show."""
    if unknown := text.count("\ufffd"):
        yield f"{unknown} characters could not be told from the fonts of the file"


def no_words(
    name: str, sheets: Sequence[Sheet], *, damaged: Sequence[int], hidden: Sequence[SetAside], ocr: bool
) -> DocumentError:
    """Return the failure of a PDF in which no visible word was found; ``ocr`` says what was wanted."""
    count = len(sheets) + len(damaged)
    advice = ASKED if ocr else ASK
    if damaged:
        return Damaged(
            f"{name} is damaged: {_pages(len(damaged))} of {count} cannot be read, the others hold no text."
        )

    pictures = len(_numbers(sheets, Why.IMAGE))
    if hidden:
        what = f"{name}: its only text is hidden ({hidden[0].reason}, page {hidden[0].page})"
        return NoTextLayer(f"{what}. {advice}" if pictures else f"{what}. Look at the file.")

    if any(sheet.recognised for sheet in sheets):
        return NoTextLayer(
            f"{name} has no text layer, and text recognition found no words. Get a better scan of it."
        )

    if pictures:
        images = "1 page is an image" if pictures == 1 else f"{pictures} pages are images"
        return NoTextLayer(
            f"{name} has no text layer: {images}{f' of {count}' if pictures < count else ''}. {advice}"
        )

    if unmapped := len(_numbers(sheets, Why.UNMAPPED)):
        return NoTextLayer(
            f"{name} has no readable text layer: the fonts of {_pages(unmapped)} do not say what letters"
            f" they show. {advice}"
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


def _numbers(sheets: Sequence[Sheet], why: Why) -> list[int]:
    return [sheet.page.number for sheet in sheets if sheet.why is why]


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"
