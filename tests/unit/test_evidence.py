"""Quotes: found as one stretch of the document however it is set, and never otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import nearly
from robasync.evidence import Finder
from robasync.model import Answer, Count, Verification
from tests.replies import extract

TEXT = """\
Effect of walking on sleep. Adults were recruited between 2009 and 2011 in two clinics of a fictional town.

Participants were randomly assigned to the intervention or to usual care with a computer-generated list in \
blocks of four. The allocation was not concealed from the nurses who enrolled the participants at the second \
clinic. Assessors were unblinded to treatment allocation during the whole follow-up period. All 120 \
participants who were randomised received the first session, and 111 of them were analysed at twelve weeks.

The safety committee met four times. Outcome assessors did not know the group of any participant until the \
end."""

SENTENCES = [
    "Participants were randomly assigned to the intervention or to usual care with a computer-generated list",
    "All 120 participants who were randomised received the first session, and 111 of them were analysed",
    "Outcome assessors did not know the group of any participant until the end.",
]
FINDER = Finder(extract(TEXT, pages=2))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_exact(sentence: str) -> None:
    """A verbatim quote is found exactly, with page, offsets and the document's wording."""
    found = FINDER.find(sentence)

    assert found.verification is Verification.EXACT
    assert found.quote == sentence == TEXT[found.start : found.end]
    assert found.page == (1 if found.start < len(TEXT) // 2 else 2)
    assert found.score == 1.0


@given(st.sampled_from(SENTENCES), st.data())
def test_set_otherwise(sentence: str, draw: st.DataObject) -> None:
    """A quote is found whatever blanks, line-end hyphens, soft hyphens, ligatures or case it is set with."""
    letters = list(sentence)

    for place in draw.draw(st.lists(st.integers(1, len(letters) - 2), max_size=6, unique=True)):
        if letters[place] == " ":
            letters[place] = draw.draw(st.sampled_from(["  ", "\n", " \n ", "\u00a0"]))
        elif sentence[place - 1].isalpha() and sentence[place].isalpha():
            letters[place] = (
                draw.draw(st.sampled_from(["-\n", "\u00ad", "\u200b", "\u00ad\n"])) + letters[place]
            )

    perturbed = "".join(letters).replace("fi", "ﬁ")
    found = FINDER.find(perturbed)

    assert found.verification in (Verification.EXACT, Verification.NORMALISED)
    assert found.quote.rstrip(".") == sentence.rstrip(".")


@given(st.sampled_from(SENTENCES), st.data())
def test_document_set_otherwise(sentence: str, draw: st.DataObject) -> None:
    """A plain quote is found in a document that breaks its words at line ends."""
    place = draw.draw(
        st.sampled_from([i for i in range(1, len(sentence) - 1) if sentence[i - 1 : i + 1].isalpha()])
    )
    document = f"Before it. {sentence[:place]}-\n{sentence[place:]} After it."
    found = Finder(extract(document)).find(sentence)

    assert found.found
    assert found.quote.replace("-\n", "") == sentence.rstrip(".").replace("-\n", "")


@pytest.mark.parametrize(
    "slip",
    [
        "Participants were randomly assigend to the intervention or to usual care",
        "Participants were randomly assigned to intervention or to usual care with a computer-generated list",
        "Participants were randomly assigned to the inter vention or to usual care with a computergenerated",
        "Participants were randomly assigned to the intervetion or to usual care with a computer-generated",
        "Outcome assesors did not know the group of any participants until the end",
    ],
)
def test_slips_are_found(slip: str) -> None:
    """A slip of spelling or a little word left out is found nearly, with the document's own wording."""
    found = FINDER.find(slip)

    assert found.verification in (Verification.FUZZY, Verification.NORMALISED)
    assert found.quote in TEXT
    assert 0.9 <= found.score <= 1


@pytest.mark.parametrize(
    "claim",
    [
        "The allocation was concealed from the nurses who enrolled the participants at the second clinic",
        "Assessors were blinded to treatment allocation during the whole follow-up period",
        "blinded to treatment allocation during the whole follow-up period",
        "concealed from the nurses who enrolled the participants at the second clinic",
        "know the group of any participant until the end",
        "All 210 participants who were randomised received the first session",
        "All 12 participants who were randomised received the first session",
        "and 111 of them were analysed at twenty weeks",
        "All 120 participants who were randomised received the session, and 111 of them were analysed",
        "with a computer-generated list in blocks of five",
        "The allocation was not revealed from the nurses who enrolled the participants at the second clinic",
        "The allocation sequence was drawn from an urn by the chair of the ethics board",
        "Participants were assigned by nurses of the safety committee until the end",
        "randomly assigned usual computer list blocks four allocation concealed nurses enrolled participants",
        "Participants were randomly assigned to the intervention. Outcome assessors did not know the group",
    ],
)
def test_claims_that_do_not_stand_there(claim: str) -> None:
    """Invented, stitched, negated or renumbered wording is not found and keeps its own words."""
    found = FINDER.find(claim)

    assert found.verification is Verification.NOT_FOUND
    assert (found.quote, found.score, found.page, found.start) == (claim, 0.0, None, None)


@given(st.lists(st.sampled_from(sorted(set(TEXT.split()))), min_size=4, max_size=14).map(" ".join))
def test_stitched_words(claim: str) -> None:
    """Words of the document put together anew are found only where they stand in that order."""
    found = FINDER.find(claim)

    assert not found.found or nearly.says_the_same(claim.casefold(), found.quote.casefold())


@pytest.mark.parametrize(
    "short", ["", "   ", "randomly assigned", "the first session", "... ...", "- - - -", "( ) , ."]
)
def test_too_short(short: str) -> None:
    """Fewer than four words are no evidence, even if they stand there."""
    assert not FINDER.find(short).found
    assert not any(entry.found for entry in FINDER.find_all(short))


@pytest.mark.parametrize("mark", ["...", "[...]", "…", " [ … ] ", "(...)"])
def test_ellipsis(mark: str) -> None:
    """An ellipsis splits a quote into parts, each found by itself."""
    parts = FINDER.find_all(
        f"Participants were randomly assigned {mark} with a computer-generated list in blocks"
    )

    assert [part.quote for part in parts] == [
        "Participants were randomly assigned",
        "with a computer-generated list in blocks",
    ]
    assert all(part.found for part in parts)


def test_ellipsis_needs_every_part() -> None:
    """If one part is missing, the whole quote is not found."""
    claim = "Participants were randomly assigned ... by an astronaut in a submarine"
    (found,) = FINDER.find_all(claim)

    assert not found.found
    assert found.quote == claim


def test_points_of_the_document() -> None:
    """Points that the document itself holds are no ellipsis."""
    finder = Finder(extract("The scale runs from never ... to always in four steps."))
    (found,) = finder.find_all("from never ... to always in four steps")

    assert found.verification is Verification.EXACT


def test_an_edge_of_quotation_marks() -> None:
    """Marks that a reply puts around a quote do not count."""
    assert FINDER.find("“The safety committee met four times”").quote == "The safety committee met four times"


def test_numbers_of_an_answer() -> None:
    """The quotes of an answer and of its numbers are looked up, each wording once."""
    answer = Answer(
        item="6",
        quotes=(SENTENCES[2],),
        counts=(
            ("randomised", Count(value=120, quote=SENTENCES[1])),
            ("analysed", Count(value=111, quote=SENTENCES[1])),
        ),
    )

    assert [entry.quote for entry in FINDER.support(answer)] == [SENTENCES[2], SENTENCES[1]]


def test_whole_words_count() -> None:
    """The score is that of whole words, not of the part of a word that happens to fit."""
    assert nearly.window("alphx bravx charlie delta", "alpha bravo charlie delta").score == 0.92
    assert nearly.window("alphx bravx charlie delta", "alpha bravo charlie deltass") is None


def test_second_place() -> None:
    """Where the first window says something else, a later one that says the same is found."""
    text = (
        "The allocation was concealed from all staff at the 3 northern sites before it was opened. "
        "The alocation was conceeled from all staff at the 5 northern sites before it was opened."
    )
    found = Finder(extract(text)).find(
        "The allocation was concealed from all staff at the 5 northern sites before it was opened"
    )

    assert found.verification is Verification.FUZZY
    assert "conceeled" in found.quote


@given(st.text(max_size=80), st.text(max_size=200))
def test_any_text(claim: str, text: str) -> None:
    """Whatever is claimed of whatever text, evidence is the document's own wording at its offsets."""
    for entry in Finder(extract(text)).find_all(claim):
        assert not entry.found or entry.quote == text[entry.start : entry.end] != ""


def test_what_only_the_references_hold() -> None:
    """A quote from the list of references is no evidence, and said to be one; the text itself goes first."""
    title = "A trial with sealed envelopes and a central telephone"
    listed = f"References\n\n1. Smith J. {title}. Lancet 2009;4:1-9."
    both = f"{TEXT} {title}."

    def finder(text: str) -> Finder:
        whole = f"{text}\n\n{listed}"
        return Finder(replace(extract(whole), references=((len(text) + 2, len(whole)),)))

    for wording in (title, title.upper(), title.replace("sealed", "seale")):
        found = finder(TEXT).find(wording)
        assert (found.verification, found.found) == (Verification.REFERENCES, False)
        assert found.quote == title

    assert finder(both).find(title).verification is Verification.EXACT
    assert finder(TEXT).find(SENTENCES[0]).verification is Verification.EXACT


def test_a_page_read_by_recognition() -> None:
    """A quote from a page whose text was read off an image says so; others do not."""
    finder = Finder(replace(extract(TEXT, pages=2), recognised=(2,)))

    assert [finder.find(sentence).recognised for sentence in SENTENCES] == [False, True, True]
