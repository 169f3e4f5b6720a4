"""Several calls on a document: nothing is lost or bought twice, and what was cached is booked as such."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.harness import Command, journal, robasync, serving, settings
from tests.reports import text

PRICE = {"input": 2.0, "cached": 0.5, "output": 10.0}
PARTS = 4  # domains of the instrument
AT_ONCE = 4


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()

    for number in range(6):
        (tmp_path / "in" / f"{number}.txt").write_text(text(number) * 4)

    return tmp_path


def test_a_run_that_is_killed_between_the_calls_goes_on_with_the_missing_ones(folder):
    """Every call is bought once, unless it was in flight; the books agree with the server's."""
    with serving("--cache", "prompt", "--latency", 0.02) as server:
        config = settings(
            folder,
            server.url,
            model={"price": PRICE, "max_concurrency": AT_ONCE},
            rob_framework={"calls_per": "domain"},
        )
        command = Command("run", "-c", config, "-i", "in", cwd=folder)
        server.wait(billed=8)
        command.kill()
        command.end()
        resumed = robasync("resume", "-c", config, "--json", cwd=folder)
        counts = server.counts

    replies = [line for line in journal(folder) if line["kind"] == "reply"]
    keys = [line["key"] for line in replies]
    usage = [line["body"]["usage"] for line in replies]

    assert resumed.code == 0, resumed.err
    assert len(keys) == len(set(keys)) == 6 * PARTS
    assert len(counts["billed"]) == 6 * PARTS
    assert sum(counts["billed"].values()) <= 6 * PARTS + AT_ONCE
    assert sum(one["cached_tokens"] for one in usage) > 0

    saved = json.loads(next((folder / "checkpoints").glob("*.checkpoint.json")).read_text())
    (spend,) = saved["cost_tracking"]["token_usage"].values()
    fresh = spend["input_tokens"] - spend["cached_tokens"]
    bill = fresh * 2.0 + spend["cached_tokens"] * 0.5 + spend["output_tokens"] * 10.0

    assert spend["cached_tokens"] == sum(one["cached_tokens"] for one in usage)
    assert resumed.facts["cost"] == pytest.approx(bill / 1e6)


def test_a_rehearsal_counts_the_calls_that_a_run_makes(folder):
    """--dry-run names as many calls as the server then sees."""
    with serving() as server:
        config = settings(folder, server.url, rob_framework={"calls_per": "domain"})
        rehearsed = robasync("run", "-c", config, "-i", "in", "--dry-run", "--json", cwd=folder)
        ended = robasync("run", "-c", config, "-i", "in", cwd=folder)
        requests = server.counts["requests"]

    assert ended.code == 0, ended.err
    assert rehearsed.facts["calls"] == requests == 6 * PARTS
