"""``robasync studies``: which files belong together is proposed; nothing is merged or changed."""

from __future__ import annotations

import csv
import json

from tests.acceptance.harness import robasync
from tests.poison import EXAMPLES

TITLE = "Aspirin versus placebo in dogs with chronic pain"
TEXT = "{}\n\nAda Okafor, Bo Li\n\n{}\n\nWe randomised 100 dogs. The dogs were treated for six weeks.\n"
FILES = {
    "article.txt": TEXT.format(TITLE, "Trial registration: NCT01234567."),
    "plan/design.txt": TEXT.format(f"Study protocol: {TITLE}", "Registered as ISRCTN12345678."),
    "=other.txt": TEXT.format(
        "Exercise for cats with obesity: a cluster trial", "Registered as NCT00000002."
    ),
    "empty.txt": "",
}


def test_files_of_one_study_are_proposed(tmp_path):
    """Groups come with reasons and with the address of each registration; what was not read is named."""
    for name, text in FILES.items():
        (tmp_path / "reports" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "reports" / name).write_text(text)

    before = sorted(tmp_path.rglob("*"))
    ended = robasync("studies", "-i", "reports", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("4 documents, 3 studies proposed; of several files: 1\n")
    assert "  article.txt (article)\n  plan/design.txt (protocol)\n  because of: same title\n" in ended.out
    assert "NCT01234567: https://clinicaltrials.gov/study/NCT01234567" in ended.out
    assert "ISRCTN12345678: https://www.isrctn.com/ISRCTN12345678" in ended.out
    assert "empty.txt is empty" in ended.out
    assert sorted(tmp_path.rglob("*")) == before

    ended = robasync("studies", "-i", "reports", "-o", "out/studies.csv", "--json", cwd=tmp_path)
    facts = json.loads(ended.out)
    assert [len(study["documents"]) for study in facts["studies"]] == [1, 2, 1]
    assert facts["linking_nothing"] == {}

    with (tmp_path / "out/studies.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["document"] for row in rows] == ["'=other.txt", "article.txt", "plan/design.txt", "empty.txt"]
    assert rows[1]["study"] == rows[2]["study"] != rows[3]["study"]
    assert rows[2]["linked by"] == "same title: article.txt"
    assert rows[3]["role"] == "not read"


def test_no_folder_and_an_empty_one(tmp_path):
    """Without documents it says what to do, and exits with 2."""
    (tmp_path / "nothing").mkdir()
    for arguments in ((), ("-i", "missing"), ("-i", "nothing")):
        ended = robasync("studies", *arguments, cwd=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert "folder" in ended.err


def test_a_result_file_tells_where_the_trial_is_registered(tmp_path):
    """The numbers that a report gives as its own stand in its result file, with their addresses."""
    (tmp_path / "in").mkdir()
    report = (EXAMPLES / "pettigrove-2011.txt").read_text()
    (tmp_path / "in" / "a.txt").write_text(f"{report}\n\nRegistered as NCT01234567.\n")
    (tmp_path / "in" / "b.txt").write_text(f"{report}\n\nThe companion trial NCT00000009 is older.\n")
    ended = robasync("run", "-i", "in", "-o", "out", "--model", "rules", cwd=tmp_path)
    assert ended.code == 0, ended.err
    address = "https://clinicaltrials.gov/study/NCT01234567"
    entry = {"number": "NCT01234567", "register": "ClinicalTrials.gov", "address": address}
    told = [json.loads((tmp_path / f"out/results/{name}.txt.json").read_text())["outcome"] for name in "ab"]
    assert [outcome["registrations"] for outcome in told] == [[entry], []]
