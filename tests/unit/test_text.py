"""Normalising: what compares equal, and that every span leads back to its origin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.text import fold, normalise

PIECES = st.sampled_from(
    [*"aBéﬁßİΣς한文5½²①ǰ-–“’….\u00ad\u200b\u00a0\ufeff \n", "e\u0301", "-\n", "  "],
)
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the ﬁrst eﬀect", "the first effect"),
        ("two  blanks\n and\ta line", "two blanks and a line"),
        ("ran\u00addomised", "randomised"),
        ("ran-\ndomised", "randomised"),
        ("ran\u00ad\ndomised", "randomised"),
        ("double-\nblind", "double-blind"),
        ("“quoted” and ‘quoted’", "\"quoted\" and 'quoted'"),
        ("ages 5–10", "ages 5-10"),
        ("COVID-\n19", "COVID-19"),
        ("Müller", "Mu\u0308ller"),
        ("naïve", "naive"),
        ("DOUBLE Blind", "double blind"),
        ("zero\u200bwidth", "zerowidth"),
        ("non\u00a0breaking", "non breaking"),
    ],
)
def test_same_wording(one: str, other: str) -> None:
    """Wordings that differ only in how they are set normalise to the same text."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("5-10", "510"), ("was concealed", "was not concealed"), ("1.5", "15")]
)
def test_other_wording(one: str, other: str) -> None:
    """What reads differently stays different."""
    assert fold(one) != fold(other)


@given(TEXTS)
def test_spans_tile_the_original(text: str) -> None:
    """Spans of single characters never run backwards and stay inside the original."""
    normalised = normalise(text)
    before = 0

    for offset in range(len(normalised.text)):
        start, end = normalised.span(offset, offset + 1)
        assert before <= start < end <= len(text)
        before = start


@given(TEXTS, st.data())
def test_round_trip(text: str, draw: st.DataObject) -> None:
    """The original under any span normalises to something that holds the span."""
    normalised = normalise(text)
    start = draw.draw(st.integers(0, max(len(normalised.text) - 1, 0)))
    end = draw.draw(st.integers(min(start + 1, len(normalised.text)), len(normalised.text)))

    if start < end:
        begin, stop = normalised.span(start, end)
        wanted = normalised.text[start:end].replace("-", "").strip()
        assert wanted in fold(text[begin:stop]).replace("-", "")


@given(st.text(alphabet="abc XYZ-\n.,5", max_size=60))
def test_a_plain_text_folds_once(text: str) -> None:
    """Normalising what is normalised changes nothing but hyphens that came to stand between letters."""
    once = fold(text)

    assert fold(once).replace("-", "") == once.replace("-", "")


def test_many_kinds_of_characters() -> None:
    """A text with more kinds of accented letters than replacements pay for folds the same way."""
    accented = "".join(map(chr, range(0xC0, 0x17F)))

    assert fold(accented) == "".join(fold(character) for character in accented)
