"""A hyphen at the end of a line goes where it broke a word and stays in a compound."""

from __future__ import annotations

import pytest

from robasync.extract.hyphens import joint, vocabulary

WORDS = frozenset({"treatment", "follow-up", "placebo-controlled", "over", "all", "heart", "failure"})


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [
        ("the treat-", "ment arm", "the treatment arm"),
        ("rando-", "misation", "randomisation"),
        ("at follow-", "up visits", "at follow-up visits"),
        ("a double-", "blind trial", "a double-blind trial"),
        ("of heart-", "failure cases", "of heart-failure cases"),
        ("treatment-by-", "subgroup", "treatment-by-subgroup"),
        ("the COVID-", "19 wave", "the COVID-19 wave"),
        ("by Kaplan-", "Meier", "by Kaplan-Meier"),
        ("pre-", "and post-test", "pre- and post-test"),
        ("soft\u00ad", "ware", "software"),
        ("from 2010\u2013", "2012", "from 2010\u20132012"),
        ("two", "words", "two words"),
        ("a dash -", "here", "a dash - here"),
    ],
)
def test_joints(left, right, joined):
    """Each kind of line end is joined as a reader would."""
    start, between = joint(left, right, lambda: WORDS)
    assert start + between + right == joined


def test_a_broken_word_teaches_nothing():
    """Words at the ends of lines may be halves, so they are not part of the vocabulary."""
    words = vocabulary(["half of approxi-", "mately treatment, here"])
    assert words == {"of", "treatment"}
