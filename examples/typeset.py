"""Set a report in two columns, justified and hyphenated, with running heads, as journals do.

The pages carry on purpose what makes text hard to get back: ligatures, line-end hyphens,
sentences that cross columns and pages, a table in the flow, and where the source asks for
it a line of white text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pymupdf

BANNER = "Fictional example, not a real trial"
WIDTH, HEIGHT = 482.0, 680.0  # points: 170 x 240 mm
MARGIN, GUTTER = 46.0, 16.0
COLUMN = (WIDTH - 2 * MARGIN - GUTTER) / 2
TOP, BOTTOM = 62.0, HEIGHT - 54.0
LOOSE = 16.0  # a line that would be left this many points short takes part of the next word
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
SYLLABLES = re.compile(
    r"(?<=[aeiouy][bcdfghjklmnpqrstvwxz])(?<!ck)(?=[bcdfghjklmnpqrstvwxz][aeiouy])"
    r"|(?<=[aeiouy])(?=[bcdfgklmnpqrstv][aiou])"
)
INSEPARABLE = re.compile(r"th|sh|ch|ph|gh|wh|ck|st|tr|tw|pl|bl|br|cr|dr|gr|ng|pr|sp|sc|sk|sm")

Word = tuple[str, str]  # text, name of the font


@dataclass(frozen=True, slots=True)
class Style:
    """How a block is set; sizes in points."""

    font: str
    size: float
    leading: float
    indent: float = 0.0
    above: float = 0.0
    color: tuple[float, float, float] = BLACK
    justified: bool = True


TITLE = Style("tibo", 14, 16.5, justified=False)
AUTHORS = Style("tiro", 10, 12, above=5)
PLACE = Style("tiit", 8.5, 10.5, above=2)
ABSTRACT = Style("tiro", 9, 11, above=9)
HEADING = Style("hebo", 9, 12, above=7)
SUBHEADING = Style("tiit", 10.4, 12.6, above=3)
BODY = Style("tiro", 10.4, 12.5)
INDENTED = Style("tiro", 10.4, 12.5, indent=10)
HIDDEN = Style("tiro", 4, 5, color=WHITE)
REFERENCE = Style("tiro", 7.5, 9, above=1)
CAPTION = Style("hebo", 7.5, 10, above=7)
CELL = Style("helv", 7.5, 10)


@dataclass(slots=True)
class Sheet:
    """The page under the pen, and where on it the next line goes."""

    document: pymupdf.Document
    fonts: dict[str, pymupdf.Font] = field(default_factory=dict)
    x: float = MARGIN
    y: float = TOP
    top: float = TOP
    pens: dict[tuple[float, float, float], pymupdf.TextWriter] = field(default_factory=dict)

    def font(self, name: str) -> pymupdf.Font:
        """Return one of the standard fonts, opened once."""
        if name not in self.fonts:
            self.fonts[name] = pymupdf.Font(name)

        return self.fonts[name]

    def width(self, word: Word, size: float) -> float:
        """Return the width of a word in points, its ligatures counted as such."""
        return float(self.font(word[1]).text_length(ligatures(word[0]), size))

    def turn_page(self) -> None:
        """Begin a new page in its first column."""
        self.finish_page()
        self.document.new_page(width=WIDTH, height=HEIGHT)
        self.x, self.y, self.top = MARGIN, TOP, TOP

    def finish_page(self) -> None:
        """Put what was written since the last call on its page."""
        for pen in self.pens.values():
            pen.write_text(self.document[-1])

        self.pens.clear()

    def make_room(self, height: float) -> None:
        """Go to the next column, or the next page, when ``height`` points are not left."""
        if self.y + height <= BOTTOM:
            return

        if self.x == MARGIN:
            self.x, self.y = MARGIN + COLUMN + GUTTER, self.top
        else:
            self.turn_page()

    def write(self, x: float, y: float, word: Word, style: Style) -> None:
        """Draw one word with its left end at ``x`` on the base line ``y``."""
        if style.color not in self.pens:
            self.pens[style.color] = pymupdf.TextWriter((0, 0, WIDTH, HEIGHT), color=style.color)

        self.pens[style.color].append(
            (x, y), ligatures(word[0]), font=self.font(word[1]), fontsize=style.size
        )


def ligatures(text: str) -> str:
    """Return ``text`` with the ligatures that the fonts have."""
    return text.replace("fi", "\N{LATIN SMALL LIGATURE FI}").replace("fl", "\N{LATIN SMALL LIGATURE FL}")


def words(text: str, font: str) -> list[Word]:
    """Split ``text`` into words; what stands between ``**`` is bold."""
    parts = re.split(r"\*\*", text)

    return [
        (word, "tibo" if index % 2 else font) for index, part in enumerate(parts) for word in part.split()
    ]


def divisions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to divide a word at a line's end, the longest first part first."""
    dash = text.find("-")

    if dash > 2 and text[:dash].isalpha():
        yield text[: dash + 1], text[dash + 1 :]
        return

    if not re.fullmatch(r"[a-z]{7,}[.,;:)]?", text):
        return

    for match in reversed(list(SYLLABLES.finditer(text))):
        at = match.start()

        if at >= 3 and len(text) - at >= 4 and not INSEPARABLE.fullmatch(text, at - 1, at + 1):
            yield text[:at] + "-", text[at:]


