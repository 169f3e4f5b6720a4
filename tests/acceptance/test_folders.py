"""Input, output and checkpoint folders that lie in one another's way."""

from __future__ import annotations

import json
import os

import pytest

from robasync.store.files import DiskFiles
from robasync.store.lock import held, locked
from robasync.store.places import Place
from tests import reports
from tests.acceptance.harness import outcomes, robasync


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


def test_checkpoints_and_output_must_differ(tmp_path):
    """Reports among the sessions are refused; an output folder inside of the input folder is not."""
    reports.write(tmp_path / "in", 1)
    refused = robasync("run", "-i", "in", "--output-dir", "checkpoints", cwd=tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    inside = [
        robasync("run", "-i", "in", "-o", "in/out", *new, "--json", cwd=tmp_path) for new in ((), ("--new",))
    ]
    again = robasync("report", "-o", "./checkpoints", cwd=tmp_path)

    assert (refused.code, again.code, before) == (2, 2, ["in"])
    assert "The output folder is the checkpoint folder: checkpoints\nName another" in refused.err
    assert "-o FOLDER" in again.err
    assert [(one.code, one.facts["total"]) for one in inside] == [(0, 1)] * 2


@pytest.mark.parametrize("option", ["-i", "-o", "--output-dir"])
def test_an_empty_name_of_a_folder_is_refused(tmp_path, option):
    """A shell variable that is not set does not name the working folder."""
    reports.write(tmp_path, 1)
    folders = {"-i": ".", "-o": "out"} | {option: ""}
    ended = robasync("run", *(word for pair in folders.items() for word in pair), cwd=tmp_path)

    assert ended.code == 2
    assert f'command line: paths.{"input" if option == "-i" else "output"}_folder is ""' in ended.err
    assert len(list(tmp_path.iterdir())) == 1


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
    assert "is missing. It was rebuilt from the journal" in ended.err
    assert "Nothing is left to do" in ended.err
    assert checkpoint.exists()


def test_encryption_is_refused_before_anything_is_written(tmp_path):
    """Nobody who asked for encryption gets clear text instead."""
    reports.write(tmp_path / "in", 1)
    (tmp_path / "c.json").write_text(json.dumps({"checkpoint_system": {"encryption": True}}))
    ended = robasync("run", "-c", "c.json", "-i", "in", "-o", "out", cwd=tmp_path)

    assert ended.code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.json", "in"]


@pytest.mark.parametrize("command", ["run", "report"])
def test_an_output_folder_has_one_writer(tmp_path, command):
    """A second session, or a report, into the folder of a run is refused before anything is done."""
    reports.write(tmp_path / "in", 2)
    assert robasync("run", "-i", "in", "-o", "out", cwd=tmp_path).code == 0
    lock = tmp_path / "out" / ".robasync.lock"
    options = ("-i", "in", "--new") if command == "run" else ()

    with locked(DiskFiles(), lock, what="out", option=""):
        ended = robasync(command, *options, "-o", "out", cwd=tmp_path)

    assert ended.code == 2
    assert f"output folder out is being written by process {os.getpid()}" in ended.err
    assert robasync(command, *options, "-o", "out", cwd=tmp_path).code == 0


def test_the_session_at_a_configured_path_is_not_moved_away_under_its_writer(tmp_path):
    """The lock is taken before an older session makes way for a new one."""
    reports.write(tmp_path / "in", 2)
    (tmp_path / "c.json").write_text('{"paths": {"checkpoint_file": "a.json"}}')
    run = ("run", "-c", "c.json", "-i", "in", "--new", "-o")
    assert robasync(*run, "out", cwd=tmp_path).code == 0
    before = sorted(path.name for path in tmp_path.glob("a.*"))

    with held(DiskFiles(), Place(tmp_path / "a.json")):
        ended = robasync(*run, "out2", cwd=tmp_path)

    assert ended.code == 2
    assert "session a is being written by" in ended.err
    assert sorted(path.name for path in tmp_path.glob("a.*")) == before


def test_an_output_folder_tells_of_the_session_that_wrote_it_last(tmp_path):
    """What another session says of the same reports, or an older outcome, does not stay among the results."""
    reports.write(tmp_path / "in", 2)
    limits = {"definitely_low": 1, "probably_low": 2, "probably_high": 3}
    (tmp_path / "strict.json").write_text(json.dumps({"domain6": {"thresholds": limits}}))
    results, sessions = [], []

    for more in ((), ("-c", "strict.json")):
        ended = robasync("run", "-i", "in", "-o", "out", "--json", *more, cwd=tmp_path)
        results.append(outcomes(tmp_path / "out"))
        sessions.append(ended.facts["session"])

    assert results[0] != results[1]
    assert robasync("resume", "-s", sessions[0], cwd=tmp_path).code == 0
    assert outcomes(tmp_path / "out") == results[0]
    assert robasync("report", "-s", sessions[1], cwd=tmp_path).code == 0
    assert outcomes(tmp_path / "out") == results[1]
