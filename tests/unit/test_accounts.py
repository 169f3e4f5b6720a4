"""The accounts of a session: every table adds up to the same total, and that is what the session spent."""

from __future__ import annotations

import csv
import io
from itertools import count

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import cost
from robasync.accounts import EARLIER, Accounts, Columns, Line, Statement
from robasync.records import Entry, Kind, Position, Record
from robasync.reports import costs
from robasync.session import Session
from robasync.store.tracking import tracking

BY = costs.BY
amounts = st.none() | st.integers(0, 10**12).map(cost.number)
tokens = st.integers(0, 10**6)
calls = st.fixed_dictionaries(
    {
        "document": st.sampled_from(["a.txt", "b.txt", "c/d.txt"]),
        "model": st.sampled_from(["m1", "m2"]),
        "stage": st.sampled_from([None, "retry", "correction", "made up"]),
        "reserved": amounts,
        "end": st.sampled_from(["reply", "copy", "failed", "uncertain", "none"]),
        "cost": amounts,
        "usage": st.fixed_dictionaries(
            {"input_tokens": tokens, "output_tokens": tokens, "cached_tokens": tokens}
        ),
    }
)
earlier = st.none() | st.fixed_dictionaries(
    {
        "m1": st.builds(
            lambda units: {"cost": cost.number(units), "replies": 3, "input_tokens": 7},
            st.integers(0, 10**12),
        )
    }
)


def records(made, spent):
    """Yield the records of calls, each with its intent and its end."""
    yield Record(
        Kind.SESSION_STARTED, {"session_id": "s", "config": {}, **({"spent": spent} if spent else {})}
    )

    for number, call in enumerate(made):
        key, about = f"{number:064x}", {"document": call["document"], "model": call["model"]}
        stage = {"stage": call["stage"]} if call["stage"] else {}
        yield Record(Kind.INTENT, {**about, "reserved": call["reserved"], **stage}, key)

        if call["end"] == "reply":
            yield Record(Kind.REPLY, {**about, "usage": call["usage"], "cost": call["cost"], "raw": b""}, key)
        elif call["end"] == "copy":
            free = {"usage": {"input_tokens": 0, "output_tokens": 0}, "cost": 0.0, "from_session": "other"}
            yield Record(Kind.REPLY, {**about, **free, "raw": b""}, key)
        elif call["end"] in ("failed", "uncertain"):
            yield Record(Kind.CALL_FAILED, {**about, "certain": call["end"] == "failed"}, key)


def kept(made, spent=None):
    """Return a session of the calls, and its accounts."""
    session, accounts, sequence = Session(), Accounts(), count(1)

    for record in records(made, spent):
        number = next(sequence)
        entry = Entry(number, number, "2026-11-24T00:00:00.000000", record, Position(1, number, 1))
        session.apply(entry)
        accounts.see(session, entry)

    accounts.close(session)

    return session, accounts


def stated(session, accounts, **facts):
    return Statement(
        session=session.id,
        currency="EUR",
        accounts=accounts,
        names=session.documents.names,
        labels=[f"Study of {name}" for name in session.documents.names],
        prices={},
        uncertain=tuple(session.uncertain.values()),
        **facts,
    )


def added(lines):
    total = Line()

    for line in lines:
        total.add(line)

    return total


@given(st.lists(calls, max_size=40), earlier)
def test_rows_total_session_and_checkpoint_agree_to_a_billionth(made, spent):
    """Whatever happened to the calls, also those of a journal that is lost."""
    session, accounts = kept(made, spent)
    statement, total = stated(session, accounts), accounts.total

    for by in BY:
        assert added(line for _, line in statement.rows(by)) == total, by

    assert cost.number(total.cost) == session.spent == tracking(session)["total_cost"]
    assert total.uncertain == len(session.uncertain)
    assert cost.number(total.reserved) == session.reserved
    assert total.replies == sum(spend.replies for spend in session.spend.values())
    assert total.input_tokens == sum(spend.input_tokens for spend in session.spend.values())


