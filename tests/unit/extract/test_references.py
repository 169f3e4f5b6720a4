"""The list of references: recognised as one, with what a page put between its entries left out."""

from __future__ import annotations

from robasync.extract.references import stretches

BODY = (
    "We followed the protocol of Smith et al. (2009). Allocation was by sealed envelopes, as in 2009;4:1-9."
)
ENTRIES = (
    "1. Smith J, Okafor B. Sealed envelopes in trials of sleep. J Fict Med 2009;4:1-9.",
    "2. Adeyemi T, et al. Walking and sleep. Lancet 2010; 375: 12-19.",
    "3. World Body of Health. Guideline on walking. Geneva: Body Press; 2011.",
)


def listed(*paragraphs: str) -> list[str]:
    """Return the stretches of a text of these paragraphs."""
    text = "\n\n".join(paragraphs)
    return [text[start:end] for start, end in stretches(text)]


def test_a_list_with_its_heading():
    """Heading and entries are one stretch; what stands before and after is none of it."""
    found = listed(BODY, "References", *ENTRIES, "Submit your manuscript to us: it is easy.")
    assert found == ["\n\n".join(("References", *ENTRIES))]


def test_entries_without_numbers_and_other_headings():
    """Lists in the order of names, under any usual heading."""
    entries = ("Adeyemi, T. (2010). Walking. Lancet, 375, 12.", "Okafor, B. (2011). Sleep. doi:10.1/x")
    third = "Smith, J., & Lee, K. (2012). Rest and motion. Fict. J., 3(2), 4-5."
    for heading in ("REFERENCES", "Bibliography", "7. References", "Literature cited:", "## References"):
        assert listed(BODY, heading, *entries, third) == ["\n\n".join((heading, *entries, third))]


def test_what_a_page_put_between():
    """A caption or long passage between entries stays evidence; the list goes on by its numbers."""
    passage = [f"In sentence {n} the authors tell what they did, at length and in words." for n in range(5)]
    found = listed(
        BODY, "References", *ENTRIES[:2], "Table 4: Sealed envelopes, 2009;4:1-9", *passage, ENTRIES[2]
    )
    assert found == ["\n\n".join(("References", *ENTRIES[:2])), ENTRIES[2]]
    fourth = "4. Ito K. Rest. BMJ 2012;344:e1."
    found = listed(BODY, "References", *ENTRIES, *passage, fourth)
    assert found == ["\n\n".join(("References", *ENTRIES)), fourth]


def test_the_word_alone_is_no_list():
    """A heading without entries below, or the word in a sentence, sets nothing apart."""
    assert listed("References", BODY, "The end.") == []
    assert listed("References to other trials were collected by hand.", *ENTRIES) == []


def test_many_headings_take_no_time():
    """A text made of headings is looked through once, not once for each."""
    assert listed(*["References"] * 20_000) == []
