"""kill -9 at random moments: every acknowledged record is there, once, and the journal goes on."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from robasync.errors import SessionLocked
from robasync.model import Status
from robasync.records import Kind
from robasync.store.files import DiskFiles
from robasync.store.opening import opened
from robasync.store.restoring import newest
from robasync.store.scan import Scan
from tests.stores import place_in

ROOT = Path(__file__).parents[2]
ROUNDS = 20


def _start(folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.crash.writer", str(folder)]

    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)


def _killed_after(process: subprocess.Popen[bytes], lines: int) -> set[str]:
    """Kill the process once it has acknowledged so many; return the names of all it acknowledged."""
    seen = b""

    while seen.count(b"\n") < lines:
        assert select.select([process.stdout], [], [], 30)[0], "the writer acknowledges nothing"
        seen += os.read(process.stdout.fileno(), 65_536)

    process.send_signal(signal.SIGKILL)
    seen += process.communicate()[0]

    return {f"{int(number)}.txt" for number in seen.split(b"\n")[:-1]}


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path):
    """After each of many kills and continuations: all there, none twice, no damage."""
    generator, acknowledged = random.Random(3), set()
    place = place_in(tmp_path)

    for _ in range(ROUNDS):
        acknowledged |= _killed_after(_start(tmp_path), generator.randrange(1, 60))

        with opened(DiskFiles(), place) as found:
            assert found.damage == ()
            assert all(found.session.status(name) is Status.ASSESSED for name in acknowledged)

    scan = Scan(DiskFiles(), place)
    entries = list(scan)
    outcomes = [entry.record.body["document"] for entry in entries if entry.record.kind is Kind.OUTCOME]
    assert [entry.sequence for entry in entries] == list(range(1, scan.last_sequence + 1))
    assert len(outcomes) == len(set(outcomes)) >= len(acknowledged) >= ROUNDS
    assert newest(DiskFiles(), place).sequence <= scan.last_sequence


def test_a_session_that_a_living_process_holds_is_refused_and_free_after_kill_9(tmp_path):
    """The lock names its holder, and the system frees it when the holder dies."""
    process = _start(tmp_path)
    assert process.stdout.readline()

    with (
        pytest.raises(SessionLocked, match=f"process {process.pid} on "),
        opened(DiskFiles(), place_in(tmp_path)),
    ):
        pass

    process.kill()
    process.communicate()

    with opened(DiskFiles(), place_in(tmp_path)) as found:
        assert found.session.completed >= 1
