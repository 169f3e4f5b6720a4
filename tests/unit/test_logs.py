"""What the log says to machines: JSON lines, entries of systemd's journal, levels."""

from __future__ import annotations

import logging
import socket
import sys

import orjson
import pytest

from robasync.service import logs
from robasync.service.journald import JournalHandler

log = logging.getLogger("robasync.tests")
BOUND = {"event": "failed", "document": "a\nb.txt", "key": "ab12"}


@pytest.fixture
def lines():
    """Return the lines that are logged at info and above, as JSON."""
    found = []
    logs.configure(logs.written(logs.LineHandler(found.append), as_json=True))
    yield found
    logs.configure(logging.NullHandler())


def test_json_carries_what_is_bound(lines):
    """A program finds the event and its fields beside the message, whatever the words are."""
    log.warning("Failed: %s", "a.txt", extra=BOUND)
    line = orjson.loads(lines[0])

    assert line["message"] == "Failed: a.txt"
    assert line["level"] == "warning"
    assert {name: line[name] for name in BOUND} == BOUND


def test_a_bound_field_takes_no_place_of_the_line(lines):
    """Time, level and message are always the log's own."""
    log.info("Kept", extra={"level": "none", "time": "never"})
    line = orjson.loads(lines[0])

    assert line["level"] == "info"
    assert line["time"] != "never"


def test_levels_change_while_it_runs(lines):
    """A reload raises and lowers the level."""
    logs.set_level("error")
    log.warning("not this")
    logs.set_level("debug")
    log.debug("this")

    assert [orjson.loads(line)["message"] for line in lines] == ["this"]


def test_verbose_is_not_taken_back():
    """Who asked for everything gets it, whatever the settings say."""
    found = []
    logs.configure(logs.written(logs.LineHandler(found.append), as_json=False), level="everything")
    logs.set_level("error")
    log.debug("still here")
    logs.configure(logging.NullHandler())

    assert found[0].endswith("still here")


@pytest.mark.skipif(sys.platform != "linux", reason="systemd's journal is Linux only")
def test_journal_entries_are_native(tmp_path):
    """Each field is one of the journal's; a value with a newline forges no other field."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "socket"))
        logs.configure(JournalHandler(pytest.fail, path=str(tmp_path / "socket")))
        log.warning("Failed: %s", "a.txt", extra=BOUND)
        logs.configure(logging.NullHandler())
        entry = journal.recv(65536)

    assert b"MESSAGE=Failed: a.txt\nPRIORITY=4\n" in entry
    assert b"ROBASYNC_EVENT=failed\n" in entry
    assert b"ROBASYNC_DOCUMENT\n\x07\0\0\0\0\0\0\0a\nb.txt\n" in entry


def test_without_a_journal_no_line_is_lost(tmp_path):
    """What the socket refuses goes to stderr with its priority before it."""
    found = []
    logs.configure(JournalHandler(found.append, path=str(tmp_path / "nobody")))
    log.error("The disk is full")
    logs.configure(logging.NullHandler())

    assert found == ["<3>The disk is full"]


def test_a_worker_that_ended_by_itself_leaves_no_line(lines, caplog):
    """The warning that its exit code is missed says nothing to anybody; asyncio's others stay."""
    asyncio = logging.getLogger("asyncio")
    asyncio.warning("Unknown child process pid %d, will report returncode 255", 8954)
    asyncio.warning("child process pid %d exit status already read: will report returncode 255", 8954)
    asyncio.warning("Executing %r took %.3f seconds", "a task", 0.2)

    assert [record.getMessage() for record in caplog.records] == ["Executing 'a task' took 0.200 seconds"]
