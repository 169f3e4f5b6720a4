"""An attempt interrupted at every step of the event loop: no reply lost, no cent astray."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import anyio
import pytest
from anyio.lowlevel import checkpoint

from robasync import cost
from robasync.errors import ConnectionLost, RateLimited, Stopped
from robasync.gate.bucket import Bucket
from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.limits import Limits
from robasync.gate.retry import Policy
from robasync.gate.sending import Lane
from robasync.model import Prompt
from robasync.providers.scripted import Scripted
from robasync.records import Kind
from tests.memory_store import MemoryJournal, MemoryReplies

PROMPT = Prompt(system="Be exact.", document="A trial.", questions="Random?", schema=b"{}", max_tokens=64)
PRICE = cost.Price(input=Decimal(3), output=Decimal(9))
STEPS = 60  # more than any script below takes


class Slow(Scripted):
    """Takes several steps for an attempt and counts the replies that it handed over."""

    def __init__(self, script, journal):
        super().__init__(script)
        self.journal = journal
        self.started = 0
        self.delivered = 0

    async def complete(self, prompt: Prompt) -> bytes:
        asked = [record for record in self.journal.durable if record.kind is Kind.INTENT]
        self.started += 1
        assert len(asked) == self.started, "sent without a durable intent"
        await checkpoint()
        await checkpoint()
        raw = await super().complete(prompt)
        self.delivered += 1

        return raw


class Run:
    """One ask on its own desk, with the clock of its rates standing still."""

    def __init__(self, script, replies=None):
        self.replies = replies or MemoryReplies()
        self.journal = MemoryJournal(self.replies)
        self.provider = Slow(script, self.journal)
        self.budget = Budget(10**9)
        self.limits = Limits(
            max_concurrency=1, requests_per_minute=6000, tokens_per_minute=6_000_000, clock=lambda: 0.0
        )
        self.lane = Lane(self.provider, limits=self.limits)
        self.gate = Gate(
            [self.lane],
            self.journal,
            replies=self.replies,
            session="own",
            budget=self.budget,
            price=PRICE,
            policy=Policy(first_pause=0.0),
        )
        self.answer = None
        self.ended = False
        self.scope = anyio.CancelScope()

    async def ask(self) -> None:
        with self.scope, suppress(Stopped):
            self.answer = await self.gate.ask(PROMPT, document="a.pdf", parse=lambda reply: reply.text)
        self.ended = True

    async def interrupted(self, step: int, how: str) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.ask)
            for _ in range(step):
                await checkpoint()
            if how != "cancel":
                self.gate.close()
            self.scope.cancel()
            if how == "stop at once":
                self.gate.stop_calls()
            if how == "stop later":
                for _ in range(3):
                    await checkpoint()
                self.gate.stop_calls()

    def check(self) -> None:
        """Hold the books against each other."""
        intents = {r.key: cost.units(r.body["reserved"]) for r in self.journal.of(Kind.INTENT)}
        replies = {r.key: cost.units(r.body["cost"]) for r in self.journal.of(Kind.REPLY)}
        failed = {r.key for r in self.journal.of(Kind.CALL_FAILED) if r.body["certain"]}
        uncertain = sum(worst for key, worst in intents.items() if key not in replies and key not in failed)

        assert len(replies) == self.provider.delivered, "a reply that arrived is not in the journal"
        assert self.budget.spent == sum(replies.values())
        assert self.budget.reserved == self.budget.uncertain == uncertain
        assert self.limits.standing.in_flight == 0
        assert self.taken() == pytest.approx(self.provider.started, abs=1e-6)

    def taken(self) -> float:
        """Return how many requests the rates count as made."""
        return self.bucket.most - self.bucket.level

    @property
    def bucket(self) -> Bucket:
        return self.limits._buckets["requests_per_minute"]


SCRIPTS = {
    "answer": lambda: [b"yes"],
    "retry": lambda: [ConnectionLost("gone"), RateLimited("slow", retry_after=0.0), b"yes"],
}


@pytest.mark.parametrize("how", ["cancel", "drain", "stop at once", "stop later"])
@pytest.mark.parametrize("script", SCRIPTS)
async def test_interrupted_at_every_step(script, how):
    """Wherever an ask is interrupted, books agree, and a resume asks only what has no reply."""
    answered = set()
    for step in range(STEPS):
        run = Run(SCRIPTS[script]())
        with anyio.fail_after(5):
            await run.interrupted(step, how)
        assert run.ended
        run.check()
        await resume(run)
        answered.add(run.answer)

    assert answered == {None, "yes"}, "the interruptions did not cover begin and end"


async def resume(run: Run) -> None:
    """Continue on what the journal holds; a recorded reply is never bought again."""
    run.journal.commit()
    replied = bool(run.journal.of(Kind.REPLY))
    again = Run([b"yes"], replies=run.replies)
    await again.ask()
    assert again.answer == "yes"
    assert again.provider.calls == (0 if replied else 1)


@pytest.mark.parametrize("step", range(12))
async def test_call_in_flight_survives_the_stop_of_the_feed(step):
    """Once sending began, cancelling the document does not end the call; its reply is recorded."""
    run = Run([b"yes"])
    sending = False
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run.ask)
        for _ in range(step):
            await checkpoint()
        sending = bool(run.gate.in_flight)
        run.scope.cancel()

    assert not sending or run.provider.delivered == 1


async def test_document_cancelled_while_its_intent_is_written_is_not_sent():
    """An intent that is durable when its document is already cancelled is taken back, unsent."""
    run = Run([b"yes"])
    run.journal.disk = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run.ask)
        while not run.journal.appended:
            await checkpoint()
        run.scope.cancel()
        run.journal.disk.set()

    run.check()
    assert run.provider.started == 0
    assert [record.kind for record in run.journal.appended] == [Kind.INTENT, Kind.CALL_FAILED]


async def test_end_of_grace_ends_calls_in_flight_as_uncertain():
    """``stop_calls`` ends a call that would never end; its money stays reserved."""

    class Hanging(Slow):
        async def complete(self, prompt: Prompt) -> bytes:
            self.started += 1
            await anyio.sleep_forever()
            raise AssertionError

    run = Run([])
    run.provider = run.lane.provider = Hanging([], run.journal)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run.ask)
            while not run.provider.started:
                await checkpoint()
            run.scope.cancel()
            await checkpoint()
            run.gate.stop_calls()

    run.check()
    assert [record.kind for record in run.journal.appended] == [Kind.INTENT]
    assert run.budget.uncertain > 0


async def test_waiting_for_rates_is_cancellable():
    """A wait for the rates ends with its document and takes nothing; nothing is written."""
    run = Run([b"yes"])
    run.bucket.take(10_000)
    before = run.bucket.level
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run.ask)
        for _ in range(10):
            await checkpoint()
        run.scope.cancel()

    assert (run.journal.appended, run.budget.reserved) == ([], 0)
    assert run.bucket.level == before


async def test_waiting_between_attempts_is_cancellable():
    """The pause before a retry ends with its document."""
    run = Run([RateLimited("slow", retry_after=60), b"yes"])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run.ask)
        while not run.journal.of(Kind.CALL_FAILED):
            await checkpoint()
        run.scope.cancel()

    run.check()
    assert run.provider.calls == 1