@given(st.lists(calls, max_size=20), earlier)
def test_the_files_add_up_like_the_accounts(made, spent):
    """CSV to the last billionth, JSON as a number; both name the currency."""
    session, accounts = kept(made, spent)
    statement, total = stated(session, accounts), accounts.total
    file = io.StringIO()
    costs.table(file.write, statement, by="document")
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    facts = orjson.loads("".join(costs.pieces(statement)))

    assert sum(cost.units(row["cost"]) for row in rows) == total.cost
    assert sum(cost.units(row["uncertain cost"]) for row in rows) == total.reserved
    assert {row["currency"] for row in rows} <= {"EUR"}
    assert facts["total"] == costs.facts(total)
    assert sum(cost.units(row["cost"]) for row in facts["by_model"]) == cost.units(session.spent)
    assert len(facts["uncertain_calls"]) == total.uncertain


def call(**told):
    usage = {"input_tokens": 10, "output_tokens": 2, "cached_tokens": 4}
    plain = {"document": "a.txt", "model": "m1", "stage": None, "reserved": 0.5, "end": "reply", "cost": 0.25}

    return {**plain, "usage": usage, **told}


def test_a_retry_and_a_correction_have_lines_of_their_own():
    """What had to be asked again, or corrected, is told apart from what was asked first."""
    _, accounts = kept([call(), call(stage="retry", cost=0.5), call(stage="correction", cost=1.0)])

    assert {name: line.cost for name, line in accounts.stages.items()} == {
        "assess": cost.units(0.25),
        "retry": cost.units(0.5),
        "correction": cost.units(1),
    }


def test_a_copied_reply_costs_nothing_here():
    """It was paid in the session that it comes from; that it was used is told."""
    _, accounts = kept([call(), call(end="copy")])

    assert (accounts.total.reused, accounts.total.replies) == (1, 1)
    assert accounts.total.cost == cost.units(0.25)


def test_documents_come_in_the_order_of_the_journal_and_only_those_asked_about():
    """What was spent before a journal was lost comes last, under a name that says so."""
    session, accounts = kept([call(document="b.txt"), call(document="a.txt")], {"m1": {"cost": 1.0}})
    session.documents.slot("never asked.txt")

    assert [name for name, _ in stated(session, accounts).rows("document")] == ["b.txt", "a.txt", EARLIER]


def test_documents_of_one_study_are_one_row():
    """Article and supplement of a trial share a label."""
    session, accounts = kept([call(document="a.txt"), call(document="b.txt")])
    statement = stated(session, accounts)
    together = Statement(
        **{name: getattr(statement, name) for name in statement.__slots__} | {"labels": ["S", "S"]}
    )

    assert [(name, line.replies) for name, line in together.rows("study")] == [("S", 2)]


@pytest.mark.parametrize("body", [{"document": "a", "model": 3}, {"document": "a", "model": "m", "cost": -1}])
def test_a_forged_reply_is_refused_before_it_is_added(body):
    """What no call can have cost raises what the fold passes over, and the sums stay as they were."""
    session, accounts = kept([call()])
    usage = {"input_tokens": 1, "output_tokens": 1}
    record = Record(Kind.REPLY, {"cost": 1.0, "usage": usage, **body}, "0" * 64)
    before = accounts.total

    with pytest.raises((TypeError, ValueError)):
        session.apply(Entry(9, 9, "", record, Position(1, 9, 1)))

    assert accounts.total == before


def test_columns_hold_what_was_added():
    """Each slot by itself, whatever was added in which order; 72 bytes a slot."""
    columns = Columns()
    columns.add(3, Line(cost=5))
    columns.add(1, Line(cost=2, replies=1))
    columns.add(3, Line(cost=1))

    assert [columns[slot].cost for slot in range(len(columns))] == [0, 2, 0, 6]
    assert columns[1] == Line(cost=2, replies=1)


def test_checkpoints_can_do_without_models():
    """All models are one, so that a session begun anew from the checkpoint still counts what was spent."""
    session, _ = kept([call(), call(model="m2", cost=None)])
    by_model = tracking(session)
    session.config = {"cost_tracking": {"track_by_model": False}}
    together = tracking(session)

    assert by_model["cost_by_model"] == {"m1": 0.25, "m2": 0.0}
    assert together["cost_by_model"] == {"all models": 0.25}
    assert (together["token_usage"]["all models"]["replies"], together["total_cost"]) == (2, 0.25)
    assert tracking(Session())["cost_by_model"] == {}
