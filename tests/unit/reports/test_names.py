"""The names of result files."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.reports import names

TRICKY = [
    "",
    ".",
    "..",
    "/",
    "%",
    "%2E",
    "~",
    ".json",
    ".tmp",
    "con",
    "CON",
    "a",
    "A",
    ".",
    " ",
    "é",
    "e\u0301",
    "\\",
    ":",
]
ANY_NAME = st.one_of(
    st.text(st.characters(), max_size=40),
    st.text("aAéEe\u0301/.", max_size=3),
    st.lists(st.sampled_from(TRICKY), max_size=6).map("".join),
)


def folded(path):
    """Return what a file system that ignores case and composition makes of a path."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())


@given(st.lists(ANY_NAME, unique=True, min_size=2, max_size=8))
def test_no_two_documents_share_a_result_file(documents):
    """Different names, of any characters, have different result files."""
    assert len({names.path(document) for document in documents}) == len(documents)


@given(st.lists(ANY_NAME, unique=True, min_size=2, max_size=8))
def test_nor_where_case_and_composition_are_ignored(documents):
    """On a file system that ignores case or composition, crowded names still have files of their own."""
    crowded = names.crowded(documents)

    assert len({folded(names.path(document, crowded=crowded)) for document in documents}) == len(documents)


@given(ANY_NAME)
def test_a_result_file_lies_inside_the_folder(document):
    """No name leads out of the folder, is absolute, too long, or needs characters that a system forbids."""
    path = names.path(document)

    assert not path.is_absolute()
    assert path.name.endswith(".json")

    for part in path.parts:
        assert part not in ("", ".", "..")
        assert len(part.encode()) <= 240
        assert not set(part) & set('<>:"|?*\\\0')
        assert not part.endswith((" ", "."))


@given(st.lists(ANY_NAME, unique=True, min_size=2, max_size=8))
def test_no_result_file_is_another_ones_folder(documents):
    """A file never stands where another document's folder must be."""
    paths = [PurePosixPath(folded(names.path(document))) for document in documents]

    assert not set(paths) & {parent for path in paths for parent in path.parents}


@pytest.mark.parametrize(
    "name", ["okafor 2012.pdf", "arm A/Żeleński–2006.pdf", "研究.txt", ".hidden.pdf", "Smith & Sons (1).pdf"]
)
def test_an_ordinary_name_stays_as_it_is(name):
    """What every file system can hold is kept, non-ASCII letters included."""
    assert str(names.path(name)) == f"{name}.json"


@pytest.mark.parametrize(
    "name", ["a" * 5000, "é" * 300 + ".pdf", "/".join("abcdefghi" * 20 for _ in range(60)), "?" * 120]
)
def test_a_long_name_is_cut_and_marked(name):
    """A name that no file system holds is cut, and its digest keeps it apart."""
    path = names.path(name)

    assert len(str(path).encode()) <= names.LONGEST_PATH
    assert "%~" in str(path)
    assert path != names.path(name + "x")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "a.json/b"),
        ("a", "A.JSON/b"),
        (":", "%3A"),
        ("a.", "a%2E"),
        ("a ./b", "a %2E/b"),
        ("", "%_"),
        ("/a", "_/a"),
    ],
)
def test_names_that_an_escape_could_confuse_stay_apart(one, other):
    """What is written for a forbidden name is never what another name is written as, nor its folder."""
    paths = [PurePosixPath(folded(names.path(name))) for name in (one, other)]

    assert paths[0] != paths[1]
    assert not set(paths) & {parent for path in paths for parent in path.parents}


def test_only_names_that_collide_are_crowded():
    """Names that differ in more than case or composition are left alone."""
    assert names.crowded(["A.pdf", "a.pdf", "b.pdf", "é.txt", "e\u0301.txt"]) == {
        "A.pdf",
        "a.pdf",
        "é.txt",
        "e\u0301.txt",
    }
