"""Make the example trial reports in ``trials/`` from the texts in ``sources/``.

    python examples/make_trials.py [FOLDER]

Every report, person, place and substance is invented for this project, and every page says
so. With the same version of PyMuPDF the files come out the same, byte for byte.
"""

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pymupdf
import typeset

HERE = Path(__file__).resolve().parent
SCAN_DPI = 110


@dataclass(frozen=True, slots=True)
class Source:
    """A report before it is set: the lines ``name: value`` at its head, then its blocks."""

    name: str
    head: dict[str, str]
    blocks: tuple[str, ...]

    @property
    def running_title(self) -> str:
        """The first author's surname as it stands in the running head."""
        return self.head["authors"].split(",")[0].split()[-1] + " et al."

    @property
    def journal(self) -> str:
        """Journal, year and volume."""
        return f"{self.head['journal']} {self.head['issue']}"


def main(arguments: list[str]) -> int:
    """Write all reports into the folder, by default ``trials/`` beside this script."""
    folder = Path(arguments[0]) if arguments else HERE / "trials"
    folder.mkdir(parents=True, exist_ok=True)

    for path in sorted((HERE / "sources").glob("*.md")):
        print(write(read(path), folder))

    return 0


def read(path: Path) -> Source:
    """Return the source in ``path``."""
    first, *blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    head = dict(line.split(": ", 1) for line in first.splitlines())

    return Source(path.stem, head, tuple(blocks))


def write(source: Source, folder: Path) -> Path:
    """Write one report in the form that its source asks for, and return its path."""
    form = source.head.get("form", "pdf")

    if form == "text":
        path = folder / f"{source.name}.txt"
        path.write_text(plain(source), encoding="utf-8", newline="\n")
        return path

    path = folder / f"{source.name}.pdf"
    document = scanned(set_report(source)) if form == "scan" else set_report(source)
    save(document, source, path)

    return path


def plain(source: Source) -> str:
    """Return the report as plain text in lines of at most 78 characters."""
    top = [source.head[key] for key in ("title", "authors", "place")]
    blocks = [*top, f"{source.journal}. {typeset.BANNER}.", *(block.lstrip("# ") for block in source.blocks)]

    return "\n\n".join(textwrap.fill(block, 78) for block in blocks) + "\n"


def set_report(source: Source) -> pymupdf.Document:
    """Return the report set in two columns below a title and abstract across the page."""
    sheet = typeset.Sheet(pymupdf.open())
    sheet.turn_page()
    wide = typeset.WIDTH - 2 * typeset.MARGIN

    for key, style in (("title", typeset.TITLE), ("authors", typeset.AUTHORS), ("place", typeset.PLACE)):
        typeset.set_block(sheet, source.head[key], style, width=wide)

    abstract = list(takewhile(lambda block: block != "# Introduction", source.blocks))
    typeset.set_block(sheet, f"**{abstract[0].lstrip('# ')}.** " + abstract[1], typeset.ABSTRACT, width=wide)
    sheet.y += 8
    sheet.top = sheet.y
    set_columns(sheet, source.blocks[len(abstract) :])
    sheet.finish_page()
    first_page = int(source.head["first page"])
    typeset.set_margins(sheet, journal=source.journal, short=source.running_title, first_page=first_page)

    return sheet.document


def set_columns(sheet: typeset.Sheet, blocks: tuple[str, ...]) -> None:
    """Set the body; a paragraph after a paragraph is indented."""
    after_paragraph = False

    for block in blocks:
        style = typeset.INDENTED if after_paragraph else typeset.BODY
        after_paragraph = block[:1] not in "#~[" and not block.startswith("Table ")

        if block.startswith("## "):
            typeset.set_block(sheet, block[3:], typeset.SUBHEADING, keep=3)
        elif block.startswith("# "):
            typeset.set_block(sheet, block[2:], typeset.HEADING, keep=3)
        elif block.startswith("~ "):
            typeset.set_block(sheet, block[2:], typeset.HIDDEN)
        elif block.startswith("["):
            typeset.set_block(sheet, block, typeset.REFERENCE)
        elif block.startswith("Table "):
            caption, *rows = block.splitlines()
            typeset.set_table(
                sheet, caption, [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
            )
        else:
            typeset.set_block(sheet, block, style)


def scanned(document: pymupdf.Document) -> pymupdf.Document:
    """Return the same pages as grey images without any text, as a scanner makes them."""
    images = pymupdf.open()

    for page in document:
        picture = page.get_pixmap(dpi=SCAN_DPI, colorspace=pymupdf.csGRAY)
        sheet = images.new_page(width=page.rect.width, height=page.rect.height)
        sheet.insert_image(sheet.rect, stream=picture.tobytes("jpeg", jpg_quality=55))

    return images


def save(document: pymupdf.Document, source: Source, path: Path) -> None:
    """Write the PDF with fixed dates and identifiers, fonts reduced to what is used."""
    date = f"D:{source.head['issue'][:4]}0101000000Z"
    document.set_metadata(
        {
            "title": source.head.get("pdf title", ""),
            "author": source.head.get("pdf author", ""),
            "subject": typeset.BANNER,
            "creationDate": date,
            "modDate": date,
        }
    )
    document.subset_fonts()
    document.save(path, garbage=4, deflate=True, deflate_fonts=True, use_objstms=1, no_new_id=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
