"""Where the output goes: nobody may want it, or the disk may refuse it, and the work counts all the same."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.harness import ROOT, Command

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")

CLOSED = """
import os, sys
from robasync.__main__ import main
for number in range(3):
    os.close(number)
sys.argv = ["robasync", "--version"]
try:
    main()
finally:
    os._exit(os.open(os.devnull, os.O_RDONLY))
"""


def redirected(where, *arguments, cwd):
    """Run a command with its streams as a shell's ``where`` says."""
    return Command(*arguments, cwd=cwd, through=("sh", "-c", f'exec "$@" {where}', "sh")).end()


def run(where, folder):
    """Assess two reports without a model."""
    reports.write(folder / "in", 2)

    return redirected(where, "run", "--model", "rules", "-i", "in", "-o", "out", cwd=folder)


@pytest.mark.parametrize("where", [">&-", "<&- >&- 2>&-"])
def test_who_wants_no_output_gets_the_exit_code_of_the_work(tmp_path, where):
    """A closed standard output is no failure: nothing is printed, everything is done."""
    ended = run(where, tmp_path)

    assert (ended.code, ended.out) == (0, ""), ended.err
    assert (tmp_path / "out/report.html").exists()


@needs_full
def test_an_output_that_cannot_be_written_is_said_with_what_is_safe(tmp_path):
    """Never exit 0, or as if all were told; two lines say what failed, and where the work stands."""
    ended = run(f">{FULL}", tmp_path)

    assert ended.code == 5
    assert ended.err.splitlines()[-2:] == [
        f"The standard output cannot be written: {os.strerror(errno.ENOSPC)}.",
        "2 of 2 studies are safe; they stand in out/results",
    ]


@needs_full
def test_progress_that_cannot_be_written_changes_nothing(tmp_path):
    """The facts and the exit code are the same."""
    ended = run(f"2>{FULL}", tmp_path)

    assert (ended.code, ended.err) == (0, "")
    assert "2 studies: 2 assessed" in ended.out


@pytest.mark.parametrize("where", ["2>&-", pytest.param(f"2>{FULL}", marks=needs_full)])
def test_an_error_that_nobody_reads_is_in_the_exit_code(tmp_path, where):
    """A command that fails does not fail at saying so."""
    ended = redirected(where, "resume", "-s", "nowhere", cwd=tmp_path)

    assert (ended.code, ended.out, ended.err) == (2, "", "")


def test_no_file_takes_the_place_of_a_closed_stream():
    """What is opened later has a number of its own, so no message is ever written into it."""
    ended = subprocess.run([sys.executable, "-c", CLOSED], cwd=ROOT, check=False)

    assert ended.returncode > 2
