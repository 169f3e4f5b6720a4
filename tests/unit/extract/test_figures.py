"""Flow diagrams and tables that are pictures: named where their numbers are not in the text."""

from __future__ import annotations

import pymupdf
import pytest

from robasync import instruments
from robasync.instruments.unseen import unseen
from robasync.model import Figure
from tests import papers

FILLER = papers.column(
    60, [f"Participants were randomly assigned by a computer {n}" for n in range(12)], top=500
)
BOXES = [(60 + 200 * (n % 2), 120 + 40 * (n // 2), f"Allocated (n = {n}2)") for n in range(6)]


def figures(lines, *, image: tuple[float, float, float, float] | None = None) -> list[tuple[int, str]]:
    """Return the figures of a page of these lines, with an image at a place."""
    pixels = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 400, 300), 0)
    pixels.clear_with(120)
    with pymupdf.open(stream=papers.pdf([*FILLER, *lines])) as made:
        if image:
            made[0].insert_image(image, pixmap=pixels)

        return [(figure.page, figure.what) for figure in papers.read(made.tobytes(), "a.pdf").figures]


@pytest.mark.parametrize(
    "caption",
    [
        "Figure 1. CONSORT flow diagram",
        "Fig. 2 Trial profile",
        "Figure 3: Flow of participants through the trial",
    ],
)
def test_a_flow_diagram_without_numbers_is_named(caption):
    """A caption that tells of the flow over a picture, is noted; one over text is not."""
    ((page, what),) = figures([(60, 400, caption)], image=(60, 100, 500, 380))
    assert (page, what.split(" (")[0]) == (1, "flow diagram")
    assert figures([(60, 400, caption), *BOXES]) == []


def test_a_table_that_is_an_image_is_named():
    """A table's caption right above an image is noted; a table with rows, or an image elsewhere, is not."""
    caption = (60, 90, "Table 2 Outcomes by group")
    assert figures([caption], image=(60, 100, 500, 380)) == [(1, "Table 2")]
    assert figures([caption, (60, 110, "Deaths 12 14")], image=(60, 250, 500, 480)) == []
    assert figures([(60, 400, "Figure 2. Time to event")], image=(60, 100, 500, 380)) == []


def test_items_that_count_say_where_numbers_may_be():
    """Only an item that asks for numbers points to the pictures that may hold them."""
    items = instruments.load("robust-rct").items
    notes = {item.id: unseen(item, [Figure(page=4, what="flow diagram (Fig. 1)")]) for item in items}
    assert {item for item, said in notes.items() if said} == {"6"}
    assert notes["6"] == ("numbers may be in the figure on page 4: flow diagram (Fig. 1)",)
