"""Odd input folders: every name ends in exactly one of the two tables."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests import reports
from tests.acceptance.harness import outcomes, robasync, rows, serving, settings

LONG = "/".join(("d" * 150, "e" * 150, "n" * 230 + ".txt"))
GOOD = {
    "copy.txt": 0,
    "trial.txt": 0,
    "Ölçüm 試験.txt": 1,
    'a "quoted"\nname.txt': 2,
    "it's; $(rm -r) `x`.txt": 3,
    "deep/er/trial.txt": 4,
    "noending": 5,
    "-w.txt": 6,
    "%41.txt": 7,
    "A.txt": 8,
    "=1+1.txt": 9,
    LONG: 10,
}
BAD = {"empty.txt": b"", "broken.pdf": b"\x00\x01\x02" * 100, "page.docx": b"PK\x03\x04" + bytes(60)}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run twice over a folder of odd names, with the output inside it."""
    folder = tmp_path_factory.mktemp("odd")
    root = folder / "in"

    for path, number in GOOD.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(reports.text(number))

    for path, content in BAD.items():
        (root / path).write_bytes(content)

    with open(os.fsencode(root) + b"/caf\xe9.txt", "w") as file:
        file.write(reports.text(11))

    (root / "gone.txt").symlink_to("nowhere.txt")
    (root / "round").symlink_to(root)
    (root / ".hidden.txt").write_text(reports.text(12))
    (root / "references.csv").write_text("a,b")

    with serving() as server:
        settings(folder, server.url)
        run = ("run", "-c", "settings.json", "-i", "in", "-o", "in/output", "--json")
        first = robasync(*run, cwd=folder)
        requests = server.counts["requests"]
        second = robasync(*run, cwd=folder)

        yield root / "output", first, second, requests, server.counts["requests"]


def name(row: dict) -> str:
    """Return a row's document without the mark that keeps a spreadsheet from computing it."""
    return row["document"].removeprefix("'")


def test_every_name_is_in_exactly_one_table(ran):
    """Nothing vanishes and nothing is counted twice; hidden files and other kinds are left out and said."""
    output, first, _, _, _ = ran
    assessed = {name(row) for row in rows(output / "results.csv")}
    others = Counter(map(name, rows(output / "not_assessed.csv")))

    assert assessed == {*GOOD, "caf\\xe9.txt"}
    assert others == Counter({*BAD, "gone.txt"})
    assert first.facts["total"] == len(assessed) + others.total()
    assert (first.code, first.facts["left"]) == (3, 0)
    assert "1 .csv" in first.err
    assert set(outcomes(output)) == assessed | set(others)


def test_equal_bytes_are_one_call(ran):
    """Two names of one report: two outcomes, one purchase."""
    assert ran[3] == len(GOOD)  # twelve names with one pair, and the one that is not Unicode


def test_the_own_output_is_no_input(ran):
    """A second run over the folder that holds the output finds the same documents and asks nothing."""
    _, first, second, requests, later = ran

    assert second.facts["total"] == first.facts["total"]
    assert later == requests
