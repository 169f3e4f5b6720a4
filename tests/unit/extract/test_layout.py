"""Reading order, running heads and sentences across breaks, on lines made for the purpose."""

from __future__ import annotations

import random

import pytest

from robasync.extract import blocks, columns, flow, initials
from robasync.extract.lines import Line, Page, turned
from robasync.extract.margins import without_running_heads

PROSE = "running text of a column that fills its width"


def line(x0, y0, text=PROSE, *, width=None, size=10.0, page=1, strong=False, slanted=False):
    """Make a line of 10-point type whose box starts at x0, y0."""
    x1 = x0 + (width if width is not None else len(text) * 5)
    box = (x0, y0, x1, y0 + size)
    return Line(text, size, *box, page, box, strong, slanted)


def stack(x0, y0, name, count=8, *, width=230, page=1):
    """Make a column of prose whose lines carry a name and a number."""
    return [line(x0, y0 + 12 * n, f"{name}{n} {PROSE}", width=width, page=page) for n in range(count)]


def read(lines):
    """Return the first words of the lines in reading order."""
    shuffled = random.Random(1).sample(lines, len(lines))
    return [piece.text.split()[0] for region in columns.regions(shuffled) for row in region for piece in row]


def names(*parts, count=8):
    """Return the first words of columns in the order of their names."""
    return [f"{part}{n}" for part in parts for n in range(count)]


@pytest.mark.parametrize("shift", [0, 5])
def test_two_columns_under_a_title(shift):
    """The title is first, then the whole left column, then the right, aligned or not."""
    lines = [line(50, 40, "Title " + PROSE * 2, width=490), *stack(50, 80, "a"), *stack(310, 80 + shift, "b")]
    assert read(lines) == ["Title", *names("a", "b")]


def test_three_columns():
    """Three columns are read from left to right."""
    lines = [*stack(40, 80, "a", width=160), *stack(220, 83, "b", width=160), *stack(400, 80, "c", width=160)]
    assert read(lines) == names("a", "b", "c")


def test_ragged_columns():
    """Columns whose lines end where they like are columns all the same."""
    widths = (120, 230, 150, 200, 90, 180, 140, 110)
    lines = [
        line(x, 80 + 12 * n, f"{name}{n} {PROSE}", width=width)
        for name, x in (("a", 50), ("b", 310))
        for n, width in enumerate(widths)
    ]
    assert read(lines) == names("a", "b")


def test_a_full_width_block_between_columns():
    """Columns above a wide block are read before it, those below after it."""
    wide = [line(50, 200, "Wide " + PROSE * 2, width=490)]
    lines = [*stack(50, 80, "a"), *stack(310, 80, "b"), *wide, *stack(50, 240, "c"), *stack(310, 240, "d")]
    assert read(lines) == [*names("a", "b"), "Wide", *names("c", "d")]


def test_a_table_is_read_across():
    """Rows of figures are read row by row, not column by column."""
    rows = [
        [line(50, 80 + 14 * n, f"Row{n}"), line(200, 80 + 14 * n, f"1{n}"), line(300, 80 + 14 * n, f"2{n}")]
        for n in range(5)
    ]
    assert read([cell for row in rows for cell in row]) == [
        word for n in range(5) for word in (f"Row{n}", f"1{n}", f"2{n}")
    ]


def test_a_table_beside_a_column():
    """A table in one column does not mix with the prose beside it."""
    table = [
        cell for n in range(8) for cell in (line(50, 83 + 13 * n, f"r{n}"), line(200, 83 + 13 * n, f"v{n}"))
    ]
    order = read([*table, *stack(310, 80, "b")])
    assert order[16:] == names("b")


def test_every_line_is_read_once():
    """No arrangement loses or doubles a line."""
    chance = random.Random(7)
    for _ in range(200):
        lines = [
            line(chance.uniform(0, 500), chance.uniform(0, 800), f"w{n} x", width=chance.uniform(5, 300))
            for n in range(chance.randrange(1, 40))
        ]
        assert sorted(read(lines)) == sorted(piece.text.split()[0] for piece in lines)


def text_of(lines):
    """Return the running text of lines."""
    regions = columns.regions(lines)
    return flow.text([block for region in regions for block in blocks.blocks(region)])


