"""The commands and programs of the guide read our checkpoints, run exactly as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robasync.model import Status
from robasync.store import checkpoint
from tests.stores import TIME, batch_completed, batch_started, outcome, reply, session_of, started

GUIDE = Path(__file__).parents[3] / "shared" / "guide" / "checkpoint_resume_guide.md"
pytestmark = pytest.mark.skipif(not GUIDE.exists(), reason="the guide is not beside the repository")


def _block(holding: str) -> str:
    """Return the code block of the guide that holds a phrase."""
    blocks = re.findall(r"^```\w+\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    return next(block for block in blocks if holding in block)


def _command(holding: str) -> str:
    """Return the ``python -c`` command that follows a phrase."""
    block = _block(holding)

    return re.search(r'python -c "\n.*?^"$', block[block.index(holding) :], re.DOTALL | re.MULTILINE)[0]


def _checkpoint() -> bytes:
    names = [f"doc{number}.pdf" for number in range(150)]
    done = [outcome(name) for name in names[:99]]
    refused, failed = outcome(names[99], Status.REFUSED), outcome(names[100], Status.FAILED)
    session = session_of(
        started(150), batch_started(1, *names), *done, refused, failed, reply(1), batch_completed(1)
    )

    return b"".join(checkpoint.encode(checkpoint.view(session, time=TIME, segments=["x.journal.jsonl"])))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one checkpoint of 100 completed documents under the guide's names."""
    for name in ("checkpoint_20241201_143022.json", "a.checkpoint.json", "checkpoints/b.checkpoint.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_checkpoint())

    return tmp_path


def _run(script: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    command = ["bash", "-c", script]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr

    return done.stdout


def test_view_checkpoint_information(folder):
    """The one-liner that shows session, progress and status."""
    assert _run(_command("# View checkpoint information"), folder).splitlines() == [
        "Session: rob_session_20241201_143022",
        "Progress: 100/150",
        "Status: 66.7% complete",
    ]


def test_show_checkpoint_details(folder):
    """The loop over *.checkpoint.json, which parses the start time."""
    shown = _run(_command("# Show checkpoint details"), folder)

    assert "Started: 2024-12-01 14:30:22" in shown
    assert "Progress: 66.7% (100/150)" in shown
    assert "Status: Incomplete" in shown


def test_json_tool_accepts_it_and_the_result_is_still_valid(folder):
    """Re-indenting by json.tool leaves the checkpoint valid."""
    indented = _run("python -m json.tool a.checkpoint.json", folder)

    assert checkpoint.parse(indented.encode(), name="a").content["completed_documents"] == 100


def test_automated_backup_script(folder):
    """The backup script copies what it finds, and the copy is valid."""
    block = _block("# Automated backup script")
    _run(block[block.index("#!/bin/bash") :], folder)
    (copy,) = (folder / "checkpoints/backups").iterdir()

    assert checkpoint.parse(copy.read_bytes(), name=copy.name)


def test_weekly_maintenance_archives_completed_checkpoints(folder):
    """The weekly grep finds the count of completed documents in the indented file."""
    (folder / "archive").mkdir()
    (folder / "old.checkpoint.tmp").write_text("{")
    old = time.time() - 8 * 86_400

    for name in ("a.checkpoint.json", "old.checkpoint.tmp"):
        os.utime(folder / name, (old, old))

    # find may meet the moved file once more in the archive; mv then says so, and nothing is lost.
    script = _block("# Archive old completed checkpoints")
    _run(f"{{\n{script}\n}} 2>/dev/null || true", folder)

    assert (folder / "archive/a.checkpoint.json").exists()
    assert not (folder / "old.checkpoint.tmp").exists()


def test_checkpoint_manager_lists_and_validates(folder):
    """The guide's manager class reads sessions and calls the latest valid."""
    (folder / "checkpoint_manager.py").write_text(_block("# checkpoint_manager.py"))
    shown = _run("python checkpoint_manager.py", folder)

    assert "Session: rob_session_20241201_143022" in shown
    assert "Validation: Checkpoint is valid" in shown


def test_custom_resume_works_out_what_remains(folder):
    """The guide's smart_resume reads progress and builds its command."""
    (folder / "custom_resume.py").write_text(_block("# custom_resume.py"))
    (folder / "main.py").write_text("")
    shown = _run("python custom_resume.py a.checkpoint.json", folder)

    assert "Remaining documents: 50" in shown
    assert "Resume completed successfully" in shown
