"""The walk over the input folder: what counts as a document, in which order, under which name."""

from __future__ import annotations

import os

import pytest

from robasync import documents
from robasync.errors import NoDocuments, UsageError


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)

    return root


def test_order_is_by_name_part_by_part_and_stable(tmp_path):
    """Documents come recursively, sorted, with POSIX names."""
    make(tmp_path, "b.txt", "a/z.pdf", "a/b.md", "Ä.txt")

    assert documents.walk(tmp_path).names == ("a/b.md", "a/z.pdf", "b.txt", "Ä.txt")


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.pdf",
        "~$open.docx",
        "x.pdf.part",
        "x.tmp",
        "x.pdf~",
        "Thumbs.db",
        ".git/a.txt",
        "a.crdownload",
    ],
)
def test_hidden_and_temporary_files_are_skipped(tmp_path, name):
    """What an editor, a browser or the system left behind is no document."""
    make(tmp_path, "a.pdf", name)

    assert documents.walk(tmp_path).names == ("a.pdf",)


def test_other_files_are_left_out_and_counted(tmp_path):
    """A reference list beside the reports is named, not failed and not hidden."""
    make(tmp_path, "a.pdf", "refs.ris", "b.ris", "table.xlsx")

    folder = documents.walk(tmp_path)

    assert folder.names == ("a.pdf",)
    assert folder.left_out == {".ris": 2, ".xlsx": 1}


def test_a_link_that_loops_ends(tmp_path):
    """A link to a folder above itself is walked once; a link to itself is passed over."""
    make(tmp_path, "a/x.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")

    assert documents.walk(tmp_path).names == ("a/x.txt",)


def test_a_link_whose_target_is_gone_stays_in_the_list(tmp_path):
    """A study whose file was moved away is named and fails; it does not vanish."""
    (tmp_path / "moved.pdf").symlink_to("elsewhere.pdf")

    assert documents.walk(tmp_path).names == ("moved.pdf",)


def test_the_same_file_under_two_names_is_two_documents(tmp_path):
    """Names are what totals count."""
    make(tmp_path, "a.txt")
    os.link(tmp_path / "a.txt", tmp_path / "b.txt")
    (tmp_path / "c.txt").symlink_to("a.txt")

    assert documents.walk(tmp_path).names == ("a.txt", "b.txt", "c.txt")


def test_a_name_that_is_not_unicode_is_shown_with_escapes_and_found_again(tmp_path):
    """No study vanishes for its file name."""
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as file:
        file.write(b"x")

    folder = documents.walk(tmp_path)

    assert folder.names == ("caf\\xe9.txt",)
    assert folder.path("caf\\xe9.txt").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("make_it", "words"),
    [
        (lambda root: None, "empty"),
        (lambda root: make(root, "a.xlsx"), "1 .xlsx"),
        (lambda root: root.rmdir(), "does not exist"),
    ],
)
def test_nothing_to_do_is_a_clear_error(tmp_path, make_it, words):
    """An empty, missing or unsuitable folder is named with the way out, never "0/0 done"."""
    root = tmp_path / "in"
    root.mkdir()
    make_it(root)

    with pytest.raises(NoDocuments, match=words):
        documents.walk(root)


def test_our_own_folders_inside_the_input_are_not_read(tmp_path):
    """Results written below the input folder do not become documents."""
    make(tmp_path, "a.txt", "output/results/a.txt", "checkpoints/b.txt")

    folder = documents.walk(
        tmp_path, without=[tmp_path / "output", tmp_path / "checkpoints", tmp_path / "absent"]
    )

    assert folder.names == ("a.txt",)


def test_a_folder_of_ours_that_cannot_be_looked_at_stops_no_walk(tmp_path):
    """Missing, closed to this user, or of no possible name: nothing of it is found either."""
    (tmp_path / "a.txt").touch()

    own = [tmp_path / ("x" * 300), tmp_path / "missing"]

    assert documents.walk(tmp_path, without=own).names == ("a.txt",)


def test_only_keeps_folder_order_and_names_the_nearest(tmp_path):
    """A mistyped name is refused with what was probably meant."""
    folder = documents.walk(make(tmp_path, "a.txt", "b.txt", "okafor.txt"))

    assert documents.only(folder, ["okafor.txt", "a.txt"]).names == ("a.txt", "okafor.txt")

    with pytest.raises(UsageError, match=r"okafor\.txt"):
        documents.only(folder, ["okafr.txt"])


def test_a_sample_is_the_same_for_the_same_seed(tmp_path):
    """A pilot can be drawn again; a sample larger than the folder is the folder."""
    folder = documents.walk(make(tmp_path, *(f"{n:02}.txt" for n in range(30))))
    drawn = documents.sample(folder, 5, seed=7).names

    assert drawn == documents.sample(folder, 5, seed=7).names == tuple(sorted(drawn))
    assert drawn != documents.sample(folder, 5, seed=8).names
    assert documents.sample(folder, 99, seed=1).names == folder.names


def test_results_of_an_earlier_run_are_not_read_as_reports(tmp_path):
    """An output folder left inside the input folder is known by its files."""
    make(tmp_path, "a.txt", "old/report.html", "old/results.csv", "old/summary.json", "old/results/a.txt")

    assert documents.walk(tmp_path).names == ("a.txt",)
