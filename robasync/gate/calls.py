"""The gate of calls: the only way to a model, so that no attempt escapes the books.

A call is looked up in the journals first; what is not there is sent, by ``sending``. Retries
and corrections happen here and nowhere else, each under a key and an intent of its own.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Protocol, TypeVar

from robasync import attempts, cost
from robasync.correction import correction
from robasync.errors import (
    ContextTooLong,
    ProviderError,
    RateLimited,
    ReplyError,
    ReplyLost,
    ServerDown,
    UnparsableReply,
)
from robasync.gate.flights import Flights
from robasync.gate.retry import Policy, Retries
from robasync.gate.sending import Journal, Lane, Sender
from robasync.records import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from robasync.attempts import Attempt, Call
    from robasync.gate.budget import Budget
    from robasync.model import Completion, Prompt
    from robasync.records import RecordedReply

T = TypeVar("T")


class Replies(Protocol):
    """What all journals in reach know about call keys; learns of the own commits at once."""

    def standing(self, key: str) -> Standing:
        """Return what is known of ``key``; does no I/O."""

    async def read(self, key: str) -> RecordedReply:
        """Return the recorded reply, from the own journal where it is in several."""


class Gate:
    """The way to one model. ``session`` is the id whose journal ``journal`` is.

    ``lanes`` lead to the same model and are one endpoint, the first one's, as far as keys are
    concerned; each call takes the one with the most room. ``price`` and ``timeout_seconds``
    as for ``Sender``.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        journal: Journal,
        *,
        replies: Replies,
        session: str,
        budget: Budget,
        price: cost.Price | None = None,
        policy: Policy | None = None,
        timeout_seconds: float = 600.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.lanes = lanes
        self.budget = budget
        self._provider = lanes[0].provider
        self._journal = journal
        self._replies = replies
        self._session = session
        self._policy = policy or Policy()
        self._chance = chance
        self._flights = Flights()
        self._buffered: dict[str, bytes] = {}
        self._sender = Sender(
            journal, budget=budget, price=price, timeout_seconds=timeout_seconds, keep=self._remember
        )

    @property
    def closing(self) -> bool:
        """Whether no new attempt, retry or correction may begin."""
        return self._sender.closing

    @property
    def in_flight(self) -> int:
        """How many calls have been sent and not answered."""
        return self._sender.in_flight

    def close(self) -> None:
        """Let no new attempt, retry or correction begin; calls in flight go on."""
        self._sender.closing = True
        for lane in self.lanes:
            lane.breaker.close()

    def stop_calls(self) -> None:
        """End all calls in flight at once; their intents stay unsettled, hence uncertain."""
        self.close()
        self._sender.stop()

    async def ask(self, prompt: Prompt, *, document: str, parse: Callable[[Completion], T]) -> T:
        """Return what ``parse`` makes of the reply, or of the model's correction of it.

        Replies in the journals come first; equal prompts in flight are one call. A reply that
        ``parse`` rejects with UnparsableReply is corrected once, under a key of its own. When it
        returns, the reply is in the journal's buffer, so that the next record lies in the
        same commit group or a later one. Raises ProviderError or ReplyError when the
        policy is exhausted, Stopped when the gate closes, BudgetReached, StorageError.
        """
        call = self._call(prompt, document)
        async with self._flights.alone(call.digest):
            return await self._walk(call, parse)

    def _call(self, prompt: Prompt, document: str) -> Call:
        provider = self._provider

        return attempts.identify(prompt, document=document, endpoint=provider.endpoint, model=provider.model)

    async def _walk(self, call: Call, parse: Callable[[Completion], T]) -> T:
        completion = await self._completion(call, self._policy)
        try:
            return self._parsed(completion, parse)
        except UnparsableReply as error:
            rejection = error

        turn = correction(completion.text, fault=rejection.fault)
        corrected = self._call(replace(call.prompt, correction=turn), call.document)
        try:
            completion = await self._completion(corrected, replace(self._policy, replies=1))

            return self._parsed(completion, parse)
        except ContextTooLong:
            raise rejection from None  # no room for a second answer beside the first: no document's fault

    def _parsed(self, completion: Completion, parse: Callable[[Completion], T]) -> T:
        """Return what ``parse`` makes of it; an error of its says whose reply that was."""
        try:
            return parse(completion)
        except ReplyError as error:
            raise error.by(f"{self._provider.model} at {self._provider.endpoint.split(' ')[-1]}") from None

    async def _completion(self, call: Call, policy: Policy) -> Completion:
        """Return the first reply that can be read, recorded or bought."""
        retries = Retries(policy, self._chance)
        for number in count(1):
            attempt = call.attempt(number)
            standing = (
                Standing.ANSWERED if attempt.key in self._buffered else self._replies.standing(attempt.key)
            )
            if standing is Standing.ASKED:
                continue

            try:
                return await self._reply(attempt, standing)
            except ReplyLost:
                continue
            except ReplyError as error:
                retries.after_reply(error)
            except ProviderError as error:
                await self._pause(error, retries)

        raise AssertionError  # count() does not end

    async def _reply(self, attempt: Attempt, standing: Standing) -> Completion:
        if standing is Standing.UNKNOWN:
            return await self._sender.send(attempt, self._lane())

        buffered = self._buffered.get(attempt.key)

        return await self._recorded(attempt) if buffered is None else self._provider.read(buffered)

    async def _recorded(self, attempt: Attempt) -> Completion:
        recorded = await self._replies.read(attempt.key)
        if recorded.session != self._session:
            self._journal.append(attempt.copied(recorded.raw, session=recorded.session))

        return self._provider.read(recorded.raw)

    async def _pause(self, error: ProviderError, retries: Retries) -> None:
        """Return when the call may be attempted anew; raise ``error`` if it may not."""
        breaker = self._lane().breaker

        if isinstance(error, ServerDown) and breaker.is_open:
            raise error

        if breaker.is_down and error.may_pass:
            return  # a server that is down is the breaker's to wait for, and costs no attempt

        if isinstance(error, RateLimited) and not all(lane.is_spent(error) for lane in self.lanes):
            return  # a lane that is asked too fast slows down, and costs no attempt

        await breaker.rest(retries.after_failure(error))

    def _lane(self) -> Lane:
        return self.lanes[0] if len(self.lanes) == 1 else min(self.lanes, key=lambda lane: lane.load)

    def _remember(self, key: str, raw: bytes) -> None:
        """Keep a reply at hand until its commit has made ``Replies`` know it."""
        self._buffered[key] = raw

        # Commits come in the order of appending, so the first one unknown ends the search.
        while self._buffered:
            oldest = next(iter(self._buffered))
            if self._replies.standing(oldest) is not Standing.ANSWERED:
                break

            del self._buffered[oldest]
