"""The gate of calls: attempts that fail, replies that are no answer, and its closing."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest
from anyio.lowlevel import checkpoint

from robasync import cost
from robasync.errors import (
    BadKey,
    CallTimeout,
    ConnectionLost,
    RateLimited,
    ReplyLost,
    ReplyRefused,
    Stopped,
    UnparsableReply,
)
from robasync.gate.limits import Limits
from robasync.gate.retry import Policy
from robasync.model import Completion, Prompt
from robasync.providers.scripted import Scripted
from robasync.records import Kind, RecordedReply
from tests.desk import PROMPT, QUICK, Desk
from tests.memory_store import MemoryReplies


class Losing(MemoryReplies):
    """Replies of which one cannot be read."""

    def __init__(self, own: str, lost: str) -> None:
        super().__init__(own)
        self.lost = lost

    async def read(self, key: str) -> RecordedReply:
        """See ``Replies``."""
        if key == self.lost:
            raise ReplyLost("damaged")

        return await super().read(key)


async def test_transient_failures_are_retried_each_with_its_own_intent():
    """A failure that may pass is followed by an attempt with the next number and a new key."""
    desk = Desk([RateLimited("slow", retry_after=0.0), ConnectionLost("gone"), b"yes"])

    assert await desk.ask() == "yes"
    assert desk.kinds == ["intent", "call_failed", "intent", "call_failed", "intent", "reply"]
    assert [record.body["attempt"] for record in desk.journal.of(Kind.INTENT)] == [1, 2, 3]
    assert len({record.key for record in desk.journal.appended}) == 3


async def test_certain_failure_is_refunded_and_an_uncertain_one_is_kept():
    """A refused request frees its money; a lost connection leaves it reserved."""
    desk = Desk([RateLimited("slow", retry_after=0.0), ConnectionLost("gone"), b"yes"])
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
    desk = Desk([ConnectionLost(str(number)) for number in range(9)])
    with pytest.raises(ConnectionLost, match="2"):
        await desk.ask()

    assert desk.provider.calls == 3


async def test_being_too_fast_costs_no_attempt():
    """A document does not fail because others were faster: a refusal for the rate is no try of its own."""
    refusals = [RateLimited(str(number), retry_after=0.0) for number in range(2)]
    desk = Desk([*refusals, b"yes"], policy=replace(QUICK, attempts=1))

    assert await desk.ask() == "yes"
    assert desk.provider.calls == 3


async def test_a_quota_that_is_used_up_costs_attempts():
    """A server that wants to be left alone for longer than a run is patient is not over its rate."""
    desk = Desk([RateLimited("tomorrow", retry_after=86_400.0)], policy=replace(QUICK, attempts=1))
    with pytest.raises(RateLimited):
        await desk.ask()

    assert desk.provider.calls == 1


async def test_empty_reply_is_recorded_with_what_it_cost():
    """A reply that cannot even be read is in the books with the usage that it states."""
    desk = Desk([b" ", b"yes"])

    assert await desk.ask() == "yes"
    assert [record.body["cost"] for record in desk.journal.of(Kind.REPLY)] == [0.0035, 0.0035]


async def test_refusals_are_not_bought_again():
    """A model that declined would decline again."""

    def parse(_: Completion) -> str:
        raise ReplyRefused("no")

    desk = Desk([b"no"])
    with pytest.raises(ReplyRefused):
        await desk.ask(parse=parse)

    assert desk.kinds == ["intent", "reply"]


async def test_a_reply_that_was_lost_is_asked_for_once_more():
    """A damaged line in a journal costs its call, under the next attempt's key; the run goes on."""
    first = Desk([b"a damaged answer"])
    await first.ask()
    replies = Losing("own", first.journal.appended[-1].key)

    for record in first.journal.appended:
        replies.learn(record, "own")

    desk = Desk([b"an answer"], replies=replies)

    assert await desk.ask() == "an answer"
    assert desk.journal.appended[0].body["attempt"] == 2


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
