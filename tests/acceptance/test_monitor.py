"""``robasync monitor``, as a stranger uses it: while a session runs, after it was killed, and without one."""

from __future__ import annotations

import json
import signal

import pytest

from tests import reports
from tests.acceptance.harness import Command, robasync, serving, settings

ONCE = ("monitor", "--json")


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Return a folder whose session was watched in mid-run and then killed, and what was seen."""
    folder = tmp_path_factory.mktemp("watched")
    reports.write(folder / "in", 6)

    with serving("--latency", 0) as server:
        settings(folder, server.url, parallel={"max_workers": 2})
        server.change(first={"hang": 2})
        run = Command("run", "-c", "settings.json", "-i", "in", "-o", "out", "--yes", cwd=folder)
        server.wait(2)
        seen = robasync(*ONCE, cwd=folder)
        run.kill()
        run.end()

    return folder, seen


def test_a_run_is_seen_from_outside(killed):
    """Another process learns who works, on how much, and that calls are under way."""
    _, seen = killed
    told = json.loads(seen.out)

    assert seen.code == 0
    assert (told["state"], told["progress"]["total"], told["calls_in_flight"]) == ("working", 6, 2)
    assert told["worker"].startswith("process ")


def test_after_a_kill_it_says_that_nobody_works(killed):
    """And how to go on; the calls without an end are uncertain now."""
    folder, _ = killed
    screen = robasync("monitor", "--once", cwd=folder, NO_COLOR="1", TERM="dumb")
    told = json.loads(robasync(*ONCE, cwd=folder).out)

    assert "Nobody works on this session now; 6 studies are left; continue with:" in screen.out
    assert "\x1b" not in screen.out
    assert (told["state"], told["worker"], told["uncertain"]) == ("stopped", None, 2)


def test_ctrl_c_leaves_it(killed):
    """The monitor ends with 0, whatever becomes of the run."""
    folder, _ = killed
    watching = Command("monitor", "--json", "-r", "0.1", cwd=folder)
    watching.process.stdout.readline()
    watching.signal(signal.SIGINT)

    assert watching.end().code == 0


def test_no_session_is_an_error(tmp_path):
    """Two lines, and the code of usage."""
    ended = robasync("monitor", cwd=tmp_path)

    assert ended.code == 2
    assert "there is no session yet" in ended.err
