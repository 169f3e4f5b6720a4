"""A denial reaches the word it denies and no further."""

from __future__ import annotations

import itertools

import pytest

from robasync.providers.rules import answer

SUBJECTS = {
    "3": ("participants", "patients", "parents"),
    "4": ("surgeons", "nurses", "clinicians"),
    "5": ("outcome assessors", "raters"),
}
AFFIRMED = (
    "The {who} were blinded to the allocation.",
    "All {who} were masked to group assignment.",
    "The {who} remained unaware of the treatment given.",
    "Not only the sponsor but all {who} were blinded to treatment.",
)
DENIED = (
    "The {who} were not blinded to the allocation.",
    "The {who} could not be blinded to the treatment.",
    "It was not possible to blind; the {who} were therefore not masked.",
    "Neither the sponsor nor the {who} were blinded to the allocation.",
    "Blinding of the {who} was not possible in this trial.",
    "Blinding of {who} was impossible because of the device.",
)


def step1(item, *sentences):
    """Return step 1 for the item in a report that holds these sentences."""
    return answer(" ".join(("All patients were randomised to two groups.", *sentences)), [item])["items"][
        item
    ]["step1"]


CASES = [(item, who) for item, subjects in SUBJECTS.items() for who in subjects]


@pytest.mark.parametrize(("item", "who"), CASES)
@pytest.mark.parametrize("form", AFFIRMED)
def test_who_is_said_to_be_blinded_was(item, who, form):
    """Every affirmative form is definitely yes for each group."""
    assert step1(item, form.format(who=who)) == "definitely_yes"


@pytest.mark.parametrize(("item", "who"), CASES)
@pytest.mark.parametrize("form", DENIED)
def test_who_is_said_not_to_be_blinded_was_not(item, who, form):
    """Every denied form is definitely no for each group."""
    assert step1(item, form.format(who=who)) == "definitely_no"


@pytest.mark.parametrize(("one", "other"), [*itertools.permutations(SUBJECTS, 2)])
def test_a_denial_for_one_group_says_nothing_of_another(one, other):
    """A sentence on two groups is read apart, in both orders."""
    blinded, unblinded = SUBJECTS[one][0], SUBJECTS[other][0]

    for sentence in (
        f"The {blinded} were blinded, but the {unblinded} were not blinded.",
        f"The {unblinded} could not be blinded, but the {blinded} were blinded.",
    ):
        assert step1(one, sentence) == "definitely_yes", sentence
        assert step1(other, sentence) == "definitely_no", sentence


@pytest.mark.parametrize("item", SUBJECTS)
def test_neither_and_nor_deny_knowledge_for_all(item):
    """The sentence denies it of whom it names and says nothing of the assessors."""
    sentence = "Neither the patients nor the nurses were blinded."

    assert step1(item, sentence) == ("not_reported" if item == "5" else "definitely_no")


def test_a_set_apart_group_is_denied():
    """A group that is set apart by "but not" is not blinded."""
    assert step1("4", "All others, but not the surgeons, were blinded to allocation.") == "definitely_no"


def test_a_possessive_is_not_the_subject():
    """The participants' physicians being blinded says nothing of the participants."""
    assert step1("3", "The participants' physicians were blinded to the group.") == "not_reported"


def test_not_knowing_is_blinding():
    """A denied "knew" means blinded."""
    assert step1("3", "Neither the patients nor the nurses knew which drug was given.") == "definitely_yes"
    assert step1("4", "Neither the patients nor the nurses knew which drug was given.") == "definitely_yes"
