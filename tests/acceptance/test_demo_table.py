"""The demo's table against the one that a careful reader made by hand, examples/EXPECTED.md."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHORT = {
    "DL": "Definitely low",
    "PL": "Probably low",
    "PH": "Probably high",
    "DH": "Definitely high",
}
FEWEST_PROPOSED = 30
FAILED_DOCUMENTS = 3
HIDDEN = ("automated reviewers", "earlier instructions", "central telephone service and all participants")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Return the rows of results.csv after ``robasync demo``."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "robasync", "demo", "--folder", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == FAILED_DOCUMENTS, run.stderr

    with (folder / "output" / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def expected() -> dict[tuple[str, str], set[str]]:
    """Return the levels that a careful reader can defend, by document and item."""
    table = {}

    for line in (ROOT / "examples" / "EXPECTED.md").read_text(encoding="utf-8").splitlines():
        document, _, *cells = (
            [cell.strip() for cell in line.strip("|").split("|")] if "|" in line else ["", ""]
        )

        if Path(document).suffix in {".pdf", ".txt"} and len(cells) == 6 and all(cells):
            for item, cell in enumerate(cells, start=1):
                table[document, str(item)] = {
                    SHORT[word] for word in cell.replace(",", " ").split() if word in SHORT
                }

    return table


def test_the_hand_made_table_is_complete() -> None:
    """Eight documents by six items, each with a level."""
    assert len(expected()) == 48
    assert all(expected().values())


def test_the_baseline_proposes_what_a_careful_reader_would(rows: list[dict[str, str]]) -> None:
    """Every level that is proposed is one that the hand-made table allows; at least 30 of 48 are proposed."""
    levels = expected()
    proposed = {(row["document"], row["item"]): row["step 2"] for row in rows if row["step 2"]}
    core = {key: level for key, level in proposed.items() if key in levels}
    assert {key: level for key, level in core.items() if level not in levels[key]} == {}
    assert len(core) >= FEWEST_PROPOSED


def test_the_numbers_of_item_6_are_found_in_all_reports(rows: list[dict[str, str]]) -> None:
    """The two numbers are stated in each of the eight reports."""
    assert {row["document"] for row in rows if row["item"] == "6" and row["step 2"]} == {
        document for document, _ in expected()
    }


def test_quotes_are_whole_sentences(rows: list[dict[str, str]]) -> None:
    """A quote begins with a capital or a number, ends with a full stop, and carries no heading."""
    headings = {
        line.strip("# \n")
        for path in (ROOT / "examples" / "sources").glob("*.md")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    }
    quotes = [row["quote"] for row in rows if row["quote"]]
    assert [quote for quote in quotes if not (quote[0].isupper() or quote[0].isdigit())] == []
    assert [quote for quote in quotes if not quote.endswith(".")] == []
    assert [
        quote
        for quote in quotes
        for heading in headings
        if re.match(rf"{re.escape(heading)}\W? (?=[A-Z])", quote) or quote.endswith(f" {heading}")
    ] == []


def test_every_study_has_its_own_label(rows: list[dict[str, str]]) -> None:
    """Each label is surname and year of its document; the two papers of one author and year do not mix."""
    labels = {row["document"]: row["study"] for row in rows}
    assert len(set(labels.values())) == len(labels) == 8

    for document, label in labels.items():
        surname, year = document.partition(".")[0].split("-")[:2]
        assert label.casefold().startswith(f"{surname}, {year}"), (document, label)


def test_nothing_is_quoted_from_white_text(rows: list[dict[str, str]]) -> None:
    """The hidden sentence appears nowhere in the table."""
    assert [row for row in rows if any(words in " ".join(row.values()) for words in HIDDEN)] == []
