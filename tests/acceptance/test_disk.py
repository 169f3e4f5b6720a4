"""Disks that refuse: a full one, a small one, a file where a folder should be."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager

import pytest

from tests import reports
from tests.acceptance.books import Books, billed
from tests.acceptance.harness import Command, robasync, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")


@pytest.fixture
def server():
    with serving() as running:
        yield running


@contextmanager
def disk(folder, size: str):
    """Mount a disk of its own at ``folder``; skip where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder]

    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk of its own can be mounted here: {error}")

    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(path) -> None:
    """Take what is left of the disk."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def test_a_disk_that_is_too_small_lets_no_call_begin(tmp_path, server):
    """Nothing is bought that could not be recorded: exit 5, two lines, resumable."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, server.url)

    with disk(tmp_path / "checkpoints", "4m"):
        ended = robasync(*RUN, "--json", cwd=tmp_path)

    assert ended.code == 5
    assert "no call is made" in ended.facts["stopped_by"]
    assert len(ended.facts["stopped_by"].splitlines()) <= 2
    assert ended.facts["left"] == 3
    assert server.counts["requests"] == 0


def test_a_disk_that_fills_up_loses_no_recorded_answer(tmp_path, server):
    """Exit 5 with calls in flight; with room again resume finishes and buys only those anew."""
    reports.write(tmp_path / "in", 12)
    settings(tmp_path, server.url)
    ballast = tmp_path / "checkpoints" / "ballast"
    server.change(latency=0.5)

    with disk(tmp_path / "checkpoints", "66m"):
        command = Command(*RUN, "-w", 3, "--json", cwd=tmp_path)
        server.wait(6, billed=3)
        fill(ballast)
        ended = command.end()
        ballast.unlink()
        safe = {line["body"]["document"] for line in Books(tmp_path).of("reply")}
        server.change(latency=0)
        resumed = robasync("resume", "--json", cwd=tmp_path)
        books = Books(tmp_path)

    assert ended.code == 5, ended.err
    assert "does not take the journal" in ended.facts["stopped_by"]
    assert (ended.facts["assessed"], ended.facts["left"]) == (3, 9)
    assert "Traceback" not in ended.err
    assert (resumed.code, resumed.facts["assessed"]) == (0, 12), resumed.err
    assert books.has_no_gaps
    assert books.asked_again == []
    bought = billed(server.bills)
    assert {name: times for name, times in bought.items() if times > 1 + books.uncertain[name]} == {}
    assert len(safe) >= 3
    assert {bought[name] for name in safe} == {1}


def test_a_file_in_place_of_the_checkpoint_folder(tmp_path, server):
    """Exit 5 in two lines that name the folder and the setting, before any call."""
    reports.write(tmp_path / "in", 1)
    settings(tmp_path, server.url)
    (tmp_path / "checkpoints").write_text("in the way")
    ended = robasync(*RUN, cwd=tmp_path)

    assert ended.code == 5
    assert "checkpoints" in ended.err
    assert "paths.checkpoint_file" in ended.err
    assert len(ended.err.splitlines()) <= 3  # the first one says that the run starts
    assert server.counts["requests"] == 0


def test_a_file_in_place_of_the_output_folder(tmp_path, server):
    """Exit 5 before anything is asked, paid for or created, with the way out."""
    reports.write(tmp_path / "in", 3)
    settings(tmp_path, server.url)
    (tmp_path / "out").write_text("in the way")
    before = server.counts["requests"]
    ended = robasync(*RUN, cwd=tmp_path)

    assert ended.code == 5
    assert "-o FOLDER" in ended.err
    assert server.counts["requests"] == before
    assert not (tmp_path / "checkpoints").exists()
