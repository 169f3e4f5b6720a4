"""What ``robasync plan`` can be told: all that a run or a resume can be told that changes what is sent."""

from __future__ import annotations

from inspect import signature

from robasync.cli.planning import plan
from robasync.cli.resuming import resume
from robasync.cli.running import run

#: How a command goes about it, and its other looks: nothing of that changes a call or a text.
BESIDES = {"http", "watch", "validate_only", "dry_run", "new", "resume", "yes", "log_level"}

#: What concerns a session's own files; ``resume --dry-run`` foresees that.
OF_A_SESSION = {
    "calls",
    "api_key",
    "force_clean",
    "reassess",
    "reparse",
    "verify_inputs",
    "interactive",
    "info",
    "explain",
    "release",
}


def options(command):
    return set(signature(command).parameters)


def test_whatever_changes_what_a_run_sends_can_be_planned():
    """An option that is new to run is one of plan too, or is named here as changing nothing that is sent."""
    assert options(run) - BESIDES <= options(plan)


def test_whatever_changes_what_a_resume_sends_can_be_planned():
    """The same of plan -s, but for what only resume --dry-run knows."""
    assert options(resume) - BESIDES - OF_A_SESSION <= options(plan)
