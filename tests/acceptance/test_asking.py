"""Signals where nothing is in flight: a question, a look, a server that never answers, the first instant."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import reports
from tests.acceptance.harness import Command, settings

ASK = ("resume", "--interactive")
OWN_TERMINAL = """
import fcntl, os, sys, termios

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def deaf() -> Iterator[tuple[socket.socket, str]]:
    """Yield a server that takes connections and never answers, and its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening, f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Kill a run of two documents while both calls wait; give its folder."""
    folder = tmp_path_factory.mktemp("killed")
    reports.write(folder / "in", 2)

    with deaf() as (listening, url):
        settings(folder, url)
        command = Command("run", "-c", "settings.json", "-i", "in", "-o", "out", cwd=folder)
        connection, _ = listening.accept()
        connection.recv(1)  # a call is recorded before it is sent
        command.kill()
        command.end()
        connection.close()

    return folder


@pytest.fixture
def left(tmp_path, killed):
    return shutil.copytree(killed, tmp_path, dirs_exist_ok=True)


@contextmanager
def asking(folder: Path) -> Iterator[tuple[Command, int]]:
    """Ask at a terminal of the command's own; yield the command and the end that a person types at."""
    person, terminal = pty.openpty()
    command = Command(*ASK, cwd=folder, through=(sys.executable, "-c", OWN_TERMINAL), stdin=terminal)
    os.close(terminal)

    with os.fdopen(person, "wb", buffering=0) as typing:
        yield command, typing.fileno()


def every_byte(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_ctrl_c_at_the_question_is_an_answer(left):
    """The first ends the command, which says that nothing was changed, and of no calls in flight."""
    found = every_byte(left)

    with asking(left) as (command, person):
        command.until("Go on?")
        os.write(person, b"\x03")
        ended = command.end(20)

    assert ended.code == 130, ended.err
    assert "Interrupt signal received\n" in ended.err
    assert ended.err.endswith("Nothing was changed.\n")
    assert every_byte(left) == found


def test_a_terminal_that_goes_away_is_an_answer(left):
    """Its loss is a signal, and the end of what is read: the signal counts."""
    with asking(left) as (command, _):
        command.until("Go on?")

    ended = command.end(20)

    assert ended.code == 143, ended.err
    assert ended.err.endswith("Nothing was changed.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", ["Loading checkpoint", "Go on?"])
def test_a_signal_ends_a_look_and_a_question_with_its_code(left, words, number):
    """Also where no terminal is: while the plan is made, and while a pipe is to answer."""
    found = every_byte(left)
    command = Command(*ASK, cwd=left, stdin=subprocess.PIPE)
    command.until(words)
    command.signal(number)
    ended = command.end(20)
    command.process.stdin.close()

    assert ended.code == 128 + number, ended.err
    assert "othing was changed.\n" in ended.err[-30:]
    assert every_byte(left) == found


def test_what_is_typed_at_the_terminal_is_read(left):
    """No signal, no trace of one: a plain "no" ends as ever."""
    with asking(left) as (command, person):
        command.until("Go on?")
        os.write(person, b"n\n")
        ended = command.end(20)

    assert ended.code == 2, ended.err
    assert ended.err.endswith("Nothing was changed.\n")


def test_ctrl_c_leaves_a_server_that_never_answers(tmp_path):
    """The check ends, not after the seconds that a server is given, and without a traceback."""
    with deaf() as (listening, url):
        settings(tmp_path, url)
        command = Command("providers", "check", "-c", "settings.json", cwd=tmp_path)
        connection, _ = listening.accept()
        connection.recv(1)
        command.signal(signal.SIGINT)
        ended = command.end(20)
        connection.close()

    assert (ended.code, ended.err, ended.out) == (130, "", "")


EARLY = """
import builtins, os, signal, sys
from robasync.__main__ import main

load = builtins.__import__

def interrupted(name, *rest):
    if name == sys.argv[1]:
        sys.argv.remove(name)
        os.kill(os.getpid(), signal.SIGINT)

    return load(name, *rest)

builtins.__import__ = interrupted
main()
"""


@pytest.mark.parametrize(
    ("at", "command"),
    [
        ("robasync.service.signals", ("fsck",)),
        ("robasync.cli", ("report",)),
        ("typer", ("checkpoints", "list")),
        ("orjson", ("fsck",)),
    ],
)
def test_ctrl_c_while_a_command_loads_ends_without_a_word(tmp_path, at, command):
    """Between the first import and the last there is nothing to tell of."""
    ended = subprocess.run(
        [sys.executable, "-c", EARLY, at, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (130, "")
