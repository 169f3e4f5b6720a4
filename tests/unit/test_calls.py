"""The gate of calls: order, records, reuse, single flight, keys."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import anyio
import pytest

from robasync import attempts
from robasync.errors import (
    BudgetReached,
)
from robasync.model import Usage
from robasync.providers.scripted import Scripted
from robasync.records import Kind
from tests.desk import PROMPT, Desk


async def test_intent_is_durable_before_anything_is_sent():
    """When the provider is called, the intent of that very attempt is on the disk."""
    seen = []

    def script(_):
        seen.append([record.key for record in desk.journal.durable if record.kind is Kind.INTENT])

        return b"yes"

    desk = Desk(script)

    assert await desk.ask() == "yes"
    assert seen == [[desk.journal.appended[0].key]]


async def test_reply_is_buffered_when_ask_returns():
    """The next record that the caller appends follows the reply without a wait between them."""
    desk = Desk([b"yes"])
    await desk.ask()

    assert desk.kinds == ["intent", "reply"]
    assert [record.kind for record in desk.journal.durable] == [Kind.INTENT]


async def test_records_carry_what_the_books_need():
    """Intent and reply name document, model, endpoint, reservation, attempt, usage and cost."""
    desk = Desk([b"yes"])
    await desk.ask()
    intent, reply = (record.body for record in desk.journal.appended)

    assert intent["document"] == "a.pdf"
    assert (intent["model"], intent["endpoint"], intent["attempt"]) == ("scripted", "scripted", 1)
    assert reply["usage"] == {"input_tokens": 1000, "output_tokens": 100, "cached_tokens": 0}
    assert reply["raw"] == b"yes"
    assert reply["cost"] == 0.0035
    assert intent["reserved"] > reply["cost"]
    assert (desk.budget.spent, desk.budget.reserved) == (3_500_000, 0)


async def test_unknown_price_reserves_nothing_and_costs_null():
    """Without a price the books say null, never 0."""
    desk = Desk([b"yes"], price=None)
    await desk.ask()

    assert desk.journal.appended[0].body["reserved"] is None
    assert desk.journal.appended[1].body["cost"] is None


async def test_reply_without_usage_costs_its_reservation():
    """A server that does not say what it used is charged at the worst case, never at 0."""
    desk = Desk(Scripted([b"yes"], usage=Usage()))
    await desk.ask()

    assert desk.journal.appended[1].body["cost"] == desk.journal.appended[0].body["reserved"]


async def test_recorded_reply_is_not_bought_again():
    """A second ask of the same prompt, in this process or the next, sends nothing."""
    first = Desk([b"yes"])
    await first.ask()
    assert await first.ask(document="copy.pdf") == "yes"

    first.journal.commit()
    second = Desk([], replies=first.replies)

    assert await second.ask() == "yes"
    assert (first.provider.calls, second.provider.calls, second.kinds) == (1, 0, [])


async def test_reply_of_another_session_is_copied_free():
    """It enters the own journal at cost 0 with its origin, and is read from there afterwards."""
    pilot = Desk([b"yes"], session="pilot")
    await pilot.ask()
    pilot.journal.commit()
    pilot.replies.own = "own"
    desk = Desk([], replies=pilot.replies)

    assert await desk.ask() == "yes"
    copy = desk.journal.appended[0].body
    assert (copy["from_session"], copy["cost"], copy["usage"]["input_tokens"]) == ("pilot", 0.0, 0)

    desk.journal.commit()
    await desk.ask()
    assert desk.kinds == ["reply"]


async def test_unanswered_intent_is_passed_over():
    """An attempt whose end nobody knows is never repeated under its own key."""
    desk = Desk([b"yes"])
    call = attempts.identify(PROMPT, document="a.pdf", endpoint="scripted", model="scripted")
    desk.replies.asked.add(call.attempt(1).key)
    await desk.ask()

    assert desk.journal.appended[0].body["attempt"] == 2


@pytest.mark.parametrize("committed", [False, True])
async def test_equal_prompts_in_flight_are_one_call(committed):
    """However many ask at once, and whether or not the reply is durable yet, one is sent."""
    desk = Desk([b"yes"])

    async def ask(name: str) -> None:
        answers.append(await desk.ask(document=name))
        if committed:
            desk.journal.commit()

    answers = []
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(ask, f"{number}.pdf")

    assert (answers, desk.provider.calls) == (["yes"] * 20, 1)
    assert not desk.gate._flights._landed


async def test_buffered_replies_are_forgotten_once_committed():
    """Memory holds only replies whose commit is still under way."""
    desk = Desk([b"yes"] * 50)
    for number in range(50):
        await desk.ask(replace(PROMPT, run=number))
        desk.journal.commit()

    assert len(desk.gate._buffered) <= 1


async def test_budget_holds():
    """An attempt that might exceed the cap is refused before anything is written."""
    desk = Desk([b"yes"], cap=1)
    with pytest.raises(BudgetReached):
        await desk.ask()

    assert desk.kinds == []


def test_keys_tell_every_field_apart():
    """Each field that the answer depends on changes the key; fields never run together."""
    base = {"document": "x.pdf", "endpoint": "openai http://a/v1", "model": "m"}
    changes = {
        "system": "S", "document": "D", "questions": "Q", "schema": b"[]", "temperature": 0.5,
        "max_tokens": 7, "run": 2,
    }  # fmt: skip
    calls = [attempts.identify(replace(PROMPT, **{name: value}), **base) for name, value in changes.items()]
    calls += [attempts.identify(PROMPT, **base | {name: "other"}) for name in ("endpoint", "model")]
    calls += [attempts.identify(PROMPT, **base)]
    shifted = replace(PROMPT, system=PROMPT.system + "A", document=PROMPT.document[1:])
    calls.append(attempts.identify(shifted, **base))
    every = {call.attempt(number).key for call in calls for number in (1, 2)}

    assert len(every) == 2 * len(calls)
    assert attempts.identify(PROMPT, **base | {"document": "y.pdf"}).digest == calls[-2].digest


def test_key_of_a_known_prompt_stays():
    """Keys outlive releases: a change here would buy every recorded answer again."""
    call = attempts.identify(PROMPT, document="a.pdf", endpoint="openai http://a/v1", model="m")
    parts = [
        b"openai http://a/v1",
        b"m",
        b"Be exact.",
        b"Random?",
        b"{}",
        b"0.0 4096 1",
        hashlib.sha256(b"A trial of 120 people.").digest(),
    ]
    digest = hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()

    assert call.digest == digest
    assert call.attempt(1).key == hashlib.sha256(digest + bytes(7) + b"\x01").hexdigest()
