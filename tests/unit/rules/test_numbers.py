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
        ("We randomised 180 participants, 90 to the programme and 90 to usual care.", 180),
        ("Of 311 people screened, 240 were randomised: 120 to tea and 120 to milk.", 240),
        ("Sixty weavers were enrolled at two mills and randomly assigned to tea or milk.", 60),
        ("Patients were randomised to tea (n = 71) or milk (n=75) by a computer.", 146),
        ("In all 60 patients were randomised to tea and 58 to milk.", 118),
        ("23, 16 and 21 patients were randomised to tea, milk and water.", 60),
        ("Of the 198 participants, 94 were randomised to receive tea and 104 received milk.", None),
        ("Of the 91 participating GPs, 45 were randomised to tea and 46 to milk.", None),
        ("The 24 clinics were randomised to tea or milk.", None),
        ("Of those randomised to tea (n = 71) or milk (n = 75) some were lost to follow-up.", None),
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
        ("The final analysis included 111 participants.", 111),
        ("Efficacy and safety data from all randomised participants were included in the analysis.", 120),
        ("The 120 patients were randomly assigned and analysed.", 120),
        ("Of these, 111 women returned the diary and were included in the analysis.", 111),
        ("In the end 58 patients with tea and 53 patients with milk were analysed.", 111),
        ("The analysis included 58 patients in the tea arm and 53 patients in the milk arm.", 111),
        ("Nine patients withdrew and 111 were analysed.", 111),
        ("Fifty-five patients in each group were included in the analysis.", None),
        ("In the end 53 participants were included in the analysis.", None),
        ("In all 111 blood samples were analysed.", None),
        ("In the end 111 participants were included in the safety analysis.", None),
        ("In the end 130 participants were included in the primary analysis.", None),
    ],
)
def test_the_number_analysed(sentence, analysed):
    """The main analysis counts, another set does not, and never more or far fewer than were randomised."""
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
