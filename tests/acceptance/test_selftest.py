"""``robasync selftest``: the disk that keeps what it was given, and a program that does not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.acceptance.harness import ROOT, robasync

INTENT = "durable = self._journal.append(attempt.intent(reserved))"


def without_intents(folder: Path) -> Path:
    """Return where a copy of the program lies that sends a question without recording that it does."""
    ignored = shutil.ignore_patterns("__pycache__")
    copy = shutil.copytree(ROOT / "robasync", folder / "robasync", ignore=ignored)
    sending = copy / "gate" / "sending.py"
    text = sending.read_text()
    assert text.count(INTENT) == 1
    sending.write_text(text.replace(INTENT, "durable = anyio.sleep(0)"))

    return folder


def test_every_promise_holds_on_this_disk(tmp_path):
    """Killed without warning and resumed, whatever the environment says; nothing is left in the folder."""
    ended = robasync(
        "selftest",
        "--dir",
        ".",
        "--rounds",
        2,
        "--json",
        cwd=tmp_path,
        ROBASYNC_PARALLEL__MAX_WORKERS="none",
        http_proxy="http://proxy.invalid:1",
    )

    assert ended.code == 0, ended.out + ended.err
    assert ended.facts["held"]
    assert sum(one["kills"] for one in ended.facts["rounds"]) >= 2
    assert [one["recorded"] for one in ended.facts["rounds"]] == [24, 24]
    assert "Round 1: kill 1 of 3, after " in ended.err  # progress, also for those who wait for the JSON
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_records_no_intent_is_found_out(tmp_path):
    """Without that guard a killed call is sold twice, and nothing in the journal says so: exit 5."""
    program, disk = without_intents(tmp_path / "program"), tmp_path / "disk"
    disk.mkdir()
    path = os.pathsep.join([str(program), *filter(None, [os.environ.get("PYTHONPATH")])])
    ended = robasync("selftest", "--dir", disk, "--rounds", 1, cwd=tmp_path, PYTHONPATH=path)

    assert ended.code == 5, ended.out + ended.err
    assert "FAILED" in ended.out
    assert "for 1 recorded answers and 0 uncertain calls" in ended.out
    assert list(disk.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    """Exit 2 and the command that makes it; one that takes no files is a matter of storage: exit 5."""
    missing = robasync("selftest", "--dir", "nowhere", cwd=tmp_path)
    closed = robasync("selftest", "--dir", "/proc", cwd=tmp_path)

    assert (missing.code, closed.code) == (2, 5)
    assert "mkdir -p nowhere" in missing.err
    assert "--dir D" in closed.err
