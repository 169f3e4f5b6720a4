"""The gate of calls: order, reuse, retries, single flight, closing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal

import anyio
import pytest
from anyio.lowlevel import checkpoint

from robasync import attempts, cost
from robasync.budget import Budget
from robasync.calls import Gate
from robasync.errors import (
    BadKey,
    BudgetReached,
    CallTimeout,
    ConnectionLost,
    RateLimited,
    ReplyRefused,
    Stopped,
    UnparsableReply,
)
from robasync.limits import Limits
from robasync.model import Completion, Kind, Prompt, Usage
from robasync.providers.scripted import Scripted
from robasync.retry import Policy
from tests.memory_store import MemoryJournal, MemoryReplies

PROMPT = Prompt(system="Be exact.", document="A trial of 120 people.", questions="Random?", schema=b"{}")
PRICE = cost.Price(input=Decimal("2.5"), output=Decimal(10), cached=Decimal("1.25"))
QUICK = Policy(attempts=3, first_pause=0.0)


class Desk:
    """A gate with all that it needs, in memory."""

    def __init__(self, script, *, replies=None, session="own", cap=None, price=PRICE, policy=QUICK, **gate):
        self.replies = replies or MemoryReplies(session)
        self.journal = MemoryJournal(self.replies, session)
        self.provider = script if hasattr(script, "complete") else Scripted(script)
        self.budget = Budget(cap)
        self.limits = gate.pop("limits", None) or Limits()
        self.gate = Gate(
            self.provider,
            self.journal,
            replies=self.replies,
            session=session,
            budget=self.budget,
            limits=self.limits,
            price=price,
            policy=policy,
            **gate,
        )

    async def ask(self, prompt=PROMPT, parse=lambda completion: completion.text, document="a.pdf"):
        return await self.gate.ask(prompt, document=document, parse=parse)

    @property
    def kinds(self):
        return [record.kind.value for record in self.journal.appended]


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


async def test_transient_failures_are_retried_each_with_its_own_intent():
    """A failure that may pass is followed by an attempt with the next number and a new key."""
    desk = Desk([RateLimited("slow"), ConnectionLost("gone"), b"yes"])

    assert await desk.ask() == "yes"
    assert desk.kinds == ["intent", "call_failed", "intent", "call_failed", "intent", "reply"]
    assert [record.body["attempt"] for record in desk.journal.of(Kind.INTENT)] == [1, 2, 3]
    assert len({record.key for record in desk.journal.appended}) == 3


async def test_certain_failure_is_refunded_and_an_uncertain_one_is_kept():
    """A refused request frees its money; a lost connection leaves it reserved."""
    desk = Desk([RateLimited("slow"), ConnectionLost("gone"), b"yes"])
    await desk.ask()
    reserved = cost.units(desk.journal.appended[0].body["reserved"])
    failed = desk.journal.of(Kind.CALL_FAILED)

    assert [record.body["certain"] for record in failed] == [True, False]
    assert [record.body["error"] for record in failed] == ["RateLimited", "ConnectionLost"]
    assert (desk.budget.uncertain, desk.budget.reserved) == (reserved, reserved)


async def test_final_failures_are_not_repeated():
    """A bad key is asked once."""
    desk = Desk([BadKey("no")])
    with pytest.raises(BadKey):
        await desk.ask()

    assert desk.kinds == ["intent", "call_failed"]


async def test_attempts_are_capped():
    """After the policy's attempts the last error is the answer."""
    desk = Desk([RateLimited(str(number)) for number in range(9)])
    with pytest.raises(RateLimited, match="2"):
        await desk.ask()

    assert desk.provider.calls == 3


async def test_rejected_reply_is_recorded_spent_and_bought_once_more():
    """A reply that is no answer is paid for; the next attempt has its own number."""
    desk = Desk([b"garbage", b"yes"])

    def parse(completion: Completion) -> str:
        if completion.text == "garbage":
            raise UnparsableReply("not JSON")

        return completion.text

    assert await desk.ask(parse=parse) == "yes"
    assert desk.kinds == ["intent", "reply", "intent", "reply"]
    assert desk.budget.spent == 7_000_000


async def test_recorded_rejections_count():
    """Resuming does not buy a third reply where two in the journal were no answer."""

    def parse(_: Completion) -> str:
        raise UnparsableReply("not JSON")

    desk = Desk([b"one", b"two"])
    for _ in range(2):
        with pytest.raises(UnparsableReply):
            await desk.ask(parse=parse)

    assert desk.provider.calls == 2


