"""Numbers randomised and analysed are read only where a sentence states them plainly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.providers.rules import answer, integers


def counts(*sentences):
    """Return the numbers randomised and analysed in a report that holds these sentences."""
    reply = answer(" ".join(sentences), ["6"])["items"]["6"]

    return reply["randomised"]["value"], reply["analysed"]["value"]


@pytest.mark.parametrize(
    ("sentence", "randomised"),
    [
        ("A total of 217 patients were randomized to drug or placebo.", 217),
        ("We randomised 56 patients between two arms.", 56),
        ("Fifty-six patients underwent randomisation in the end.", 56),
        ("One hundred and three women were randomly assigned to two groups.", 103),
        ("We screened 1,243 patients, of whom 1,066 were randomised.", 1066),
        ("There were 497 randomised participants of both sexes.", 497),
        ("Fourteen patients were randomised to the control group.", None),
        ("There were 23, 16 and 21 patients randomised to three groups, 21 patients were randomised.", 21),
        ("Three women were not randomised because of the device.", None),
        ("A total of 410 randomised patients was planned for the trial.", None),
        ("In 2012 patients were randomised at two hospitals.", None),
    ],
)
def test_the_number_randomised(sentence, randomised):
    """Totals are read in digits and words; groups, plans and years are not."""
    assert counts(sentence)[0] == randomised


@pytest.mark.parametrize(
    ("sentence", "analysed"),
    [
        ("In the end 111 participants were included in the primary analysis.", 111),
        ("All 120 randomised patients were included in the analysis.", 120),
        ("In the end 111 participants were included in the safety analysis.", None),
        ("In the end 130 participants were included in the primary analysis.", None),
    ],
)
def test_the_number_analysed(sentence, analysed):
    """The main analysis counts, another set does not, and never more than were randomised."""
    assert counts("We randomised 120 patients between two arms.", sentence) == (120, analysed)


def test_equally_frequent_numbers_are_left_to_a_person():
    """Two totals said once each give none."""
    assert counts("We randomised 120 patients in all.", "We randomised 118 patients in all.")[0] is None


@given(st.integers(min_value=20, max_value=99), st.integers(min_value=1, max_value=9))
def test_numbers_in_words(tens, hundreds):
    """Words below one thousand are read, with and without hyphens."""
    names = {value: word for word, value in integers._VALUES.items()}
    word = names.get(tens) or f"{names[tens // 10 * 10]}-{names[tens % 10]}"

    assert integers.read(word) == tens
    assert integers.read(f"{names[hundreds]} hundred and {word}") == hundreds * 100 + tens
