"""The baseline over 66 real articles with the installed command: each assessed or refused, with quotes."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import corpus
from tests.acceptance import harness

ARTICLES = 66
REFUSED = {
    "http_www.trialsjournal.com_content_15_1_511-old.pdf": "protocol",
    "http_www.trialsjournal.com_content_16_1_1.pdf": "methodology",
    "http_www.trialsjournal.com_content_16_1_2.pdf": "protocol",
    "http_www.trialsjournal.com_content_16_1_50.pdf": "protocol",
    "rct_trial__26818484__PMC4729116.pdf": "protocol",
    "PMC2958944.txt": "protocol",
    "PMC4748545.txt": "protocol",
    "PMC5154172.txt": "protocol",
}
WELL_REPORTED = (
    "PMC1574360.txt",
    "PMC1590049.txt",
    "PMC2249589.txt",
    "PMC2442830.txt",
    "PMC2575601.txt",
    "PMC3192699.txt",
    "PMC3253336.txt",
    "PMC3479017.txt",
    "PMC3664406.txt",
    "PMC3691658.txt",
    "PMC3830844.txt",
    "PMC3898378.txt",
    "PMC4054662.txt",
    "PMC4416300.txt",
    "PMC4489004.txt",
    "PMC4630885.txt",
    "PMC4805129.txt",
    "PMC4907437.txt",
    "PMC4987981.txt",
    "PMC5264483.txt",
    "PMC5337626.txt",
    "PMC5379244.txt",
    "PMC5442667.txt",
    "PMC5450344.txt",
    "PMC5758845.txt",
    "PMC5807541.txt",
    "PMC5816528.txt",
    "PMC5863632.txt",
    "PMC5908397.txt",
    "rct_trial__26414968__PMC4655321.pdf",
    "rct_trial__32865004__PMC7594536.pdf",
    "rct_trial__33186500__PMC7864599.pdf",
    "rct_trial__36284318__PMC9598018.pdf",
    "rct_trial__38760584__PMC11333282.pdf",
    "rct_trial__40430228__PMC12113407.pdf",
)
COUNTS = {  # number randomised / number in the analysis, as read in the article
    "PMC3253336.txt": (1066, 1021),
    "PMC3606616.txt": (103, 103),
    "PMC3716527.txt": (118, 114),
    "PMC4489004.txt": (144, 139),
    "PMC4907437.txt": (703, 652),
    "PMC5379244.txt": (29, 29),
    "PMC5758845.txt": (32, 32),
    "PMC5816528.txt": (36, 34),
    "rct_trial__32977831__PMC7519555.pdf": (105, 96),
    "rct_trial__36284318__PMC9598018.pdf": (200, 149),
}
VERIFIED = "Found"

Row = dict[str, str]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output folder of one run over links to all articles."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "papers").mkdir()

    for path in (path for name in ("trials/txt", "trials/pdf") for path in corpus.folder(name).iterdir()):
        (folder / "papers" / path.name).symlink_to(path)

    ended = harness.robasync("run", "-i", "papers", "-o", "output", cwd=folder)
    assert ended.code == 0, ended.err

    return folder / "output"


def table(output: Path, name: str) -> list[Row]:
    """Return the rows of a table of the run."""
    with (output / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def by_item(output: Path) -> dict[tuple[str, str], list[Row]]:
    """Return the rows of results.csv by document and item; each row has one quote."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)

    for row in table(output, "results.csv"):
        found[row["document"], row["item"]].append(row)

    return found


def test_every_article_is_assessed_or_refused(output: Path) -> None:
    """No report of a trial is refused, none fails, and each refusal shows the passage it rests on."""
    refused = table(output, "not_assessed.csv")
    assert {row["document"]: row["reason"] for row in refused} == REFUSED
    assert {row["status"] for row in refused} == {"refused"}
    assert all(row["passage"] and row["verification"].startswith(VERIFIED) for row in refused)

    assessed = {document for document, _ in by_item(output)}
    assert len(assessed) + len(refused) == ARTICLES


def test_every_quote_stands_in_its_article(output: Path) -> None:
    """A proposed judgement has at least one quote, and every quote was found word for word."""
    rows = table(output, "results.csv")
    assert [row for row in rows if row["quote"] and not row["verification"].startswith(VERIFIED)] == []
    assert [row for row in rows if row["step 2"] and not row["quote"]] == []


@pytest.mark.parametrize("document", WELL_REPORTED)
def test_sequence_and_blinding_are_quoted(output: Path, document: str) -> None:
    """Where an article tells of its sequence and of blinding, both have verified quotes.

    On blinding, step 2 may be left to a person: then the answer is incomplete.
    """
    found = by_item(output)
    assert any(row["quote"] and row["state"] == "Proposed" for row in found[document, "1"])
    assert any(
        row["quote"] and row["state"] in {"Proposed", "Incomplete answer"}
        for item in "345"
        for row in found[document, item]
    )


@pytest.mark.parametrize("document", COUNTS)
def test_the_numbers_of_item_6(output: Path, document: str) -> None:
    """Both numbers, read in the articles by eye, give the share that the note states."""
    randomised, analysed = COUNTS[document]
    notes = by_item(output)[document, "6"][0]["notes"]
    assert f"{randomised - analysed:,} of {randomised:,} randomised participants" in notes


def test_the_distribution_of_judgements(output: Path, show: Callable[..., None]) -> None:
    """How often each level is proposed, and how much is left to a person, is printed for the docs."""
    given: dict[str, Counter[str]] = defaultdict(Counter)

    for (_, item), rows in by_item(output).items():
        given[item][rows[0]["step 2"] or rows[0]["state"]] += 1

    for item, levels in sorted(given.items(), key=lambda pair: (len(pair[0]), pair[0])):
        show(f"  {item:5} " + ", ".join(f"{level} {number}" for level, number in levels.most_common()))

    assert {sum(levels.values()) for levels in given.values()} == {ARTICLES - len(REFUSED)}