async def test_refusals_are_not_bought_again():
    """A model that declined would decline again."""

    def parse(_: Completion) -> str:
        raise ReplyRefused("no")

    desk = Desk([b"no"])
    with pytest.raises(ReplyRefused):
        await desk.ask(parse=parse)

    assert desk.kinds == ["intent", "reply"]


async def test_better_parser_reads_old_replies_free():
    """A reply that was rejected is read again before anything is sent."""

    def strict(_: Completion) -> str:
        raise UnparsableReply("not JSON")

    desk = Desk([b"one", b"two"])
    with pytest.raises(UnparsableReply):
        await desk.ask(parse=strict)

    assert await desk.ask() == "one"
    assert desk.provider.calls == 2


async def test_reply_survives_a_fault_in_reading_it():
    """A bug in ``read`` costs no paid reply: it is in the journal before the bug surfaces."""

    class Faulty(Scripted):
        def read(self, raw: bytes) -> Completion:
            raise KeyError("choices")

    desk = Desk(Faulty([b"yes"]))
    with pytest.raises(KeyError):
        await desk.ask()

    assert desk.journal.of(Kind.REPLY)[0].body["raw"] == b"yes"
    assert desk.budget.reserved == 0


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
    assert not desk.gate._flights._flights


async def test_buffered_replies_are_forgotten_once_committed():
    """Memory holds only replies whose commit is still under way."""
    desk = Desk([b"yes"] * 50)
    for number in range(50):
        await desk.ask(replace(PROMPT, run=number))
        desk.journal.commit()

    assert len(desk.gate._buffered) <= 1


async def test_timeout_is_an_uncertain_failure():
    """An attempt that takes too long is ended by the gate and may have been billed."""

    class Hanging(Scripted):
        async def complete(self, prompt: Prompt) -> bytes:
            await anyio.sleep_forever()
            raise AssertionError

    desk = Desk(Hanging([]), timeout_seconds=0.01, policy=Policy(attempts=1))
    with pytest.raises(CallTimeout, match="scripted at scripted"):
        await desk.ask()

    assert desk.journal.of(Kind.CALL_FAILED)[0].body["certain"] is False


async def test_closed_gate_begins_nothing_but_still_reads():
    """After ``close`` recorded replies are served and a new attempt raises Stopped."""
    desk = Desk([b"yes"])
    await desk.ask()
    desk.gate.close()

    assert await desk.ask() == "yes"
    with pytest.raises(Stopped):
        await desk.ask(replace(PROMPT, run=2))

    assert desk.kinds == ["intent", "reply"]


async def test_closing_ends_retries():
    """A failure after ``close`` is not followed by another attempt."""

    def script(_: Prompt) -> Exception:
        desk.gate.close()

        return RateLimited("slow")

    desk = Desk(script)
    with pytest.raises(Stopped):
        await desk.ask()

    assert desk.kinds == ["intent", "call_failed"]


async def test_closing_while_the_intent_is_written_sends_nothing():
    """An intent that became durable too late is taken back, and its money with it."""
    desk = Desk([b"yes"])
    desk.journal.disk = anyio.Event()

    async def ask() -> None:
        with pytest.raises(Stopped):
            await desk.ask()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await checkpoint()
        desk.gate.close()
        desk.journal.disk.set()

    assert (desk.kinds, desk.provider.calls) == (["intent", "call_failed"], 0)
    assert desk.budget.reserved == 0


async def test_closing_while_waiting_for_a_slot_writes_nothing():
    """Whoever gets a slot after ``close`` leaves without an intent."""
    desk = Desk([b"yes"], limits=Limits(max_concurrency=1))

    async def ask() -> None:
        with pytest.raises(Stopped):
            await desk.ask()

    async with anyio.create_task_group() as tasks, desk.limits.admit(1):
        tasks.start_soon(ask)
        await checkpoint()
        desk.gate.close()

    assert (desk.kinds, desk.budget.reserved) == ([], 0)


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
        b"A trial of 120 people.",
        b"Random?",
        b"{}",
        b"0.0 4096 1",
    ]
    digest = hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()

    assert call.digest == digest
    assert call.attempt(1).key == hashlib.sha256(digest + bytes(7) + b"\x01").hexdigest()
