"""The benchmarks measure robasync and nothing made up: the sessions they resume are what a run leaves."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.acceptance.harness import ROOT, robasync, serving

DOCUMENTS, LEFT = 60, 2


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture
def large(tmp_path, server):
    """Make a session of 60 documents with two left; give its folder and what the server had answered."""
    command = [sys.executable, ROOT / "benchmarks" / "large.py", tmp_path]
    options = ["--documents", DOCUMENTS, "--left", LEFT, "--url", server.url]
    subprocess.run([*command, *map(str, options)], check=True, capture_output=True)

    return tmp_path, server.counts["requests"]


def test_a_made_session_is_resumed_where_it_ends(server, large):
    """Making it asks nobody; resuming it asks for what is left, and finds nothing changed."""
    folder, before = large
    ended = robasync("resume", "--json", cwd=folder)

    assert ended.code == 0, ended.err
    assert ended.facts["assessed"] == DOCUMENTS
    assert server.counts["requests"] - before == LEFT


def test_the_keys_of_a_made_session_are_those_that_a_run_asks(server, large):
    """Another run over its folder finds each answer in its journal, under the key of the same call."""
    folder, before = large
    ended = robasync("run", "--new", "-c", "settings.json", "-o", "other", cwd=folder)

    assert ended.code == 0, ended.err
    assert server.counts["requests"] - before == LEFT


def test_the_benchmark_of_the_store_runs_at_its_smallest(tmp_path):
    """Every process that it starts does its work; the bars are for people to look at, not for tests."""
    command = [sys.executable, ROOT / "benchmarks" / "checkpoint.py", "--sizes", "1000", "--dir", tmp_path]
    command += ["--left", "300", "--rounds", "1", "--documents", "50"]
    ended = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    rows = ended.stdout.splitlines()

    assert not ended.stderr
    assert rows[1].startswith("1,000 | ")
    assert sum("(bar " in row for row in rows) == 8
