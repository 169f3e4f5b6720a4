"""Sentences are whole, verbatim, and none is made of references, tables or fragments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.providers.rules.sentences import fold, sentences


def texts(document):
    """Return the document's sentences."""
    return [sentence.text for sentence in sentences(document)]


@pytest.mark.parametrize(
    "sentence",
    [
        "As Okafor et al. Showed, this is one sentence.",
        "Some drugs, i.e. Those of group B, were stopped early.",
        "The flow is shown in Fig. 2 and in ref. 14 of the list.",
        "The difference was small (p = 0.03, n = 3.5 million) and of no use.",
        "The list was kept by A. B. Okafor at the central office.",
        "Dr. Okafor vs. Prof. Lindqvist agreed on every one of the films.",
        "The order (No. 12 of the list) was kept by the pharmacy.",
    ],
)
def test_a_stop_inside_a_sentence_does_not_end_it(sentence):
    """Abbreviations, initials and decimals end nothing; the next capital letter after a real stop does."""
    assert texts(f"{sentence} The next one begins here.") == [sentence, "The next one begins here."]


def test_a_labelled_letter_ends_a_sentence():
    """A single letter after "group" ends a sentence, although it is usually an initial."""
    assert texts("All of them stayed in group A. The others all moved on.") == [
        "All of them stayed in group A.",
        "The others all moved on.",
    ]


def test_citation_numbers_set_apart_by_blank_lines_do_not_cut_a_sentence():
    """Texts made from other formats put "1" into a paragraph of its own; the sentence goes on."""
    document = "This was shown before for both drugs(\n\n1\n\n). It was not shown again for them."

    assert len(texts(document)) == 2
    assert texts(document)[0] == "This was shown before for both drugs(\n\n1\n\n)."


def test_a_heading_is_no_part_of_the_sentence():
    """A heading in capitals with a colon is left off the quote."""
    assert texts("RANDOMISATION AND BLINDING: All of the patients were blinded.") == [
        "All of the patients were blinded."
    ]


@pytest.mark.parametrize(
    "heading", ["Methods", "Abstract. Results", "Results:", "Design and setting:", "Blinding"]
)
def test_a_run_in_heading_is_left_off(heading):
    """A heading in line with its sentence is no part of the quote; a word like one within it stays."""
    assert texts(f"{heading} All of the patients were blinded.") == ["All of the patients were blinded."]
    assert texts("Results of all the patients were blinded.") == ["Results of all the patients were blinded."]


def test_references_are_not_read_but_what_follows_them_is():
    """Between the heading "References" and a later "Methods" nothing is read."""
    body = "The first part of the article has this sentence. " * 3
    document = (
        f"{body}\n\nReferences\n\nOkafor A. Patients were randomised by coin toss in this one."
        "\n\nMethods\n\nPatients were randomised with a computer."
    )

    assert texts(document)[-1] == "Patients were randomised with a computer."
    assert not any("coin" in text for text in texts(document))


def test_tables_and_fragments_are_no_sentences():
    """Fewer than four words, or more than 900 characters without an end, are no sentence."""
    assert texts("Yes. " + "12 34 56 " * 200 + ".\n\nSee above.") == []


@given(st.text(alphabet=st.sampled_from("ab AB.!?\n12()[]'\"’,;:é-"), max_size=400))
def test_every_sentence_is_verbatim(document):
    """Offsets and text agree, sentences do not overlap and come in order."""
    last = 0

    for sentence in sentences(document):
        assert document[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= last
        last = sentence.end


def test_folding_makes_spellings_and_signs_alike():
    """American spelling, typographic hyphens and white space are read alike."""
    assert fold("Randomized  double‑blind\nstudy’s") == "randomised double-blind study's"