def break_lines(sheet: Sheet, text: str, style: Style, width: float) -> Iterator[tuple[list[Word], bool]]:
    """Yield the lines of a paragraph as words, each with whether it is the last one."""
    rest = words(text, style.font)
    line: list[Word] = []
    space = sheet.width((" ", style.font), style.size)
    left = width - style.indent

    while rest:
        word = rest.pop(0)
        needed = sheet.width(word, style.size)

        if needed <= left:
            line.append(word)
            left -= needed + space
            continue

        first, second = next(
            (
                (a, b)
                for a, b in divisions(word[0])
                if left > LOOSE and sheet.width((a, word[1]), style.size) <= left
            ),
            ("", word[0]),
        )
        yield [*line, (first, word[1])] if first else line, False
        rest.insert(0, (second, word[1]))
        line, left = [], width

    yield line, True


def set_line(
    sheet: Sheet, line: list[Word], style: Style, *, indent: float, width: float, justified: bool
) -> None:
    """Draw one line, its words spread to the full width where it is justified."""
    natural = sum(sheet.width(word, style.size) for word in line)
    space = sheet.width((" ", style.font), style.size)

    if justified and len(line) > 1:
        space = (width - indent - natural) / (len(line) - 1)

    x = sheet.x + indent

    for index, (text, font) in enumerate(line):
        last = index == len(line) - 1
        sheet.write(x, sheet.y + style.size, (text if last else text + " ", font), style)
        x += sheet.width((text, font), style.size) + space

    sheet.y += style.leading


def set_block(sheet: Sheet, text: str, style: Style, *, width: float = COLUMN, keep: int = 1) -> None:
    """Set a paragraph; its first line stays together with ``keep`` lines of what follows."""
    sheet.make_room(style.above + keep * style.leading)
    sheet.y += style.above
    indent = style.indent

    for line, last in break_lines(sheet, text, style, width):
        sheet.make_room(style.leading)
        set_line(sheet, line, style, indent=indent, width=width, justified=style.justified and not last)
        indent = 0.0


def set_table(sheet: Sheet, caption: str, rows: list[list[str]]) -> None:
    """Set a table in the column, never divided; the first column is on the left, the others centred."""
    sheet.make_room(CAPTION.above + CAPTION.leading + CELL.leading * (len(rows) + 1) + 6)
    set_block(sheet, caption, CAPTION)
    step = 44.0 if len(rows[0]) < 4 else 36.0
    rule(sheet)

    for number, row in enumerate(rows):
        set_row(sheet, row, step=step, font="hebo" if number == 0 else "helv")

        if number in {0, len(rows) - 1}:
            rule(sheet)

    sheet.y += 6


def set_row(sheet: Sheet, row: list[str], *, step: float, font: str) -> None:
    """Draw the cells of one row; columns after the first are ``step`` points wide."""
    start = sheet.x + COLUMN - step * (len(row) - 1)

    for index, cell in enumerate(row):
        word = (cell, font)
        centred = start + step * (index - 0.5) - sheet.width(word, CELL.size) / 2
        sheet.write(centred if index else sheet.x, sheet.y + CELL.size, word, CELL)

    sheet.y += CELL.leading


def rule(sheet: Sheet) -> None:
    """Draw a thin line across the column."""
    sheet.document[-1].draw_line((sheet.x, sheet.y), (sheet.x + COLUMN, sheet.y), width=0.5)
    sheet.y += 2


def set_margins(sheet: Sheet, *, journal: str, short: str, first_page: int) -> None:
    """Draw running heads, page numbers and the banner on every page."""
    for number, page in enumerate(sheet.document):
        left = journal if number == 0 else short
        right = "" if number == 0 else journal
        folio = str(first_page + number)
        edge(page, 40, left=left, middle="", right=right)
        edge(page, HEIGHT - 30, left="", middle=BANNER, right=folio)


def edge(page: pymupdf.Page, y: float, *, left: str, middle: str, right: str) -> None:
    """Draw one line outside the text area."""
    font = pymupdf.Font("tiit")
    writer = pymupdf.TextWriter(page.rect)

    for text, share in ((left, 0.0), (middle, 0.5), (right, 1.0)):
        if text:
            x = MARGIN + (WIDTH - 2 * MARGIN - font.text_length(text, 8)) * share
            writer.append((x, y), text, font=font, fontsize=8)

    writer.write_text(page)
