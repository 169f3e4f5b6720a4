"""No text makes the reader slow or fail: patterns are bounded, and every stretch is read once."""

from __future__ import annotations

import pytest

from robasync import screen, studies
from robasync.model import Extract, Segment
from robasync.providers.rules import answer, refusal

SIZE = 300_000
PARTS = (
    *(
        ".",
        "a",
        "\n",
        " ",
        "-",
        "A",
        "1",
        "(",
        "é",
        "\t",
        "\n ",
        "\x00",
        "\ud800",
        "a.",
        "A. ",
        "random ",
        "not ",
    ),
    *(
        "patients and ",
        "We were randomised and blinded to it. ",
        "\n\n1\n\n",
        "van ",
        "A B, ",
        "References\n",
    ),
    *("primary outcome was ", "2012 ", "© 2012, ", "10.1186/", "will be ", "five hundred and ", "1,000"),
)


@pytest.mark.parametrize("part", PARTS)
def test_repetition_ends(part):
    """Any repeated part is read to its end, without an answer that no sentence supports."""
    text = part * (SIZE // len(part))
    extract = Extract(text=text, segments=(Segment(0, 1),), pages=1, media="text/plain", engine="test")
    found = answer(text, ["1", "2", "3", "4", "5", "6", "opt1"])

    assert set(found["items"]) == {"1", "2", "3", "4", "5", "6", "opt1"}
    assert studies.label(extract, "x.txt")
    screen.screen(extract)
    refusal(extract)
