"""Sessions as people meet them: one writer, unfinished and finished runs, changed folders."""

from __future__ import annotations

import os
import re
import signal
import socket

import pytest

from tests import reports
from tests.acceptance.books import Books
from tests.acceptance.harness import Command, outcomes, robasync, rows, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
STAMP = r"^\[\d\d:\d\d:\d\d\] "


@pytest.fixture(scope="module")
def server():
    with serving("--latency", 0.01) as running:
        yield running


@pytest.fixture
def calm(server):
    """Return the server, in order again."""
    server.change(first={}, faults={}, latency=0.01)

    return server


def said(err: str, *patterns: str) -> bool:
    """Return whether stderr has these lines, stamped as in the guide and in this order."""
    place = 0

    for pattern in patterns:
        found = re.compile(STAMP + pattern + "$", re.MULTILINE).search(err, place)
        assert found, f"{pattern!r} is not said after byte {place} of: {err}"
        place = found.end()

    return True


@pytest.fixture(scope="module")
def held(tmp_path_factory, server):
    """Keep a run of five documents hanging in its second batch; give what others were told meanwhile."""
    folder = tmp_path_factory.mktemp("held")
    reports.write(folder / "in", 5)
    settings(folder, server.url)
    server.change(first={"none": 2, "hang": 2}, faults={})
    before = server.counts["requests"]
    command = Command(*RUN, "-w", 2, "--batch-size", 2, cwd=folder)
    server.wait(before + 4)
    others = [robasync("resume", cwd=folder), robasync(*RUN, cwd=folder)]
    requests = server.counts["requests"]
    command.kill()
    killed = command.end()
    server.change(first={})

    return folder, command.process.pid, others, killed, requests - before


def test_a_second_process_on_a_session_is_refused_by_name_of_the_first(held):
    """Exit 2 with host, process and since when; nothing is asked."""
    _, pid, (resume, _), _, requests = held

    assert resume.code == 2
    assert re.search(
        rf"process {pid} on {re.escape(socket.gethostname())} since \d{{4}}-\d\d-\d\dT", resume.err
    )
    assert requests == 4


def test_run_on_an_unfinished_session_is_refused_and_names_both_ways_out(held):
    """Neither silently twice nor silently continued; also while it still runs."""
    folder, _, (_, meanwhile), _, _ = held
    afterwards = robasync(*RUN, cwd=folder)

    for ended in (meanwhile, afterwards):
        assert ended.code == 2
        assert re.search(r"robasync resume -s rob_session_\d{8}_\d{6}", ended.err)
        assert "--new" in ended.err


def test_the_guides_lines_appear(held):
    """What the guide prints for a run, a checkpoint and a resume; then finished sessions run anew, free."""
    folder, _, _, killed, _ = held
    assert said(
        killed.err,
        r"Starting ROB assessment\.\.\.",
        r"Checkpoint created: rob_session_[\d_]+\.checkpoint\.json",
    )
    assert said(killed.err, r"Batch 1 completed, checkpoint updated")

    resumed = robasync("resume", "-w", 4, "--batch-size", 3, cwd=folder)
    assert resumed.code == 0
    assert said(
        resumed.err,
        r"Loading checkpoint: rob_session_[\d_]+\.checkpoint\.json",
        r"Checkpoint validated successfully",
        r"Session: rob_session_[\d_]+",
        r"Progress: 2/5 documents completed \(40\.0%\)",
        r"Resuming from batch 2 of 3",
        r"Configuration override: workers changed from 2 to 4",
        r"Redistributing remaining work across 4 workers",
        r"Starting 4 parallel workers\.\.\.",
        r"Resuming assessment with modified configuration\.\.\.",
        r"Batch 2 completed, checkpoint updated",
    )


def test_a_finished_session_runs_anew_without_a_call(tmp_path, calm):
    """The same command again is a new session, answered from the record; so is --new, so is a pilot."""
    reports.write(tmp_path / "in", 4)
    settings(tmp_path, calm.url)
    first = robasync(*RUN, "--json", cwd=tmp_path)
    before, found = calm.counts["requests"], outcomes(tmp_path / "out")
    later = [
        robasync(*RUN, *more, "--json", cwd=tmp_path) for more in ((), ("--new",), ("--sample", 2, "-w", 1))
    ]

    assert [ended.code for ended in (first, *later)] == [0] * 4
    assert len({ended.facts["session"] for ended in (first, *later)}) == 4
    assert [ended.facts["cost"] for ended in later] == [0.0] * 3
    assert calm.counts["requests"] == before
    assert outcomes(tmp_path / "out") == found


