"""Ligatures and odd spaces become the letters and spaces that they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.extract import letters


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("di\ufb00 erent e\ufb03 cacy", "different efficacy"),
        ("\ufb01 rst de\ufb01 ned", "first defined"),
        ("sta\ufb00 were o\ufb00 the ward", "staff were off the ward"),
        ("cut-o\ufb00 at", "cut-off at"),
        ("plain", "plain"),
    ],
)
def test_a_space_inside_a_ligature_goes(text, mended):
    """A word that a typesetter's space cut after a ligature is whole; words in -ff keep their end."""
    assert letters.plain(letters.mended(text)) == mended


@given(st.text(alphabet="ab \u00a0\ufb01\u2009\u200b\u2010\u00ad\u00e9\u4e00"))
def test_both_ways_agree(text):
    """The way over bytes, for whole files, gives what the way over characters gives."""
    assert letters.plain_utf8(text.encode()).decode() == letters.plain(text)


def test_lone_surrogates_can_be_written():
    """Text from a broken font becomes valid Unicode."""
    assert letters.well_formed("a\ud800b").encode() == b"a?b"
