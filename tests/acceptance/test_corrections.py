"""The installed command where a model answers beside the form: corrected once, paid once, then a failure."""

from __future__ import annotations

import pytest

from tests import reports
from tests.acceptance.books import Books
from tests.acceptance.harness import Command, outcomes, robasync, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")


@pytest.fixture
def server():
    with serving() as running:
        yield running


def begin(folder, server, **mode):
    """Prepare one document, and a server that misbehaves."""
    reports.write(folder / "in", 1)
    settings(folder, server.url)
    server.change(**mode)


def paid(server):
    """Return how many replies were billed."""
    return sum(server.counts["billed"].values())


@pytest.mark.parametrize("fault", ["malformed", "wrong_schema"])
def test_an_answer_beside_the_form_is_corrected(tmp_path, server, fault):
    """One call more; the conversation goes on, and no bill stands twice."""
    begin(tmp_path, server, first={fault: 1})
    ended = robasync(*RUN, "--json", cwd=tmp_path)

    assert (ended.code, ended.facts["assessed"]) == (0, 1), ended.err
    assert paid(server) == 2
    assert max(server.counts["billed"].values()) == 1
    assert [line["body"]["attempt"] for line in Books(tmp_path).of("intent")] == [1, 1]


@pytest.mark.parametrize("fault", ["malformed", "wrong_schema"])
def test_a_second_one_is_a_failure_that_costs_no_more(tmp_path, server, fault):
    """A typed failure with what is wrong; going on reads both replies and buys none."""
    begin(tmp_path, server, first={fault: 2})
    ended = robasync(*RUN, "--json", cwd=tmp_path)
    (outcome,) = outcomes(tmp_path / "out").values()

    assert (ended.code, outcome["failure"]["error"]) == (3, "UnparsableReply")
    assert robasync("resume", cwd=tmp_path).code == 3
    assert robasync(*RUN, "--new", "--json", cwd=tmp_path).facts["failed"] == 1
    assert paid(server) == 2


def test_killed_during_the_correction_the_first_answer_is_not_bought_again(tmp_path, server):
    """The correction whose end nobody knows is asked under its next number; the answer before it is free."""
    begin(tmp_path, server, first={"wrong_schema": 1, "hang": 1})
    command = Command(*RUN, cwd=tmp_path)
    server.wait(2)
    command.kill()
    command.end()
    resumed = robasync("resume", "--json", cwd=tmp_path)

    assert (resumed.code, resumed.facts["assessed"], resumed.facts["uncertain_calls"]) == (0, 1, 1)
    assert [line["body"]["attempt"] for line in Books(tmp_path).of("intent")] == [1, 1, 2]
    assert paid(server) == 2
    assert server.counts["requests"] == 3


def test_a_cap_between_answer_and_correction_holds(tmp_path, server):
    """The longer input is reserved before it is sent; with more money only the correction is bought."""
    begin(tmp_path, server, first={"wrong_schema": 1})
    # More than one call reserves, less than what an answer costs and the next call reserves.
    settings(tmp_path, server.url, cost_tracking={"max_cost_threshold": 0.031})
    ended = robasync(*RUN, "--json", cwd=tmp_path)

    assert (ended.code, ended.facts["left"]) == (4, 1), ended.err
    assert paid(server) == 1
    settings(tmp_path, server.url, cost_tracking={"max_cost_threshold": 5})
    raised = robasync("resume", "-c", "settings.json", "--json", cwd=tmp_path)
    assert (raised.code, raised.facts["assessed"]) == (0, 1)
    assert paid(server) == 2
