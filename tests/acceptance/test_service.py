"""The unit's command under a stand-in for systemd: notify socket, watchdog, reload, stop, restart."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import threading
from contextlib import closing, contextmanager

import pytest

from tests import reports
from tests.acceptance.harness import ROOT, Command, outcomes, robasync, serving, settings
from tests.supervisors import Listener

WATCHDOG_SECONDS = 2
STOP_SECONDS = 30  # the deadline of a stop
CHECKPOINT = {"checkpoint_file": "checkpoints/service.json"}


def exec_start(name):
    """Return the words of the unit's ExecStart after the program, for a settings file called ``name``."""
    lines = (ROOT / "settings" / "robasync.service").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("ExecStart=")]

    return [name if word.endswith(".json") else word for word in shlex.split(line)[1:]]


class Unit:
    """A service as systemd starts, reloads, watches and stops it."""

    def __init__(self, folder, server, **sections):
        self._folder = folder
        self._server = server
        self.configure(**sections)
        self.listener = Listener(str(folder / "notify"), seconds=60)

    def configure(self, *, workers=1, cap=1_000, temperature=0.0, **sections):
        settings(
            self._folder,
            self._server.url,
            model={"temperature": temperature},
            paths={"input_folder": "in", "output_folder": "out"},
            cost_tracking={"max_cost_threshold": cap},
            parallel={"max_workers": workers, **sections},
        )

    def start(self):
        """Return the running service, once it has said that it is ready."""
        started = Command(
            *exec_start("settings.json"),
            cwd=self._folder,
            NOTIFY_SOCKET=str(self._folder / "notify"),
            WATCHDOG_USEC=str(WATCHDOG_SECONDS * 1_000_000),
        )
        self.listener.until("READY=1")

        return started

    def finish(self, service):
        """Let a service do all that is there, stop it then, and return how it ended."""
        self.listener.until("STATUS=waiting for files")
        service.signal(signal.SIGTERM)

        return service.end(STOP_SECONDS)

    def is_alive(self):
        """Return whether a sign of life comes within the watchdog's time."""
        try:
            while "WATCHDOG=1" not in self.listener.hear(WATCHDOG_SECONDS):
                pass
        except TimeoutError:
            return False

        return True


@pytest.fixture
def unit(tmp_path):
    reports.write(tmp_path / "in", 6)

    with serving("--fault", "hold=1") as server:
        found = Unit(tmp_path, server)

        with closing(found.listener):
            yield found, server


def journal(folder, kind):
    """Return the bodies of the records of a kind."""
    [path] = (folder / "checkpoints").glob("*.journal.jsonl")
    records = map(json.loads, path.read_text().splitlines())

    return [record["body"] for record in records if record["kind"] == kind]


def test_a_service_lives_as_its_supervisor_wants_it(unit, tmp_path):
    """Start, reload, stop in mid-run, restart: the result is that of an uninterrupted run, paid for once."""
    unit, server = unit
    service = unit.start()
    server.wait(1)
    assert unit.is_alive()

    unit.configure(workers=2, cap=900, temperature=0.5)
    service.signal(signal.SIGHUP)
    unit.listener.until("RELOADING=1")
    unit.listener.until("READY=1")
    server.wait(2)  # as many at a time as it says now

    changed = {body["name"]: body["new"] for body in journal(tmp_path, "setting_changed")}
    assert changed == {"parallel.max_workers": 2, "workers": 2, "cost_tracking.max_cost_threshold": 900}
    service.until("Not reloaded: llm_models.local.temperature")

    service.signal(signal.SIGTERM)
    assert "STOPPING=1" in unit.listener.until("STOPPING=1")
    server.change(faults={})
    stopped = service.end(STOP_SECONDS)
    assert stopped.code == 143

    unit.configure(workers=2, cap=900)
    assert unit.finish(unit.start()).code == 0
    assert ["STOPPING=1"] in [said[:1] for said in unit.listener.heard()]

    elsewhere = robasync("run", "-c", "settings.json", "-o", "whole", "--new", cwd=tmp_path)
    assert elsewhere.code == 0
    assert outcomes(tmp_path / "out") == outcomes(tmp_path / "whole")
    assert max(times for _, times in server.bills) == 1


def test_a_stuck_service_gives_no_sign_of_life(unit, tmp_path):
    """Signs come from the event loop; killed for their lack, it goes on where it was."""
    unit, server = unit
    service = unit.start()
    server.wait(1)
    assert unit.is_alive()

    service.signal(signal.SIGSTOP)
    unit.listener.heard()
    assert not unit.is_alive()

    service.kill()
    assert service.end().code == -signal.SIGKILL
    server.change(faults={})

    assert unit.finish(unit.start()).code == 0
    assert len(outcomes(tmp_path / "out")) == 6


def test_settings_that_cannot_be_read_change_nothing(unit, tmp_path):
    """A reload says what is wrong with the file, and the run goes on."""
    unit, server = unit
    service = unit.start()
    server.wait(1)
    (tmp_path / "settings.json").write_text('{"parallel": {"max_workers": "many"}}')
    service.signal(signal.SIGHUP)
    unit.listener.until("RELOADING=1")
    unit.listener.until("READY=1")
    service.until("The settings are not read again")
    server.change(faults={})

    assert unit.finish(service).code == 0
    assert journal(tmp_path, "setting_changed") == []


JOURNAL = """
mount -t tmpfs none /run && mkdir -p /run/systemd/journal && mount --bind "$1" /run/systemd/journal || exit 99
shift
JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"
"""


def test_under_systemd_the_log_goes_to_its_journal(tmp_path):
    """Where stderr is the journal's, a line is an entry with native fields at its socket."""
    reports.write(tmp_path / "in", 2)
    (tmp_path / "in" / "empty.txt").write_text("too short")
    folder = tmp_path / "journal"
    folder.mkdir()

    with entries_at(folder / "socket") as entries, serving() as server:
        settings(tmp_path, server.url)
        through = ("unshare", "--mount", "sh", "-c", JOURNAL, "sh", folder)
        run = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
        ended = Command(*run, cwd=tmp_path, through=through).end()

    if ended.code in {1, 99} and not entries:
        pytest.skip(f"no name space of its own can be made here: {ended.err}")

    assert ended.code == 3, ended.err
    assert "Failed:" not in ended.err
    [failed] = [entry for entry in entries if entry.get("ROBASYNC_EVENT") == "failed"]
    assert failed["PRIORITY"] == "4"
    assert failed["SYSLOG_IDENTIFIER"] == "robasync"
    assert failed["ROBASYNC_DOCUMENT"] == "empty.txt"
    assert failed["MESSAGE"].startswith("Failed: empty.txt")
    assert all({"MESSAGE", "PRIORITY", "ROBASYNC_EVENT"} <= entry.keys() for entry in entries)


@contextmanager
def entries_at(place):
    """Give the entries that come to a socket; none of these has a value of several lines."""
    entries = []

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(place))

        def listen():
            while data := journal.recv(65_536):
                entries.append(dict(line.split("=", 1) for line in data.decode().splitlines()))

        listening = threading.Thread(target=listen)
        listening.start()

        try:
            yield entries
        finally:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"", str(place))

            listening.join()