def test_a_sentence_crosses_a_column_past_a_caption():
    """The halves are joined and the caption follows them; the way back leads to both places."""
    left = [*stack(50, 80, "a", 4), line(50, 140, "Figure 1. What happened to whom.", size=8.0)]
    right = [line(310, 80, "goes on in the next column to its end.", width=230), *stack(310, 92, "B", 3)]
    text, segments = text_of([*left, *right])
    assert f"a3 {PROSE} goes on in the next column to its end." in text.replace("\n\n", "¶")
    assert text.index("Figure 1.") > text.index("goes on")
    going = text.index("goes on")
    assert [segment.box[0] for segment in segments if segment.start == going] == [310]


@pytest.mark.parametrize(("width", "whole"), [(230, True), (120, False)])
def test_only_a_full_line_goes_on_with_a_capital(width, whole):
    """A next column that begins with a capital goes on where the last line was full, and only there."""
    left = [*stack(50, 80, "a", 4), line(50, 128, "was approved by the committee of the", width=width)]
    right = [line(310, 80, "University of Nowhere before it began.", width=230), *stack(310, 92, "b", 3)]
    assert ("of the University" in text_of([*left, *right])[0]) is whole


def test_a_lone_line_does_not_go_on_with_a_capital():
    """A heading at the foot of a column, however wide, is not the beginning of the next column's text."""
    left = [*stack(50, 80, "A", 4), line(50, 160, "Randomisation and Stratification", width=230)]
    right = [line(310, 80, "Completeness of the data was checked.", width=230), *stack(310, 92, "b", 3)]
    assert "Stratification\n\nCompleteness" in text_of([*left, *right])[0]


def test_paragraphs_are_parted():
    """A wider distance, another size and bold type each start a new block."""
    lines = [
        *stack(50, 80, "a", 3),
        line(50, 116, "Methods", strong=True),
        *stack(50, 128, "b", 3),
        *stack(50, 200, "C", 2),
    ]
    assert len(text_of(lines)[0].split("\n\n")) == 4


def test_an_italic_heading_is_apart():
    """A short italic line is parted from the sentence that ends above and the one that begins below."""
    above, below = stack(50, 80, "a", 2), stack(50, 116, "B", 2)
    above[-1] = above[-1]._replace(text="It ended here.")
    lines = [*above, line(50, 104, "Allocation", slanted=True), *below]
    assert "ended here.\n\nAllocation\n\nB0" in text_of(lines)[0]


def test_an_italic_line_in_a_sentence_stays():
    """A full italic line in the middle of a paragraph is a part of its sentence."""
    lines = stack(50, 80, "a", 3)
    lines[1] = lines[1]._replace(slanted=True)
    assert "\n\n" not in text_of(lines)[0]


def test_a_short_end_goes_over_to_the_next_column():
    """The last word of a sentence may stand alone on top of the next column."""
    left = [*stack(50, 80, "a", 4), line(50, 128, "could not foresee the next", width=230)]
    right = [
        line(310, 80, "assignment."),
        line(310, 92, "Care", slanted=True),
        *stack(310, 104, "Participants", 3),
    ]
    assert "foresee the next assignment.\n\nCare\n\nParticipants0" in text_of([*left, *right])[0]


def test_an_address_ends_where_its_line_does():
    """A web address without a full stop is no half of a sentence that a table's row could complete."""
    address = line(50, 60, "https://doi.org/10.1000/an-article-of-nobody", width=230)
    lines = [
        address,
        *stack(50, 100, "A", 4),
        line(310, 80, "age in years 63.9 (10.4) 64.6 (11.6)", width=230),
    ]
    assert "nobody\n\n" in text_of(lines)[0]


def test_a_table_in_a_longer_column_stays_there():
    """Three columns of cells on one side of the gutter do not cut the page in bands."""
    cells = [line(x, 104 + 12 * n, f"c{n}{x}", width=20) for n in range(5) for x in (50, 130, 210)]
    lines = [*stack(50, 80, "a", 2), *cells, *stack(50, 164, "d", 3), *stack(310, 80, "b", 2)]
    assert read(lines)[-2:] == ["b0", "b1"]


def page(number, *lines):
    """Make a page of 600 x 800 points."""
    return Page(number, 600.0, 800.0, [each._replace(page=number) for each in lines], [])


def test_running_heads_go_once_each():
    """Heads, feet and page numbers go from every page and are noted once; text stays."""
    pages = [
        page(n, line(50, 20, "Trial of tea"), line(50, 100, f"Text {n}"), line(300, 780, f"{n}"))
        for n in range(1, 4)
    ]
    kept, aside = without_running_heads(pages)
    assert [[piece.text for piece in each.lines] for each in kept] == [["Text 1"], ["Text 2"], ["Text 3"]]
    assert [(piece.text, piece.reason) for piece in aside] == [
        ("Trial of tea", "running head"),
        ("1", "running head"),
    ]


