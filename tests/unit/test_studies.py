"""Studies are named "Surname, YYYY" from the best source, and never alike."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import bylines
from robasync.model import Extract, Segment
from robasync.studies import label, unique

TITLE = "Tea for chronic pain in adults: a randomised trial"


def extract(text="", **metadata):
    """Return an extract of this text."""
    return Extract(
        text=text, segments=(Segment(0, 1),), pages=1, media="text/plain", engine="test", **metadata
    )


@pytest.mark.parametrize(
    ("byline", "surname"),
    [
        ("Ada Okafor1, Bo Lindqvist2 and Carla Moreno1", "Okafor"),
        ("Ada B. Okafor1,2*, Bo C Lindqvist2", "Okafor"),
        ("Okafor AB, Lindqvist C, Moreno D", "Okafor"),
        ("Maria van den Berg1, Bo Lindqvist2", "van den Berg"),
        ("ADA OKAFOR, BO LINDQVIST", "Okafor"),
        ("Ada Okafor, MD; Bo Lindqvist, PhD", "Okafor"),
        ("Émile Légaré1,2*, Zoë O’Neill3", "Légaré"),
        ("Ada Okafor", "Okafor"),
        ("Department of Medicine, Tea University, Springfield", ""),
        ("Background: Tea may help, and pain is common, as is known.", ""),
    ],
)
def test_the_byline_names_the_first_author(byline, surname):
    """Marks, degrees, particles, initials and capitals are read; an affiliation is no name."""
    assert bylines.first_surname(f"{TITLE}\n\n{byline}\n\nAbstract") == surname


@pytest.mark.parametrize(
    ("line", "year"),
    [
        ("© 2014 The Authors", "2014"),
        ("Published: 18 May 2015", "2015"),
        ("Published online: 17 May 2016", "2016"),
        ("Trials 2014, 15:511", "2014"),
        ("Trials (2016) 17:51", "2016"),
        ("Lancet 2015; 386: 2059", "2015"),
        ("https://doi.org/10.1186/s13063-015-0567-7", "2015"),
        ("doi:10.1016/j.tea.2016.10.036", "2016"),
        ("Received: 1 March 2012 Accepted: 3 May 2013", "2012"),
        ("Received: 1 March 2012 Published: 3 May 2013", "2013"),
    ],
)
def test_the_year_is_that_of_publication(line, year):
    """Dates of receipt speak only where nothing else does."""
    text = f"{line}\n\n{TITLE}\n\nAda Okafor1, Bo Lindqvist2"

    assert label(extract(text), "x.pdf") == f"Okafor, {year}"


def test_the_file_and_the_metadata_help_where_the_text_is_silent():
    """Text before metadata, metadata before the file's name, dates of receipt last."""
    silent = f"{TITLE}\n\nAda Okafor1, Bo Lindqvist2"

    assert label(extract(silent, year="2011"), "smith_2012.pdf") == "Okafor, 2011"
    assert label(extract(silent), "smith_2012.pdf") == "Okafor, 2012"
    assert label(extract(author="Bo Lindqvist, Ada Okafor", year="2011"), "x.pdf") == "Lindqvist, 2011"
    assert label(extract(f"{silent}\n\nReceived: 1 March 2010", year="2011"), "x.pdf") == "Okafor, 2011"
    assert label(extract(silent), "x.pdf") == "Okafor"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("okafor_2012.pdf", "Okafor, 2012"),
        ("Smith-2010-Lancet.pdf", "Smith, 2010"),
        ("a/b/2010_jones.txt", "Jones, 2010"),
        ("Smith et al 2010.pdf", "Smith, 2010"),
        ("Smith & Jones (2011).pdf", "Smith, 2011"),
        ("rct_trial__26414968__PMC4655321.pdf", "rct_trial__26414968__PMC4655321"),
        ("trial_2012.pdf", "trial_2012"),
        ("okafor_2999.pdf", "okafor_2999"),
        ("PMC4655321.txt", "PMC4655321"),
    ],
)
def test_a_file_name_names_a_study_only_where_it_holds_a_name_and_a_year(name, expected):
    """Else the study is called by the file's stem."""
    assert label(extract(), name) == expected


def test_references_and_results_name_no_year():
    """The years of what a paper cites, and of its recruitment, are not the paper's own."""
    silent = (
        f"{TITLE}\n\nAda Okafor1, Bo Lindqvist2\n\nBetween March 2012 and October 2013, 128 patients came."
    )
    cited = "Moreno D. Coughs. Ann Imag Med 2006; 1: 12-19.\n\nLindqvist B. Tea. Ann Imag Med 2008;2:44-47."

    assert label(extract(f"{silent}\n\nA trial of tea published in 2001 showed less."), "x.pdf") == "Okafor"
    assert label(extract(silent + "\n\nText. " * 200 + cited), "x.pdf") == "Okafor"


def test_no_year_lies_in_the_future():
    """Next year is possible (papers are dated ahead), the one after it is a misprint."""
    year = datetime.now(UTC).year

    for ahead, expected in ((1, f"Okafor, {year + 1}"), (2, "Okafor")):
        text = f"© {year + ahead} The Authors\n\n{TITLE}\n\nAda Okafor1, Bo Lindqvist2"
        assert label(extract(text), "x.pdf") == expected


def test_equal_labels_get_letters_in_their_order():
    """The first is a; single labels stay; a suffix that another study bears is passed over."""
    labels = ["Okafor, 2012", "Moreno, 2010", "Okafor, 2012", "Okafor, 2012a", "Okafor, 2012"]

    assert unique(labels) == [
        "Okafor, 2012b",
        "Moreno, 2010",
        "Okafor, 2012c",
        "Okafor, 2012a",
        "Okafor, 2012d",
    ]


def test_more_than_26_equal_labels():
    """After z comes aa."""
    named = unique(["Okafor, 2012"] * 30)

    assert named[25:28] == ["Okafor, 2012z", "Okafor, 2012aa", "Okafor, 2012ab"]


@given(
    st.lists(st.sampled_from(["A, 2012", "A, 2012a", "A, 2012b", "A, 2012aa", "B", "B a", "C1"]), max_size=60)
)
def test_labels_are_always_unique_and_stable(labels):
    """No two are alike, a label that was alone is untouched, and the same labels give the same names."""
    named = unique(labels)

    assert len(set(named)) == len(labels)
    assert unique(labels) == named
    assert all(name == label for name, label in zip(named, labels, strict=True) if labels.count(label) == 1)


@given(st.text(max_size=300), st.text(min_size=1, max_size=40))
def test_any_text_gets_a_label(text, name):
    """No text, author or name fails; the label is never empty where the name has a stem."""
    assert isinstance(label(extract(text, author=text[:50], year=text[:4]), f"x{name}"), str)
