"""Each answer follows the instrument's criteria from quoted sentences, or is left to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.providers.rules import answer
from robasync.providers.rules.sentences import LONGEST_CHARACTERS

ITEMS = ("1", "2", "3", "4", "5", "6", *(f"opt{number}" for number in range(1, 9)))
SAID = "The 60 patients were randomised to two groups."


def item(item_id, *sentences):
    """Return the answer to one item in a report that holds these sentences."""
    return answer(" ".join(sentences), [item_id])["items"][item_id]


@pytest.mark.parametrize(
    ("sentence", "step1"),
    [
        ("The sequence was made with a computer-generated list of random numbers.", "definitely_yes"),
        ("Patients were allocated using a table of random numbers.", "definitely_yes"),
        ("Allocation used minimisation with a random element.", "definitely_yes"),
        ("The group was decided by tossing a coin, that is, by coin toss.", "definitely_yes"),
        ("Randomization was done by SAS software in blocks of four.", "definitely_yes"),
        ("Randomisation was stratified by centre.", "probably_yes"),
        ("Permuted blocks of six were used for both centres.", "probably_yes"),
        ("Patients were allocated to the wards according to their date of birth.", "definitely_no"),
        ("Patients were alternately assigned to drug or control.", "definitely_no"),
        ("All of them gave written consent.", "probably_no"),
    ],
)
def test_the_sequence(sentence, step1):
    """Item 1: a stated method, blocks or strata, the bare word, or a predictable order."""
    assert item("1", SAID, sentence)["step1"] == step1


@pytest.mark.parametrize(
    ("sentence", "step1"),
    [
        ("Randomisation was done by telephone call to a central office.", "definitely_yes"),
        ("An interactive voice response system was used to randomise them.", "definitely_yes"),
        ("Numbered, opaque, sealed envelopes of the randomisation were opened in order.", "definitely_yes"),
        ("Sequentially numbered, opaque, sealed envelopes held the group.", "probably_yes"),
        ("Numbered, opaque, sealed envelopes of the group were opened only after consent.", "probably_yes"),
        ("The allocation was kept in sealed envelopes.", "probably_no"),
        ("This double-blind, placebo-controlled trial of a tablet ran for a year.", "probably_yes"),
        ("An open randomisation list hung in the office of the recruiting nurse.", "definitely_no"),
        ("The allocation sequence was not concealed.", "definitely_no"),
        ("The allocation sequence was concealed from everybody.", "not_reported"),
        ("All of them gave written consent.", "not_reported"),
    ],
)  # fmt: skip
def test_concealment(sentence, step1):
    """Item 2: central, envelopes with and without safeguards, a blinded drug trial, open, or nothing."""
    assert item("2", SAID, sentence)["step1"] == step1


def test_nothing_found_is_never_a_high_risk():
    """A text without a word on an item is not reported, and the reason lists what was searched."""
    found = answer("The weather in both towns was fine for most of the year. Nobody complained of it.", ITEMS)

    for item_id in ITEMS:
        reply = found["items"][item_id]
        steps = {reply.get("step1"), reply.get("step2")} - {None}
        assert steps <= {"not_reported"}
        assert reply["reason"].partition("searched: ")[2]

    assert found["design"] == {"kind": "other", "quote": ""}


def test_double_blind_is_probably_yes_for_each_group():
    """A design's name is weaker than a sentence about the group."""
    for item_id in "345":
        assert item(item_id, "This randomised, double-blind trial ran for a year.")["step1"] == "probably_yes"


@pytest.mark.parametrize(
    ("sentence", "answers"),
    [
        ("Neither the participants nor the pharmacists who telephoned were blinded.", {"3": "no", "4": "no"}),
        ("The count was made by a clerk who was masked to the allocation.", {"5": "yes"}),
        ("Balance was measured by a physiotherapist who was unaware of the group.", {"5": "yes"}),
        ("The measurement was made by a person who did not know the groups.", {"5": "yes"}),
        ("Participants and the teacher knew, of course, who attended.", {"3": "no", "4": "no"}),
        (
            "Since participants knew their group, the outcome assessment was not blinded.",
            {"3": "no", "5": "no"},
        ),
        ("Randomisation was performed by a statistician who was blinded to the names.", {}),
        ("The analysis was done by a statistician blinded to the groups.", {}),
    ],
)
def test_who_knew_the_groups(sentence, answers):
    """Wordings of awareness are read for the group that they name and for no other."""
    for item_id in "345":
        step1 = f"definitely_{answers[item_id]}" if item_id in answers else "not_reported"
        assert item(item_id, sentence)["step1"] == step1, item_id


def test_blinding_stated_needs_no_outcome():
    """Where a group was definitely blinded, step 2 is definitely low whatever the outcome."""
    for item_id, group in (("3", "Participants"), ("4", "Clinicians"), ("5", "Outcome assessors")):
        assert item(item_id, f"{group} were blinded to the allocation.")["step2"] == "definitely_low"


