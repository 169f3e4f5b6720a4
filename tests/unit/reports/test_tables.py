"""results.csv, not_assessed.csv, summary.json, and where they are put."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import StorageError
from robasync.model import AssessorKind, ItemState, Verification
from robasync.reports import cells, place, results_csv
from robasync.reports.write import write_all
from tests.unit.reports import samples

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'=1",
    "''@x",
    "  =1",
    'a"b,c\nd',
    "＝1",
    "ż; 研究",
    "'quoted'",
]

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def write(folder, *outcomes, **changes):
    """Write all reports of these outcomes."""
    return write_all(
        folder,
        samples.source(*outcomes),
        instrument=samples.INSTRUMENT,
        run=samples.run(len(outcomes), **changes),
    )


def table(path):
    """Return a table's lines by column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@given(st.text() | st.sampled_from(HOSTILE) | st.text("='+-@\t \r\na", max_size=6))
def test_a_cell_is_never_a_formula_and_comes_back(text):
    """No cell begins like a formula, and only control characters are lost."""
    cell = cells.cell(text)

    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cells.plain(cell) == CONTROLS.sub("\ufffd", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_survives_the_table(text, tmp_path):
    """A text of any kind is read from the table as it was written, in its own cell."""
    judgement = samples.judged(support=text, notes=(text,), evidence=(samples.evidence(text),))
    write(
        tmp_path,
        samples.assessed(f"{text.strip()}.pdf", judgement, study=text),
        samples.failed("b", message=text),
    )
    (line,) = table(tmp_path / "results.csv")
    (other,) = table(tmp_path / "not_assessed.csv")

    assert [cells.plain(line[name]) for name in ("study", "support", "quote", "notes")] == [text] * 4
    assert cells.plain(other["message"]) == text
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in line.values())


def test_each_quote_has_its_line_and_page(tmp_path):
    """The lines of an item repeat the judgement and differ in quote, page and verification."""
    quotes = (
        samples.evidence("one", page=2),
        samples.evidence("two", page=7, verification=Verification.NOT_FOUND),
        samples.evidence("three", page=4, place="section 4, Methods"),
    )
    silent = samples.judged(
        "2", state=ItemState.NOT_REPORTED, step1=None, level=None, evidence=(), searched=("seal", "envelope")
    )
    write(tmp_path, samples.assessed("a.pdf", samples.judged("1", evidence=quotes), silent))
    lines = table(tmp_path / "results.csv")

    assert [(line["item"], line["line"], line["quote"], line["page"]) for line in lines] == [
        ("1", "1", "one", "2"),
        ("1", "2", "two", "7"),
        ("1", "3", "three", "section 4, Methods"),
        ("2", "1", "", ""),
    ]
    assert {line["step 2"] for line in lines[:3]} == {"Definitely low"}
    assert lines[1]["verification"] == "Not found in the document"
    assert (lines[3]["state"], lines[3]["step 2"], lines[3]["searched"]) == (
        "Not reported",
        "",
        "seal | envelope",
    )
    assert tuple(lines[0]) == results_csv.COLUMNS


def test_excel_is_told_the_encoding(tmp_path):
    """Both tables begin with a byte order mark and hold letters beyond ASCII."""
    write(tmp_path, samples.assessed("ż.pdf"), samples.failed("é.pdf"))

    for name in ("results.csv", "not_assessed.csv"):
        assert (tmp_path / name).read_bytes().startswith(b"\xef\xbb\xbf")


@given(st.lists(st.sampled_from([samples.assessed, samples.refused, samples.failed]), max_size=9))
def test_no_study_vanishes(tmp_path_factory, makers):
    """Every document stands in exactly one of the two tables, under a label of its own."""
    folder = tmp_path_factory.mktemp("out")
    names = [f"paper {number}.pdf" for number in range(len(makers))]
    write(folder, *(make(name) for make, name in zip(makers, names, strict=True)))
    lines = table(folder / "results.csv") + table(folder / "not_assessed.csv")

    assert sorted(line["document"] for line in lines) == sorted(names)
    assert len({line["study"] for line in lines}) == len(names)


def test_those_not_assessed_say_why_and_what_to_do(tmp_path):
    """A refusal shows its passage and page, a failure its class, both the next step."""
    write(tmp_path, samples.refused(), samples.failed())
    refused, failed = table(tmp_path / "not_assessed.csv")

    assert (refused["status"], refused["reason"], refused["passage"], refused["page"]) == (
        "refused",
        "protocol",
        samples.QUOTE,
        "1",
    )
    assert (failed["status"], failed["reason"]) == ("failed", "extract: NoTextLayer")
    assert "OCR" in failed["what to do"]
    assert refused["what to do"]


def test_the_baseline_is_named_in_every_line(tmp_path):
    """The tables never show the baseline as an assessment."""
    write(tmp_path, samples.assessed(kind=AssessorKind.BASELINE), assessor_kind=AssessorKind.BASELINE)
    (line,) = table(tmp_path / "results.csv")
    summary = json.loads((tmp_path / "summary.json").read_text())

    assert line["assessor kind"] == summary["assessor"]["kind"]
    assert "not a risk-of-bias assessment" in line["assessor kind"]


def test_the_summary_adds_up(tmp_path):
    """Counts by status add up to the total, counts by level and state to the judgements."""
    silent = samples.judged("1", state=ItemState.NOT_REPORTED, step1=None, level=None)
    reports = write(
        tmp_path, samples.assessed(), samples.assessed("b.pdf", silent), samples.refused(), samples.failed()
    )
    summary = json.loads((tmp_path / "summary.json").read_text())
    (item,) = summary["items"]

    assert summary["studies"] == {"total": 4, "assessed": 2, "refused": 1, "failed": 1, "left": 0}
    assert summary["judgements"] == {"proposed": 1, "not_judged": 1, "reviewed": 0}
    assert item["levels"]["Definitely low"] == item["not_judged"]["Not reported"] == 1
    assert (summary["cost"], summary["thresholds"]["pre_specified"]) == (None, False)
    assert summary["files"] == [one.path.name for one in reports.written[:-1]]


def test_a_place_that_is_taken_costs_no_report(tmp_path):
    """Where a file cannot be replaced, the report is written beside it and says so."""
    (tmp_path / "results.csv").mkdir()
    written = {one.path.name: one.instead_of for one in write(tmp_path, samples.assessed()).written}

    assert written["results (2).csv"] == tmp_path / "results.csv"
    assert written["report.html"] is None
    assert table(tmp_path / "results (2).csv")


def test_a_file_that_another_program_holds_is_left_alone(tmp_path, monkeypatch):
    """A system that refuses to replace an open file, as Windows does, gets the next name."""
    replace = Path.replace

    def held(self, target):
        if Path(target).name == "not_assessed.csv":
            raise PermissionError(13, "in use", str(target))

        return replace(self, target)

    monkeypatch.setattr(Path, "replace", held)

    assert tmp_path / "not_assessed (2).csv" in [
        one.path for one in write(tmp_path, samples.failed()).written
    ]


def test_a_report_that_breaks_off_leaves_the_old_one(tmp_path):
    """An error while a report is written keeps the file of before, and no draft."""
    target = tmp_path / "results.csv"
    target.write_text("old")

    with pytest.raises(ZeroDivisionError), place.Draft(target) as file:
        file.write("new")
        raise ZeroDivisionError

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path):
    """The system's refusal becomes one sentence with the folder and the next step."""
    (tmp_path / "out").write_text("a file")

    with pytest.raises(StorageError, match="-o FOLDER"):
        write(tmp_path / "out", samples.assessed())
