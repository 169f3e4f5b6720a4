"""The cap, judged by the bill of a server that charges for what it did, whether or not anybody got it."""

from __future__ import annotations

import json

import pytest

from tests import reports
from tests.acceptance.books import Books
from tests.acceptance.harness import Command, robasync, serving, settings
from tests.crash.cap import RUN, Round, bill, play

RESUME = ("resume", "--json")


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


def begun(folder, server, cap, *, count=6, **sections):
    """Write a folder of reports, and settings with this cap; return the server's bill so far."""
    reports.write(folder / "in", count)
    settings(folder, server.url, cost_tracking={"max_cost_threshold": cap}, **sections)
    server.change(first={}, latency=0.0)

    return bill(server)


def test_a_thousand_calls_at_once_use_the_cap_up_and_never_pass_it(tmp_path):
    """With a hundred reservations that make up a tenth of the cap, nine tenths of it are billed at least."""
    held = play(Round(seed=1, kills=0, lost=0.0, documents=460, cap=6.7), tmp_path)
    reserved = [line["body"]["reserved"] for line in Books(tmp_path).of("intent")]

    assert not held.complaints
    assert held.code == 4
    assert held.most_open > 900
    assert 100 * max(reserved) <= 0.1 * held.cap
    assert 0.9 * held.cap <= held.bill <= held.cap


def test_kills_and_lost_replies_do_not_let_the_bill_pass_the_cap(tmp_path):
    """What was in flight at a kill stays reserved: the resume has that much less."""
    held = play(Round(seed=7, kills=2, documents=300, cap=3.0), tmp_path)

    assert not held.complaints
    assert held.code == 4
    assert held.reserved > 0


def test_uncertain_calls_are_released_by_name(tmp_path, server):
    """They are listed with what they reserve; a released one frees its money, and says what that means."""
    before = begun(tmp_path, server, 0.07)
    server.change(first={"hang": 2})
    asked = server.counts["requests"]
    command = Command(*RUN, "-w", 2, cwd=tmp_path)
    server.wait(asked + 2)
    command.kill()
    command.end()

    stopped = robasync(*RESUME, cwd=tmp_path)
    listed = robasync("resume", "--release", "--json", cwd=tmp_path).facts
    unknown = robasync("resume", "--release", "nobody.txt", cwd=tmp_path)
    alone = robasync("resume", "nobody.txt", cwd=tmp_path)
    first = robasync("resume", "--release", listed["uncertain_calls"][0]["document"], cwd=tmp_path)
    rest = robasync("resume", "--release", "all", "--json", cwd=tmp_path).facts
    checked = robasync("fsck", "--json", cwd=tmp_path)
    last = robasync(*RESUME, cwd=tmp_path)

    assert (stopped.code, len(listed["uncertain_calls"])) == (4, 2)
    assert "--release" in unknown.err
    assert [unknown.code, alone.code, first.code] == [2, 2, 0]
    assert "1 call released" in first.out
    assert "may have billed" in first.out
    assert (rest["uncertain_calls"], rest["reserved"]) == ([], 0)
    assert rest["given_up"] == pytest.approx(listed["reserved"])
    assert (checked.code, json.loads(checked.out)["looked_at"]["released"]) == (0, 2)
    assert last.facts["uncertain_calls"] == 0
    assert last.facts["assessed"] > 0
    assert bill(server) - before <= 0.07


def test_the_end_names_the_command_that_goes_on(tmp_path, server):
    """Spent, reserved and cap are told; the command printed, with its amount, finishes the work."""
    begun(tmp_path, server, 0.04)
    stopped = robasync("run", "-c", "settings.json", "-i", "in", "-o", "out", "-w", 1, cwd=tmp_path)
    command = stopped.out.partition("continue with: ")[2].splitlines()[0]
    ended = robasync(*command.split()[1:], "--json", cwd=tmp_path)

    assert stopped.code == 4
    assert "the cap of 0.0400" in stopped.err
    assert "--max-cost" in command
    assert (ended.code, ended.facts["assessed"]) == (0, 6), ended.err


def test_a_cap_below_what_is_spent_ends_at_once_and_loses_nothing(tmp_path, server):
    """Nothing is asked; a cap above it goes on from there."""
    begun(tmp_path, server, 0.04)
    first = robasync(*RUN, cwd=tmp_path)
    asked = server.counts["requests"]
    lowered = robasync(*RESUME, "--max-cost", 0.001, cwd=tmp_path)
    raised = robasync(*RESUME, "--max-cost", 5, cwd=tmp_path)

    assert (first.code, lowered.code, raised.code) == (4, 4, 0)
    assert "below what is gone already" in lowered.err + lowered.out
    assert lowered.facts["assessed"] == first.facts["assessed"] > 0
    assert server.counts["requests"] - asked == 6 - first.facts["assessed"]


def test_calls_under_way_are_finished_when_the_cap_is_reached(tmp_path, server):
    """They are being paid already: the time that a signal leaves them does not end them."""
    begun(tmp_path, server, 0.1, count=2, parallel={"grace_seconds": 0.0})
    (tmp_path / "in" / "zzz.txt").write_text(reports.text(9, size=200_000))  # of which no call fits
    server.change(latency=0.5, jitter=2.0)  # the third is refused when the first of two is answered
    ended = robasync(*RUN, "-w", 2, cwd=tmp_path)

    assert (ended.code, ended.facts["assessed"], ended.facts["left"]) == (4, 2, 1)
    assert ended.facts["uncertain_calls"] == 0


def test_each_share_of_the_cap_is_told_once_across_runs(tmp_path, server):
    """At 50, 80 and 100 per cent, in the JSON log by a fixed name; a resume does not say it again."""
    begun(tmp_path, server, 0.06, count=12)
    first = robasync(*RUN, "-w", 1, "--log-format", "json", cwd=tmp_path)
    again = robasync(*RESUME, "--log-format", "json", cwd=tmp_path)
    events = [json.loads(line) for line in first.err.splitlines() if '"cost_alert"' in line]

    assert (first.code, again.code) == (4, 4)
    assert {event["event"] for event in events} == {"cost_alert"}
    assert len(events) in (2, 3)  # one reply may jump over a share
    assert "The cap is reached" in events[-1]["message"]
    assert '"cost_alert"' not in again.err
    assert [line["body"]["percent"] for line in Books(tmp_path).of("cost_alert")][-1] == 100


def test_no_alerts_where_none_are_wanted(tmp_path, server):
    """``cost_alerts: false`` is obeyed, and so is a list."""
    begun(tmp_path, server, 0.06, count=12)
    found = {}

    for wanted in ("false", "[90]"):
        output = tmp_path / wanted.strip("[]")
        run = (*RUN[:-2], str(output), "--new", "--json", "-w", 1)
        ended = robasync(*run, cwd=tmp_path, ROBASYNC_COST_TRACKING__COST_ALERTS=wanted)
        found[wanted] = ended.err.count("of the cap") + ended.err.count("cap is reached")

    assert found == {"false": 0, "[90]": 0}
