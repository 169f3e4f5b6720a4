"""The cap on cost: money spent plus money reserved never exceeds it.

Calls near the cap wait in line, first come first served: a cheap call does not overtake a dear
one, which would else wait for ever. Who is at the head is admitted as soon as it fits, and
refused as soon as the end of all calls under way could not make room for it; so nobody waits
while nothing is under way, and each end of a call looks at the head of the line only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import anyio

from robasync import cost
from robasync.errors import BudgetReached

_PARTS = 1_000  # of what is held back for a call, in which it is raised


class Watch(Protocol):
    """Who is told how far the cap is used up, in units."""

    def see(self, spent: int) -> None:
        """Take in what is spent."""

    def reached(self, spent: int) -> None:
        """Take in that a call was refused, with so much spent."""


class Budget:
    """The account of one run, in units of ``cost``; ``cap`` None means no cap. Lives in the event loop.

    ``spent`` is what settled calls cost; ``uncertain`` what calls reserved whose end nobody knows;
    both begin with the sums of the session that is continued. Always ``spent + reserved <= cap``, as
    long as no call costs more than it reserved and ``cap`` is not below what they begin with. One
    that does is counted as it is: ``say`` is called with a line for people, once; from then on so much
    more is held back for each call; no call is admitted while the cap is passed. ``watch`` sees what
    is spent whenever that grew, and that the cap is reached when a call is refused.
    """

    def __init__(
        self,
        cap: int | None = None,
        *,
        spent: int = 0,
        uncertain: int = 0,
        say: Callable[[str], None] = lambda line: None,
        watch: Watch | None = None,
    ) -> None:
        self.cap = cap
        self.spent = spent
        self.uncertain = uncertain
        self._say = say
        self._watch = watch
        self._open = 0
        self._raised = _PARTS
        self._line: deque[_Waiting] = deque()

    @property
    def reserved(self) -> int:
        """What calls under way and uncertain calls may still cost."""
        return self._open + self.uncertain

    def reserve(self, worst: int) -> Reservation:
        """Return a context inside of which ``worst`` units are held back for one call.

        Entering it waits in line while calls under way may yet leave enough, and raises
        BudgetReached when even their full refund would not. What is still open at the end
        is refunded.
        """
        return Reservation(self, worst)

    async def hold(self, worst: int) -> int:
        """Hold ``worst`` units back, or more, as soon as they fit; only ``Reservation`` calls this."""
        if self.cap is None:
            self._open += worst

            return worst

        waiting = _Waiting(worst)
        self._line.append(waiting)
        self._serve()

        if not waiting.is_served:
            await self._wait(waiting)

        if waiting.held is None:
            raise self._refused(self._due(worst))

        return waiting.held

    def change(self, cap: int, *, watch: Watch) -> None:
        """Go by another cap from now on; who waits is admitted or refused by it."""
        self.cap = cap
        self._watch = watch
        self._serve()

    def release(self, amount: int, *, spent: int, uncertain: int) -> None:
        """End an open reservation of ``amount``; only its ``Reservation`` calls this."""
        self._open -= amount
        self.spent += spent
        self.uncertain += uncertain

        if spent > amount:
            self._overrun(amount, spent)

        if spent and self._watch is not None:
            self._watch.see(self.spent)

        self._serve()

    def confirm(self, amount: int) -> None:
        """Raise BudgetReached where the cap is passed although ``amount`` was held back before."""
        if not self._fits(self.spent + self.reserved):
            raise self._refused(amount)

    async def _wait(self, waiting: _Waiting) -> None:
        is_over = False

        try:
            await waiting.served.wait()
            is_over = True
        finally:
            if not is_over:
                self._leave(waiting)

    def _leave(self, waiting: _Waiting) -> None:
        """Take one who was cancelled out of the line, and give back what it was just given."""
        waiting.is_gone = True
        self._open -= waiting.held or 0
        self._serve()

    def _serve(self) -> None:
        """Admit or refuse from the head of the line on, as far as that can be decided."""
        while self._line:
            first = self._line[0]
            due = self._due(first.worst)

            if not first.is_gone:
                if self._fits(self.spent + self.reserved + due):
                    self._open += due
                    first.held = due
                elif self._fits(self.spent + self.uncertain + due):
                    return

                first.served.set()

            self._line.popleft()

    def _fits(self, total: int) -> bool:
        return self.cap is None or total <= self.cap

    def _due(self, worst: int) -> int:
        return -(-worst * self._raised // _PARTS)

    def _overrun(self, amount: int, spent: int) -> None:
        if self._raised == _PARTS:
            self._say(
                f"A reply cost {_words(spent)}, more than the {_words(amount)} that its length and "
                "max_tokens allow: the server counts tokens that were not asked for. It is counted as "
                "billed, and from now on so much more is held back for each call."
            )

        self._raised = max(-(-self._raised * spent // max(amount, 1)), self._raised + 1)

    def _refused(self, worst: int) -> BudgetReached:
        assert self.cap is not None

        if self._watch is not None:
            self._watch.reached(self.spent)

        gone = self.spent + self.reserved
        message = _refusal(self.cap, self.spent, self.reserved, next_call=worst)

        return BudgetReached(message, least=cost.number(gone + worst))


class _Waiting:
    """A place in the line. ``held`` is what it was admitted with, None while, or if, it was not."""

    __slots__ = ("held", "is_gone", "served", "worst")

    def __init__(self, worst: int) -> None:
        self.worst = worst
        self.held: int | None = None
        self.is_gone = False
        self.served = anyio.Event()

    @property
    def is_served(self) -> bool:
        """Whether its turn has come."""
        return self.served.is_set()


class Reservation:
    """The money held back for one call.

    Open -> ``keep`` (the call is being sent: it may cost all of it) -> ``settle`` or
    ``refund`` once its end is known. Without ``keep`` it is refunded when it closes.
    """

    __slots__ = ("_budget", "_kept", "_open", "amount")

    def __init__(self, budget: Budget, amount: int) -> None:
        self.amount = amount
        self._budget = budget
        self._open = False
        self._kept = False

    async def __aenter__(self) -> Self:
        self.amount = await self._budget.hold(self.amount)
        self._open = True

        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def confirm(self) -> None:
        """Raise BudgetReached where the cap was passed since: some call cost more than it reserved."""
        self._budget.confirm(self.amount)

    def keep(self) -> None:
        """Count the money as gone until ``settle`` or ``refund`` says otherwise."""
        self._kept = True

    def settle(self, spent: int) -> None:
        """Replace the reservation by what the call cost, in units."""
        self._end(spent=spent, uncertain=0)

    def refund(self) -> None:
        """Give the money back: the call cost nothing."""
        self._end(spent=0, uncertain=0)

    def close(self) -> None:
        """End the reservation: uncertain where it was kept, else refunded. Idempotent."""
        self._end(spent=0, uncertain=self.amount if self._kept else 0)

    def _end(self, *, spent: int, uncertain: int) -> None:
        if self._open:
            self._open = False
            self._budget.release(self.amount, spent=spent, uncertain=uncertain)


def _refusal(cap: int, spent: int, reserved: int, *, next_call: int) -> str:
    limit = f"the cap of {_words(cap)}"
    why = (
        f"{limit} is below what is gone already"
        if spent + reserved > cap
        else f"the next call may cost {_words(next_call)} and might exceed {limit}"
    )

    return (
        f"No more calls are made: {why} ({_words(spent)} spent, {_words(reserved)} reserved for calls "
        "without an end).\n"
        "Nothing is lost. To go on, raise cost_tracking.max_cost_threshold: robasync resume --max-cost AMOUNT"
    )


def _words(amount: int) -> str:
    number = cost.number(amount)

    return f"{number:.4f}" if number >= 0.001 or not number else f"{number:.2g}"
