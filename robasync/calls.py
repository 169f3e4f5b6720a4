"""The gate of calls: the only way to a model, so that no attempt escapes the books.

An attempt reserves its cost, waits for the rates, makes its intent durable, sends, puts
the raw reply into the journal's buffer and settles, in this order. Retries happen here and
nowhere else, each under a key and an intent of its own.
"""

from __future__ import annotations

import random
from itertools import count
from typing import TYPE_CHECKING, Protocol, TypeVar

import anyio
from anyio import CancelScope
from anyio.lowlevel import checkpoint_if_cancelled

from robasync import attempts, cost
from robasync.breaker import Breaker
from robasync.errors import CallTimeout, ProviderError, ReplyError, ReplyLost, ServerDown, Stopped
from robasync.flights import Flights
from robasync.model import Usage
from robasync.records import Standing
from robasync.retry import Policy, Retries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from robasync.attempts import Attempt, Call
    from robasync.budget import Budget, Reservation
    from robasync.limits import Limits, Permit
    from robasync.model import Completion, Prompt
    from robasync.records import Record, RecordedReply

T = TypeVar("T")


class Provider(Protocol):
    """One model at one endpoint. ``endpoint`` is kind and base URL and part of every key."""

    endpoint: str
    model: str

    async def complete(self, prompt: Prompt) -> bytes:
        """Make one attempt; return the raw reply body as it came. Raises ProviderError."""

    def read(self, raw: bytes) -> Completion:
        """Take the wire format off a reply, wherever it comes from. Pure. Raises ReplyError."""


class Journal(Protocol):
    """The only durable thing."""

    def append(self, *records: Record) -> Awaitable[None]:
        """Buffer the records, in order, before returning; awaiting the result waits for the disk.

        The wait is shielded from cancellation and raises StorageError.
        """

    def admission(self) -> Awaitable[None]:
        """Return a wait until the disk has space for one more call. Raises StorageError."""


class Replies(Protocol):
    """What all journals in reach know about call keys; learns of the own commits at once."""

    def standing(self, key: str) -> Standing:
        """Return what is known of ``key``; does no I/O."""

    async def read(self, key: str) -> RecordedReply:
        """Return the recorded reply, from the own journal where it is in several."""