def test_another_selection_is_not_refused(held, calm):
    """An unfinished run does not stand in the way of a pilot, or of other documents."""
    folder = held[0]
    reports.write(folder / "more", 2)
    ended = robasync("run", "-c", "settings.json", "-i", "more", "-o", "out-more", "--json", cwd=folder)

    assert (ended.code, ended.facts["assessed"]) == (0, 2)
    assert robasync(*RUN, "--only", "trial-00000.txt", cwd=folder).code == 0


def test_documents_that_changed_are_done_again_and_named(tmp_path, calm):
    """Other bytes: again; other time stamp: not; new: done; vanished: kept and named."""
    folder = reports.write(tmp_path / "in", 5)
    settings(tmp_path, calm.url)
    assert robasync(*RUN, cwd=tmp_path).code == 0
    old = outcomes(tmp_path / "out")
    (folder / "trial-00001.txt").write_text(reports.text(101))
    (folder / "trial-00009.txt").write_text(reports.text(109))
    (folder / "trial-00002.txt").unlink()
    os.utime(folder / "trial-00003.txt", (1, 1))
    before = calm.counts["requests"]
    ended = robasync("resume", "--json", cwd=tmp_path)

    assert said(ended.err, r"Changed documents: 1 .trial-00001\.txt.", r"New documents: 1 .trial-00009\.txt.")
    assert said(ended.err, r"Vanished documents: 1 .trial-00002\.txt.")
    assert calm.counts["requests"] == before + 2
    assert (ended.code, ended.facts["assessed"]) == (0, 6)
    new = outcomes(tmp_path / "out")
    assert {name for name in old if new[name] != old[name]} == {"trial-00001.txt"}
    assert {row["document"] for row in rows(tmp_path / "out/results.csv")} == set(new)


def test_a_study_that_moved_is_one_study(tmp_path, calm):
    """It is judged free under its new name and leaves the old one, there and back: no study counts twice."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, calm.url)
    assert robasync(*RUN, cwd=tmp_path).code == 0
    before, results = calm.counts["requests"], tmp_path / "out" / "results"
    names = sorted(path.name for path in (tmp_path / "in").iterdir())

    for old, new in ((names[0], "z.txt"), ("z.txt", names[0])):
        (tmp_path / "in" / old).rename(tmp_path / "in" / new)
        resumed = robasync("resume", "--json", cwd=tmp_path)

        assert f"Moved documents: 1 ({old} -> {new})" in resumed.err
        assert (resumed.code, resumed.facts["total"], resumed.facts["assessed"]) == (0, 3, 3)
        assert {row["document"] for row in rows(tmp_path / "out/results.csv")} == {*names[1:], new}
        assert {path.name for path in results.iterdir()} == {f"{name}.json" for name in (*names[1:], new)}
        assert robasync("fsck", cwd=tmp_path).code == 0

    assert calm.counts["requests"] == before


def test_an_interrupted_second_look_is_no_finished_one(tmp_path, calm):
    """Changed documents keep their outcomes until they are done again: stopped before that, work is left."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, calm.url, parallel={"grace_seconds": 0})
    assert robasync(*RUN, cwd=tmp_path).code == 0

    for path in (tmp_path / "in").iterdir():
        path.write_text(path.read_text() + "\nOne sentence more, after the report.\n")

    calm.change(faults={"hang": 1.0})
    before = calm.counts["requests"]
    command = Command("resume", "-w", 1, "--json", cwd=tmp_path)
    calm.wait(before + 1)
    command.signal(signal.SIGTERM, group=True)
    ended = command.end()

    assert (ended.code, ended.facts["left"], ended.facts["undone"]) == (143, 0, 3)
    calm.change(faults={})
    again = robasync("resume", "--json", cwd=tmp_path)
    assert (again.code, again.facts["undone"]) == (0, 0)
    assert calm.counts["requests"] == before + 4


def test_an_accepted_document_is_assessed_by_resume(tmp_path, calm):
    """What was refused as no report is assessed once a person says so."""
    folder = reports.write(tmp_path / "in", 1)
    text = "Xelotane for imaginary headache: study protocol for a randomised controlled trial\n\n"
    (folder / "x.txt").write_text(text + reports.text(7))
    settings(tmp_path, calm.url)
    first = robasync(*RUN, "--json", cwd=tmp_path)
    second = robasync("resume", "--accept", "x.txt", "--json", cwd=tmp_path)

    assert (first.facts["refused"], first.facts["assessed"]) == (1, 1)
    assert "--accept" in first.err
    assert (second.facts["refused"], second.facts["assessed"]) == (0, 2)
    assert len(Books(tmp_path).of("reply")) == 2
