"""The demo's table against the one that a careful reader made by hand, examples/EXPECTED.md."""

from __future__ import annotations

import csv
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
ORDER = tuple(SHORT.values())
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


def test_the_baseline_is_never_more_favourable(rows: list[dict[str, str]]) -> None:
    """Where the baseline proposes a level, it is one that a careful reader could give, or a worse one."""
    best = {key: min(ORDER.index(level) for level in levels) for key, levels in expected().items()}
    proposed = {
        (row["document"], row["item"]): ORDER.index(row["step 2"])
        for row in rows
        if row["step 2"] and (row["document"], row["item"]) in best
    }
    assert {key: ORDER[level] for key, level in proposed.items() if level < best[key]} == {}


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