class Gate:
    """The way to one provider. ``session`` is the id whose journal ``journal`` is.

    ``price`` None means that the price is unknown: nothing is reserved, the cost of a
    reply is null. ``timeout_seconds`` is for one attempt, from sending to the last byte.
    """

    def __init__(
        self,
        provider: Provider,
        journal: Journal,
        *,
        replies: Replies,
        session: str,
        budget: Budget,
        limits: Limits,
        breaker: Breaker | None = None,
        price: cost.Price | None = None,
        policy: Policy | None = None,
        timeout_seconds: float = 600.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.closing = False
        self._provider = provider
        self._journal = journal
        self._replies = replies
        self._session = session
        self._budget = budget
        self._limits = limits
        self._breaker = breaker or Breaker()
        self._price = price
        self._policy = policy or Policy()
        self._timeout_seconds = timeout_seconds
        self._chance = chance
        self._flights = Flights()
        self._buffered: dict[str, bytes] = {}
        self._sending: set[CancelScope] = set()
        self._stopped = False

    def close(self) -> None:
        """Let no new attempt, retry or correction begin; calls in flight go on."""
        self.closing = True
        self._breaker.close()

    def stop_calls(self) -> None:
        """End all calls in flight at once; their intents stay unsettled, hence uncertain."""
        self.close()
        self._stopped = True
        for scope in self._sending:
            scope.cancel()

    async def ask(self, prompt: Prompt, *, document: str, parse: Callable[[Completion], T]) -> T:
        """Return what ``parse`` makes of the first reply that it accepts.

        Replies in the journals come first; equal prompts in flight are one call. When it
        returns, the reply is in the journal's buffer, so that the next record lies in the
        same commit group or a later one. Raises ProviderError or ReplyError when the
        policy is exhausted, Stopped when the gate closes, BudgetReached, StorageError.
        """
        endpoint, model = self._provider.endpoint, self._provider.model
        call = attempts.identify(prompt, document=document, endpoint=endpoint, model=model)
        async with self._flights.alone(call.digest):
            return await self._walk(call, parse)

    async def _walk(self, call: Call, parse: Callable[[Completion], T]) -> T:
        retries = Retries(self._policy, self._chance)
        for number in count(1):
            attempt = call.attempt(number)
            standing = (
                Standing.ANSWERED if attempt.key in self._buffered else self._replies.standing(attempt.key)
            )
            if standing is Standing.ASKED:
                continue

            try:
                return parse(await self._reply(attempt, standing))
            except ReplyLost:
                continue
            except ReplyError as error:
                retries.after_reply(error)
            except ServerDown:
                raise
            except ProviderError as error:
                await self._pause(call, error, retries)

        raise AssertionError  # count() does not end

    async def _pause(self, call: Call, error: ProviderError, retries: Retries) -> None:
        """Return when the call may be attempted anew; raise ``error`` if it may not."""
        self._breaker.failed(error, call.document)

        if not (
            self._breaker.is_down and error.may_pass
        ):  # a server that is down is the breaker's to wait for
            await self._breaker.rest(retries.after_failure(error))

    async def _reply(self, attempt: Attempt, standing: Standing) -> Completion:
        if standing is Standing.UNKNOWN:
            return await (self._trial(attempt) if self._breaker.is_down else self._live(attempt))

        buffered = self._buffered.get(attempt.key)

        return await self._recorded(attempt) if buffered is None else self._provider.read(buffered)

    async def _recorded(self, attempt: Attempt) -> Completion:
        recorded = await self._replies.read(attempt.key)
        if recorded.session != self._session:
            self._journal.append(attempt.copied(recorded.raw, session=recorded.session))

        return self._provider.read(recorded.raw)

    async def _trial(self, attempt: Attempt) -> Completion:
        async with self._breaker.trial():
            return await self._live(attempt)

    async def _live(self, attempt: Attempt) -> Completion:
        self._refuse_when_closing()
        call = attempt.call
        async with (
            self._budget.reserve(self._worst(call)) as reservation,
            self._limits.admit(call.likely_tokens) as permit,
        ):
            self._refuse_when_closing()
            await self._intend(attempt, reservation)

            return await self._send(attempt, reservation, permit)

    async def _intend(self, attempt: Attempt, reservation: Reservation) -> None:
        """Make the intent durable; one that will not be sent after all is taken back."""
        reserved = None if self._price is None else cost.number(reservation.amount)
        await self._journal.admission()
        durable = self._journal.append(attempt.intent(reserved))
        try:
            await durable
            await checkpoint_if_cancelled()
            self._refuse_when_closing()
        except (anyio.get_cancelled_exc_class(), Stopped):
            self._journal.append(attempt.failed(Stopped("Stopped before it was sent."), certain=True))
            raise

    async def _send(self, attempt: Attempt, reservation: Reservation, permit: Permit) -> Completion:
        """Send once. From here to the reply's record only ``stop_calls`` ends the attempt."""
        reservation.keep()
        permit.keep()
        deadline = anyio.current_time() + self._timeout_seconds
        with CancelScope(shield=True, deadline=deadline) as scope:
            self._sending.add(scope)
            try:
                raw = await self._provider.complete(attempt.call.prompt)
            except ProviderError as error:
                self._journal.append(attempt.failed(error, certain=error.certain))
                if error.certain:
                    reservation.refund()
                    permit.used(0)

                raise
            finally:
                self._sending.discard(scope)

            return self._record(attempt, raw, reservation, permit)

        raise self._ended(attempt)

    def _ended(self, attempt: Attempt) -> Stopped | CallTimeout:
        """Return why an attempt was ended: with the run, or by its own deadline."""
        if self._stopped:
            return Stopped(f"{attempt.call.document}: the call was ended with the run; resume continues it.")

        provider = self._provider
        error = CallTimeout(
            f"{provider.model} at {provider.endpoint.split(' ')[-1]}: no complete reply within "
            f"{self._timeout_seconds:g} s; raise the model's timeout or lower max_concurrency."
        )
        self._journal.append(attempt.failed(error, certain=False))

        return error

    def _record(self, attempt: Attempt, raw: bytes, reservation: Reservation, permit: Permit) -> Completion:
        """Buffer the reply, whatever reading it brings, and settle. Does not await."""
        self._breaker.answered()
        usage = None
        try:
            completion = self._provider.read(raw)
            usage = completion.usage
        except ReplyError as error:
            usage = error.usage
            raise
        finally:
            spent = self._spent(usage, reservation)
            amount = None if self._price is None else cost.number(spent)
            self._journal.append(attempt.reply(raw, usage=usage or Usage(), amount=amount))
            self._remember(attempt.key, raw)
            reservation.settle(spent)
            if usage is not None:
                permit.used(usage.input_tokens + usage.output_tokens)

        return completion

    def _remember(self, key: str, raw: bytes) -> None:
        """Keep a reply at hand until its commit has made ``Replies`` know it."""
        self._buffered[key] = raw

        # Commits come in the order of appending, so the first one unknown ends the search.
        while self._buffered:
            oldest = next(iter(self._buffered))
            if self._replies.standing(oldest) is not Standing.ANSWERED:
                break

            del self._buffered[oldest]

    def _worst(self, call: Call) -> int:
        if self._price is None:
            return 0

        return self._price.worst(input_tokens=call.most_tokens, output_tokens=call.prompt.max_tokens)

    def _spent(self, usage: Usage | None, reservation: Reservation) -> int:
        """Return the cost in units; where the reply does not tell, all that was reserved."""
        if self._price is None:
            return 0

        return reservation.amount if usage in (None, Usage()) else self._price.cost(usage)

    def _refuse_when_closing(self) -> None:
        if self.closing:
            raise Stopped("The run is shutting down; resume continues it.")
