"""The fold: what records add up to."""

from __future__ import annotations

import orjson
import pytest

from robasync.model import Status
from robasync.records import Entry, Kind, Position, Record
from robasync.session import Session
from robasync.store.fsck.shapes import complaint
from tests.stores import (
    TIME,
    batch_completed,
    batch_started,
    call_failed,
    entries,
    intent,
    outcome,
    reply,
    session_of,
    started,
)


def test_counts_follow_the_newest_outcome_of_each_document():
    """A document that is done again counts once, as what it is now."""
    session = session_of(
        started(4),
        batch_started(1, "a", "b"),
        outcome("a", Status.FAILED),
        outcome("b", Status.REFUSED),
        outcome("a"),
    )

    assert (session.assessed, session.refused, session.failed, session.left) == (1, 1, 0, 2)
    assert (session.completed, session.errors_total) == (2, 1)
    assert session.documents.position("a") == Position(1, 500, 100)
    assert list(session.positions()) == [Position(1, 500, 100), Position(1, 400, 100)]


def test_a_call_is_uncertain_until_its_end_is_known():
    """A reply or a certain failure settles it; an uncertain failure does not."""
    session = session_of(
        started(), intent(1), intent(2), intent(3), intent(4), reply(1), call_failed(2, certain=True),
        call_failed(3, certain=False),
    )  # fmt: skip

    assert [call.reserved for call in session.uncertain.values()] == [0.5, 0.5]
    assert session.reserved == 1.0
    assert session.spent == 0.1


def test_a_reply_from_another_session_costs_nothing():
    """It was bought there, and is counted there."""
    session = session_of(started(), reply(1, from_session="other", cost=0.0))

    assert (session.spent, session.spend) == (0.0, {})


def test_replies_without_a_price_are_counted_as_such():
    """An unknown cost is never shown as zero cost without saying so."""
    session = session_of(started(), reply(1, cost=None), reply(2))

    assert session.spend["m"].unpriced == 1
    assert session.spend["m"].input_tokens == 200


def test_batches_are_counted_in_windows():
    """The current batch is the lowest that is not completed; the rest is windowed by size."""
    session = session_of(
        started(5), batch_started(1, "a", "b"), batch_started(2, "c", "d"), batch_completed(2)
    )

    assert (session.current_batch, session.total_batches) == (1, 3)
    assert [batch.is_completed for batch in session.batches] == [False, True]
    assert [list(batch.documents) for batch in session.batches] == [["a", "b"], ["c", "d"]]


class Unwalked(list):
    """A list that may be indexed, and not be gone through."""

    def __iter__(self):
        raise AssertionError("a look goes through all batches")


def test_a_look_goes_through_no_batches():
    """A session of a million documents that came one by one is looked at twice a second."""
    session = session_of(started(3), batch_started(1, "a"), batch_started(2, "b"), batch_completed(1))
    session.batch_list = Unwalked(session.batch_list)
    running = session.current_batch, session.total_batches
    session.apply(Entry(9, 9, "", batch_completed(2), Position(1, 0, 1)))

    assert running == (2, 3)
    assert session.current_batch == 3  # the one that will begin


def test_a_changed_file_is_noticed():
    """Size, time and inode are compared with those of the outcome."""
    session = session_of(started(), outcome("a"))
    same = {"size": 10, "mtime_ns": 20, "inode": 30}

    assert session.documents.is_same_file("a", **same)
    assert not session.documents.is_same_file("a", **same | {"mtime_ns": 21})
    assert session.documents.digest("a") == "ab" * 32
    assert session.documents.digest("b") == ""


def test_only_the_newest_errors_are_kept_but_all_are_counted():
    """A million failures do not fill the memory."""
    session = session_of(started(1500), *(outcome(str(n), Status.FAILED) for n in range(1500)))

    assert (len(session.errors), session.errors_total) == (1000, 1500)
    assert session.errors[-1].document == "1499"


def test_settings_of_a_resume_are_those_that_hold():
    """The newest start or resume tells configuration, total and batch size."""
    body = {"config": {"x": 1}, "changes": ["workers: 4 -> 2"], "total": 9, "batch_size": 3, "workers": 2}
    session = session_of(started(3), Record(Kind.SESSION_RESUMED, body))

    assert (session.total, session.batch_size, session.workers, session.config) == (9, 3, 2, {"x": 1})
    assert session.changes == ["workers: 4 -> 2"]


def test_a_session_that_is_judged_anew_has_everything_left():
    """But for what is kept; batches and digests stay."""
    again = Record(Kind.SESSION_RESUMED, {"reopened": {"except": ["b", "nobody"]}})
    session = session_of(
        started(3), batch_started(1, "a", "b", "c"), outcome("a"), outcome("b"), outcome("c", Status.FAILED),
        batch_completed(1), again, outcome("c"),
    )  # fmt: skip

    assert [session.status(name) for name in "abc"] == [None, Status.ASSESSED, Status.ASSESSED]
    assert (session.assessed, session.failed, session.left) == (2, 0, 1)
    assert session.documents.position("a") is None
    assert session.documents.digest("a")
    assert [batch.is_completed for batch in session.batches] == [True]


@pytest.mark.parametrize("reopened", ["all", {}, {"except": "b"}, {"except": [1]}])
def test_a_forged_reopening_is_told(reopened):
    """Nothing is set back by a record that nobody can have written."""
    assert complaint(Record(Kind.SESSION_RESUMED, {"reopened": reopened}))
    assert not complaint(Record(Kind.SESSION_RESUMED, {"reopened": {"except": ["b"]}}))


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_record_can_be_taken_in(kind):
    """No kind is forgotten: a new one fails here first."""
    bodies = {
        Kind.SESSION_STARTED: started().body,
        Kind.BATCH_STARTED: batch_started(1).body,
        Kind.BATCH_COMPLETED: batch_completed(1).body,
        Kind.INTENT: intent(1).body,
        Kind.REPLY: reply(1).body,
        Kind.CALL_FAILED: call_failed(1, certain=True).body,
        Kind.OUTCOME: outcome("a").body,
        Kind.SESSION_ENDED: {"reason": "completed"},
        Kind.SESSION_RESUMED: {},
        Kind.SIGNAL: {"signal": "SIGTERM"},
        Kind.SETTING_CHANGED: {"name": "workers", "old": 1, "new": 2},
        Kind.CALL_RELEASED: {"document": "a", "model": "m", "reserved": 0.1},
        Kind.COST_ALERT: {"percent": 50, "spent": 5.0, "cap": 10.0, "currency": "USD"},
    }
    session = Session()
    session.apply(Entry(1, 1, TIME, Record(kind, bodies[kind]), Position(1, 0, 10)))

    assert session.last_sequence == 1


def test_values_of_a_run_and_json_of_a_replay_fold_alike():
    """A body is a value of ours while running and a dict afterwards; the session is the same."""
    records = [started(), batch_started(1, "a", "b"), outcome("a", Status.FAILED), outcome("b")]
    replayed = [Record(r.kind, orjson.loads(orjson.dumps(r.body)), r.key) for r in records]
    first, second = session_of(*records), session_of(*replayed)

    assert list(first.errors) == list(second.errors)
    assert vars(first.documents) == vars(second.documents)
    assert len(entries(records)) == second.last_sequence
