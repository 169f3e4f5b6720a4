"""The command line as a whole: what every command takes, and what is said of one that was mistyped."""

from __future__ import annotations

import pytest
from typer.main import get_command

from robasync.cli.commands import application
from tests.acceptance.harness import robasync

LOG = ["verbose", "log_file", "log_format"]
WIDEST = 62  # characters of a line in the list of commands, before it is cut


def commands(group, path=()):
    """Yield the path and the command of each one below ``group``."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands(get_command(application)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_the_options_of_the_log_last(name):
    """In one order and with one meaning, whatever else it takes."""
    assert [one.name for one in COMMANDS[name].params][-len(LOG) :] == LOG


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_in_one_line(name):
    """The list of commands shows the first sentence, and cuts what is too long."""
    first = COMMANDS[name].help.split("\n")[0]

    assert first.endswith(".")
    assert len(first) <= WIDEST


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("run", "--nonsense"), "No such option: --nonsense"),
        (("nonsense",), "No such command 'nonsense'."),
        (("run", "--resume", "never"), "Invalid value for '--resume': 'never' is not one of 'auto'."),
        (("run", "-i", "in", "--sample", "0"), "Invalid value for '--sample'"),
        (("plan", "-i", "x" * 300), "No file or folder can have so long a name: xxx"),
        (("init", "x" * 300), "No file or folder can have so long a name: xxx"),
        (("run", "-i", "in", "-w", 10**20), "parallel.max_workers"),
        (("run", "-i", "in", "--seed", 10**20), "Invalid value for '--seed'"),
    ],
)
def test_what_was_mistyped_is_said_in_two_lines(tmp_path, typed, said):
    """What is wrong, and where help is: exit 2, and nothing is written."""
    ended = robasync(*typed, cwd=tmp_path)

    assert ended.code == 2
    assert ended.err.startswith((said, "command line: ")), ended.err
    assert said in ended.err
    assert len(ended.err.splitlines()) <= 2
    assert list(tmp_path.iterdir()) == []
