"""A run whose control group gets short of memory: real files, bound over the system's for one process."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests import reports
from tests.acceptance.harness import Command, serving, settings
from tests.unit.test_memory import make_group

BOUND = 'mount --bind "$1" /sys/fs/cgroup && shift && exec "$@"'


@pytest.fixture
def group(tmp_path):
    """Return a control group's folder that is short of memory, where one can be shown to a process."""
    folder = make_group(tmp_path / "group", memory__current=95, memory__max=100)
    command = [*through(folder), "true"]

    if not shutil.which("unshare") or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs unshare and the right to use it")

    return folder


def through(folder) -> list[object]:
    """Return the command that shows ``folder`` to another command as the system's control groups."""
    return ["unshare", "--map-root-user", "--mount", "bash", "-c", BOUND, "-", folder]


def test_short_memory_halves_the_work_and_writes_a_checkpoint_until_it_is_over(tmp_path, group):
    """Said with its reason when it begins, and when it ends."""
    reports.write(tmp_path / "in", 12)

    with serving() as server:
        settings(tmp_path, server.url, parallel={"checkpoint_interval": 1_000})
        server.change(first={"hang": 8})
        run = ("run", "-c", "settings.json", "-i", "in", "-o", "out", "-w", 8, "--verbose")
        command = Command(*run, cwd=tmp_path, through=through(group))
        command.until("Memory is short: 95% of")
        command.until("4 workers go on")
        command.until("Checkpoint due: memory pressure")
        make_group(group, memory__current=10)
        command.until("Memory is no longer short; 8 workers go on.")
        command.kill()
        command.end()