def test_an_outcome_that_participants_report_has_no_other_assessor():
    """A blinded assessor does not help where participants knew and report the outcome: a person decides."""
    outcome = "The primary outcome was pain on a visual analogue scale."
    assessor = "Outcome assessors were blinded to the allocation."

    assert item("5", outcome, assessor)["step1"] == "definitely_yes"
    assert item("5", outcome, assessor, "Participants were not blinded.")["step1"] == "not_reported"


def test_open_label_is_definitely_no_but_a_blinded_assessor_stays_blinded():
    """An open trial with a blinded assessor is read apart for items 3 and 5."""
    sentences = ("This open-label trial ran for a year.", "Outcomes were read by a blinded assessor.")

    assert item("3", *sentences)["step1"] == "definitely_no"
    assert item("5", *sentences)["step1"] == "definitely_yes"


def test_single_blind_of_the_others_is_probably_no():
    """Single-blind, and the assessors are named: the participants probably were not."""
    sentences = (
        "This single-blind trial ran for a year.",
        "The outcome assessors were blinded to the group.",
    )

    assert item("3", *sentences)["step1"] == "probably_no"


def test_contradictions_are_left_to_a_person_with_both_quotes():
    """Sentences on both sides give no answer."""
    reply = item("3", "All patients were blinded to it.", "The patients were not blinded to the device.")

    assert reply["step1"] == "not_reported"
    assert len(reply["quotes"]) == 2


def test_mortality_as_primary_outcome_makes_item_5_low():
    """Whoever assesses it, death from any cause leaves nothing to judgement."""
    sentences = (
        "This open-label trial ran for a year.",
        "The primary outcome was all-cause mortality at 28 days.",
    )
    reply = item("5", *sentences)

    assert (reply["step1"], reply["step2"]) == ("definitely_no", "definitely_low")
    assert sentences[1] in reply["quotes"]


def test_participants_assess_what_they_report():
    """Item 5 follows item 3 where the primary outcome is self-reported and nobody else is named."""
    reply = item(
        "5",
        "The patients were not blinded to the group.",
        "The primary outcome was pain on a visual analogue scale.",
    )

    assert (reply["step1"], reply["step2"]) == ("definitely_no", "definitely_high")


@pytest.mark.parametrize(
    "sentence",
    [
        "Okafor et al. reported that patients were blinded in their trial of the drug.",
        "In a previous trial, patients were blinded to the drug.",
        "A systematic review found that patients were blinded in most of them.",
        "The patients will be blinded to the drug.",
        "The patients were initially blinded, until the tenth day.",
        "Patients were blind to group allocation at randomisation.",
        "Several randomised trials have been done in which patients were blinded.",
    ],
)
def test_other_trials_and_plans_are_read_past(sentence):
    """What others did, and what will be done, is no evidence of what was done here."""
    assert item("3", SAID, sentence)["step1"] == "not_reported"


@pytest.mark.parametrize(
    ("item_id", "sentence", "step2"),
    [
        ("opt1", "Baseline characteristics were similar between the groups.", "probably_low"),
        ("opt1", "There were no significant differences between the groups at baseline.", "probably_low"),
        ("opt1", "Baseline characteristics differed significantly between the groups.", "probably_high"),
        ("opt2", "Concomitant medication was similar in the two groups.", "probably_low"),
        ("opt5", "Fatigue was measured with a validated questionnaire.", "probably_low"),
        ("opt6", "All analyses were by intention to treat.", "probably_low"),
        ("opt8", "The trial was stopped early for benefit at the second look.", "probably_high"),
        ("opt8", "The trial was stopped early because of slow recruitment.", "probably_low"),
        ("opt7", "Baseline characteristics were similar between the groups.", "not_reported"),
    ],
)
def test_the_optional_items(item_id, sentence, step2):
    """Where patterns are honest they answer; item 7 is always left to a person."""
    assert item(item_id, sentence)["step2"] == step2


WORDS = st.sampled_from(
    [
        *(
            "patients",
            "nurses",
            "assessors",
            "were",
            "was",
            "not",
            "blinded",
            "randomised",
            "by",
            "a",
            "computer",
        ),
        *("the", "list", "envelopes", "sealed", "120", "and", "included", "in", "analysis", "placebo", "who"),
        *("double-blind", "open-label", "primary", "outcome", "pain", "mortality", ".", ",", "\n\n"),
    ]
)


@given(st.lists(WORDS, max_size=120).map(" ".join))
def test_every_quote_is_a_verbatim_sentence(document):
    """Any text: at most three quotes an item, verbatim, of four words or more; always the same ones."""
    found = answer(document, ITEMS)

    for reply in found["items"].values():
        counts = [reply[name]["quote"] for name in ("randomised", "analysed") if name in reply]
        quotes = [*reply.get("quotes", []), *filter(None, counts)]
        assert len(reply.get("quotes", [])) <= 3
        assert all(quote in document and len(quote.split()) >= 4 for quote in quotes)
        assert all(len(quote) <= LONGEST_CHARACTERS for quote in quotes)
        assert quotes or "not_reported" in reply.values() or "randomised" in reply

    assert answer(document, ITEMS) == found
