"""Scans: read by Tesseract where it is asked for and there, labelled, and said how where it is not."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from robasync.errors import NoTextLayer, SettingsError
from robasync.extract import ocr, wire
from tests import papers

SENTENCE = "Allocation was by sealed opaque envelopes that a pharmacist kept."
EXAMPLE = Path(__file__).parents[3] / "examples" / "trials" / "marrowby-1998-scan.pdf"


@pytest.fixture(scope="module")
def tessdata() -> str:
    """Return the folder of Tesseract's data; without it the tests are skipped."""
    try:
        return ocr.tessdata()
    except SettingsError:
        pytest.skip("Tesseract's data (Debian package tesseract-ocr) is not installed")


def image(rotation: int = 0) -> bytes:
    """Return a PDF of one page that is an image of a sentence, to be turned by ``rotation`` when seen."""
    with pymupdf.open() as made:
        page = made.new_page(width=papers.WIDTH, height=300)
        page.insert_text((50, 100), SENTENCE, fontsize=14)
        pixels = page.get_pixmap(matrix=pymupdf.Matrix(200 / 72, 200 / 72).prerotate(-rotation))
        shown = made.new_page(width=pixels.width * 0.36, height=pixels.height * 0.36)
        shown.insert_image(shown.rect, pixmap=pixels)
        shown.set_rotation(rotation)
        made.delete_page(0)
        return made.tobytes()


@pytest.mark.parametrize("rotation", [0, 90])
def test_an_image_of_a_page_is_read(tessdata: str, rotation: int) -> None:
    """The words come from the image as a reader sees it, turned or not, and the page is named."""
    extract = wire.decode(wire.encode(papers.read(image(rotation), "a.pdf", tessdata=tessdata, ocr=True)))
    assert SENTENCE in extract.text
    assert extract.recognised == (1,)
    assert extract.notes == ("page 1: scanned, read by OCR",)
    assert extract.engine.endswith(", tesseract")


def test_the_scanned_example_is_whole(tessdata: str) -> None:
    """Columns, paragraphs and broken words of a coarse scan come out in order."""
    text = papers.read(EXAMPLE.read_bytes(), EXAMPLE.name, tessdata=tessdata, ocr=True).text
    assert "One child in each group went home on the fourth day, so that 38 were analysed." in text
    assert "by a nurse from another ward, who did not know to which group the child belonged" in text


def test_pages_of_text_are_not_recognised(tessdata: str) -> None:
    """A page with text is read as ever, and no quote of it is labelled."""
    content = papers.pdf(papers.column(60, [f"{SENTENCE} {n}" for n in range(9)]))
    assert papers.read(content, "a.pdf", tessdata=tessdata, ocr=True) == papers.read(content, "a.pdf")


def test_without_time_a_page_stays_unread(tessdata: str) -> None:
    """When the time of a document is used up its further images are named, not waited for."""
    with pymupdf.open(stream=papers.pdf(papers.column(60, [SENTENCE]))) as made:
        made.insert_pdf(pymupdf.open(stream=image()))
        extract = papers.read(made.tobytes(), "a.pdf", tessdata=tessdata, ocr=True, seconds=-1)

    assert extract.notes == ("page 2: image, not read",)


def test_an_empty_image_is_said_so(tessdata: str) -> None:
    """Where recognition finds no words the failure does not ask for recognition."""
    with pytest.raises(NoTextLayer, match="found no words"):
        papers.read(papers.scan(), "a.pdf", tessdata=tessdata, ocr=True)


def test_missing_data_is_named(tmp_path: Path) -> None:
    """A folder without Tesseract's data is refused, with what to install."""
    with pytest.raises(SettingsError, match=r"holds no eng.traineddata\.\n.*apt-get install tesseract-ocr"):
        ocr.tessdata(None, tmp_path)

    (tmp_path / ocr.DATA).touch()
    assert ocr.tessdata(None, tmp_path) == str(tmp_path)
