"""One attempt at a call, on one lane to the model: reserved, admitted, intended, sent, recorded, settled.

In this order, so that no attempt escapes the books: its intent is durable before anything is
sent, and its raw reply is in the journal's buffer before anybody reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio
from anyio import CancelScope
from anyio.lowlevel import checkpoint_if_cancelled

from robasync import cost
from robasync.errors import BudgetReached, CallTimeout, ProviderError, ReplyError, Stopped
from robasync.gate.breaker import Breaker
from robasync.gate.limits import Limits
from robasync.model import Usage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from robasync.attempts import Attempt, Call
    from robasync.errors import RateLimited
    from robasync.gate.budget import Budget, Reservation
    from robasync.gate.limits import Permit
    from robasync.model import Completion, Prompt
    from robasync.records import Record


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


class Lane:
    """An address of a model or a key of its own to it, with the rates and the breaker that go with it."""

    def __init__(
        self, provider: Provider, *, limits: Limits | None = None, breaker: Breaker | None = None
    ) -> None:
        self.provider = provider
        self.limits = limits or Limits()
        self.breaker = breaker or Breaker()
        self.calls = 0  # under way, those that wait for a rate included

    @property
    def load(self) -> tuple[bool, bool, float]:
        """How little a further call is wanted here: by what is wrong with it, then by how full it is."""
        breaker = self.breaker
        is_tried = breaker.is_down and self.calls > 0  # one call is enough to see whether it is back

        return breaker.is_open, is_tried or self.limits.is_resting, self.calls / (self.limits.width or 1)

    def is_spent(self, error: RateLimited) -> bool:
        """Whether more is wrong than haste: nothing is let through for longer than patience."""
        patience = self.breaker.patience_seconds

        return self.limits.refusing_for > patience or (error.retry_after or 0.0) > patience


class Sender:
    """Makes attempts, and keeps them in the books of one run.

    ``price`` None means that the price is unknown: nothing is reserved, the cost of a
    reply is null. ``timeout_seconds`` is for one attempt, from sending to the last byte.
    ``keep`` is called with key and raw reply as soon as the reply is in the journal's buffer.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        budget: Budget,
        price: cost.Price | None,
        timeout_seconds: float,
        keep: Callable[[str, bytes], None],
    ) -> None:
        self.closing = False
        self._journal = journal
        self._budget = budget
        self._price = price
        self._timeout_seconds = timeout_seconds
        self._keep = keep
        self._sending: set[CancelScope] = set()
        self._stopped = False

    @property
    def in_flight(self) -> int:
        """How many calls have been sent and not answered."""
        return len(self._sending)

    def stop(self) -> None:
        """End all calls in flight at once; their intents stay unsettled, hence uncertain."""
        self.closing = self._stopped = True
        for scope in self._sending:
            scope.cancel()

    async def send(self, attempt: Attempt, lane: Lane) -> Completion:
        """Make one attempt. Raises ProviderError, ReplyError, Stopped, BudgetReached, StorageError."""
        lane.calls += 1
        try:
            if not lane.breaker.is_down:
                return await self._attempt(attempt, lane)

            async with lane.breaker.trial():
                return await self._attempt(attempt, lane)
        finally:
            lane.calls -= 1

    async def _attempt(self, attempt: Attempt, lane: Lane) -> Completion:
        self._refuse_when_closing()
        call = attempt.call
        async with (
            self._budget.reserve(self._worst(call)) as reservation,
            lane.limits.admit(call.likely_tokens, call.prompt.max_tokens) as permit,
        ):
            self._refuse_when_closing()
            reservation.confirm()
            await self._intend(attempt, reservation)
            reservation.keep()
            permit.keep()
            raw = await self._answer(attempt, lane, reservation=reservation, permit=permit)

            return self._record(attempt, raw, lane, reservation=reservation, permit=permit)

    async def _intend(self, attempt: Attempt, reservation: Reservation) -> None:
        """Make the intent durable; one that will not be sent after all is taken back."""
        reserved = None if self._price is None else cost.number(reservation.amount)
        await self._journal.admission()
        durable = self._journal.append(attempt.intent(reserved))
        try:
            await durable
            await checkpoint_if_cancelled()
            self._refuse_when_closing()
            reservation.confirm()
        except (anyio.get_cancelled_exc_class(), Stopped, BudgetReached):
            self._journal.append(attempt.failed(Stopped("Stopped before it was sent."), certain=True))
            raise

    async def _answer(
        self, attempt: Attempt, lane: Lane, *, reservation: Reservation, permit: Permit
    ) -> bytes:
        """Send once and return the reply. From here to its record only ``stop`` ends the attempt."""
        deadline = anyio.current_time() + self._timeout_seconds
        with CancelScope(shield=True, deadline=deadline) as scope:
            self._sending.add(scope)
            try:
                return await lane.provider.complete(attempt.call.prompt)
            except ProviderError as error:
                self._fail(attempt, error, lane)
                permit.failed(error)
                if error.certain:
                    reservation.refund()

                raise
            finally:
                self._sending.discard(scope)

        raise self._ended(attempt, lane)

    def _ended(self, attempt: Attempt, lane: Lane) -> Stopped | CallTimeout:
        """Return why an attempt was ended: with the run, or by its own deadline."""
        if self._stopped:
            return Stopped(f"{attempt.call.document}: the call was ended with the run; resume continues it.")

        provider = lane.provider
        error = CallTimeout(
            f"{provider.model} at {provider.endpoint.split(' ')[-1]}: no complete reply within "
            f"{self._timeout_seconds:g} s; raise the model's timeout or lower max_concurrency."
        )
        self._fail(attempt, error, lane)

        return error

    def _fail(self, attempt: Attempt, error: ProviderError, lane: Lane) -> None:
        self._journal.append(attempt.failed(error, certain=error.certain))
        lane.breaker.failed(error, attempt.call.document)

    def _record(
        self, attempt: Attempt, raw: bytes, lane: Lane, *, reservation: Reservation, permit: Permit
    ) -> Completion:
        """Buffer the reply, whatever reading it brings, and settle. Does not await."""
        lane.breaker.answered()
        permit.answered()
        usage, has_text = None, False
        try:
            completion = lane.provider.read(raw)
            usage, has_text = completion.usage, True
        except ReplyError as error:
            usage = error.usage
            raise
        finally:
            spent = self._spent(usage or Usage(), reservation, has_text=has_text)
            amount = None if self._price is None else cost.number(spent)
            self._journal.append(attempt.reply(raw, usage=usage or Usage(), amount=amount))
            self._keep(attempt.key, raw)
            reservation.settle(spent)
            if usage is not None:
                permit.used(usage.input_tokens, usage.output_tokens)

        return completion

    def _worst(self, call: Call) -> int:
        if self._price is None:
            return 0

        return self._price.worst(input_tokens=call.most_tokens, output_tokens=call.prompt.max_tokens)

    def _spent(self, usage: Usage, reservation: Reservation, *, has_text: bool) -> int:
        """Return the cost in units; where the reply does not tell it all, no less than was reserved."""
        if self._price is None:
            return 0

        is_told = usage.input_tokens and (usage.output_tokens or not has_text)
        told = self._price.cost(usage)

        return told if is_told else max(told, reservation.amount)

    def _refuse_when_closing(self) -> None:
        if self.closing:
            raise Stopped("The run is shutting down; resume continues it.")