def test_the_head_of_a_table_stays():
    """What repeats at the same place below other text is no running head."""
    pages = [page(n, line(50, 20, f"Table of {'abc'[n]}"), line(50, 60, "Variable")) for n in range(3)]
    assert without_running_heads(pages)[1] == []


def test_a_drop_capital_returns_to_its_word():
    """The large letter is put before the line beside it."""
    lines = [
        line(50, 80, "T", size=24.0, width=15),
        line(67, 81, "ype 2 diabetes"),
        line(67, 93, "condition"),
    ]
    assert [piece.text for piece in initials.joined(lines)] == ["Type 2 diabetes", "condition"]


@pytest.mark.parametrize(
    ("direction", "first", "second"),
    [((0, -1), (10, 50, 20, 90), (22, 50, 32, 90)), ((0, 1), (22, 50, 32, 90), (10, 50, 20, 90))],
)
def test_turned_text_is_read_in_its_own_frame(direction, first, second):
    """In text that runs up or down the page the line read first lies higher in its frame."""
    assert turned(first, direction)[1] < turned(second, direction)[1]
    assert turned(first, (1, 0)) == first


def test_numbers_before_entries_are_no_column():
    """A list whose numbers stand apart is read entry by entry, each a block of its own."""
    numbers = [line(50, 80 + 36 * n, f"{n + 1}.", width=9) for n in range(6)]
    entries = [line(68, 80 + 12 * n, f"e{n} {PROSE}", width=230 - 9 * (n % 3)) for n in range(18)]
    found = [block for region in columns.regions([*numbers, *entries]) for block in blocks.blocks(region)]
    assert [block.first for block in found] == [f"{n + 1}. e{3 * n} {PROSE}" for n in range(6)]
    assert [len(block.lines) for block in found] == [3] * 6


def texts(lines):
    """Return the text of lines in reading order, with a line break between blocks."""
    found = [block for region in columns.regions(lines) for block in blocks.blocks(region)]
    return flow.text(found)[0].split("\n\n")


def test_a_table_of_labels_is_read_by_its_rows():
    """Under a table's caption a label stands with what is told of it, however many lines either has."""
    caption = [line(50, 60, "Table 1 Words used in this report", width=490)]
    labels = [
        line(50, 80, "Death"),
        line(50, 104, "Life"),
        line(50, 140, "Parents and"),
        line(50, 152, "toddlers"),
    ]
    told = [
        line(200, y, text, width=340)
        for y, text in (
            (80, "Any death that was reported to the committee or found in the registry"),
            (92, "within the year after the first visit to the clinic of the fictional town."),
            (104, "What people can do and how they take part in the life of their town,"),
            (116, "as they tell themselves or as others tell of them."),
            (140, "Groups were visited and flyers were left, and the details of people"),
            (152, "were collected when they had said that they wished to take part."),
        )
    ]
    found = texts([*caption, *labels, *told])
    assert [part.split()[0] for part in found] == ["Table", "Death", "Life", "Parents", "toddlers"]
    assert "registry within the year" in found[1]
    assert found[4].startswith("toddlers Groups were visited")
    assert "people were collected" in found[4]


def test_labels_beside_figures_are_no_column():
    """Labels that fill their column are rows of a table when figures stand beside them."""
    labels = (
        "Class I anti-arrhythmic drugs",
        "Class II anti-arrhythmic drug",
        "Direct oral anticoagulation",
        "Ages",
    )
    rows = [
        [line(50, 80 + 14 * n, text), line(260, 80 + 14 * n, f"{n}1 (9.3%)")]
        for n, text in enumerate(labels * 2)
    ]
    assert texts([cell for row in rows for cell in row])[:2] == [
        f"{labels[0]} 01 (9.3%)",
        f"{labels[1]} 11 (9.3%)",
    ]


def test_a_caption_in_two_columns():
    """A caption in smaller type over the columns of the text is read to its end before the text."""
    small = [
        line(x, 80 + 9 * n, f"{name}{n} {PROSE}", width=230, size=7)
        for name, x in (("a", 50), ("b", 310))
        for n in range(4)
    ]
    assert read([*small, *stack(50, 140, "c"), *stack(310, 140, "d")]) == [
        *names("a", "b", count=4),
        *names("c", "d"),
    ]
