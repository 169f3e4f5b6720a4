"""Input, output and checkpoint folders that lie in one another's way."""

from __future__ import annotations

import json

from tests import reports
from tests.acceptance.harness import robasync


def test_a_checkpoint_file_in_the_input_folder_hides_no_report(tmp_path):
    """The guide's own default, "checkpoint.json", with -i . still finds the reports."""
    reports.write(tmp_path, 2)
    (tmp_path / "c.json").write_text(json.dumps({"paths": {"checkpoint_file": "checkpoint.json"}}))
    ended = robasync("run", "-c", "c.json", "-i", ".", "-o", "out", "--json", cwd=tmp_path)

    assert (ended.code, ended.facts["total"]) == (0, 2)
    assert (tmp_path / "checkpoint.json").exists()


def test_input_and_output_must_differ(tmp_path):
    """Results among the reports are refused with the way out, not called an empty folder."""
    reports.write(tmp_path / "in", 1)
    ended = robasync("run", "-i", "in", "-o", "in", cwd=tmp_path)

    assert ended.code == 2
    assert "-o FOLDER" in ended.err


def test_a_misspelt_name_to_accept_is_refused(tmp_path):
    """A typing error in --accept is not taken for consent to nothing."""
    reports.write(tmp_path / "in", 1)
    ended = robasync("run", "-i", "in", "-o", "out", "--accept", "trial-0000.txt", cwd=tmp_path)

    assert ended.code == 2
    assert "trial-00000.txt" in ended.err


def test_replaced_reports_are_named(tmp_path):
    """A pilot into the same folder says whose reports it replaces and how they come back."""
    reports.write(tmp_path / "in", 2)
    robasync("run", "-i", "in", "-o", "out", cwd=tmp_path)
    session = json.loads((tmp_path / "out/summary.json").read_text())["session"]
    ended = robasync("run", "-i", "in", "-o", "out", "--only", "trial-00000.txt", cwd=tmp_path)

    assert f"robasync report -s {session}" in ended.err


def test_a_missing_checkpoint_is_said_and_rebuilt(tmp_path):
    """Resume does not call a file valid that is not there."""
    reports.write(tmp_path / "in", 1)
    robasync("run", "-i", "in", "-o", "out", cwd=tmp_path)
    [checkpoint] = (tmp_path / "checkpoints").glob("*.checkpoint.json")
    checkpoint.unlink()
    ended = robasync("resume", cwd=tmp_path)

    assert ended.code == 0
    assert "is missing. Rebuilt from the journal." in ended.err
    assert "Nothing is left to do" in ended.err
    assert checkpoint.exists()


def test_encryption_is_refused_before_anything_is_written(tmp_path):
    """Nobody who asked for encryption gets clear text instead."""
    reports.write(tmp_path / "in", 1)
    (tmp_path / "c.json").write_text(json.dumps({"checkpoint_system": {"encryption": True}}))
    ended = robasync("run", "-c", "c.json", "-i", "in", "-o", "out", cwd=tmp_path)

    assert ended.code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.json", "in"]
