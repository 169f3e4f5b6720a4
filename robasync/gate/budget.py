"""The cap on cost: money spent plus money reserved never exceeds it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import anyio

from robasync import cost
from robasync.errors import BudgetReached


class Budget:
    """The account of one run, in units of ``cost``; ``cap`` None means no cap.

    Always ``spent + reserved <= cap``, provided that no call costs more than it reserved.
    ``spent`` is what settled calls cost; ``uncertain`` what calls reserved whose end nobody
    knows; both begin with the sums of the session that is continued.
    """

    def __init__(self, cap: int | None = None, *, spent: int = 0, uncertain: int = 0) -> None:
        self.cap = cap
        self.spent = spent
        self.uncertain = uncertain
        self._open = 0
        self._freed = anyio.Event()

    @property
    def reserved(self) -> int:
        """What calls under way and uncertain calls may still cost."""
        return self._open + self.uncertain

    def reserve(self, worst: int) -> Reservation:
        """Return a context inside of which ``worst`` units are held back for one call.

        Entering it waits while calls under way may yet leave enough, and raises
        BudgetReached when even their full refund would not. What is still open at the end
        is refunded.
        """
        return Reservation(self, worst)

    async def hold(self, worst: int) -> None:
        """Hold ``worst`` units back as soon as they fit; only ``Reservation`` calls this."""
        while not self._fits(self.spent + self.reserved + worst):
            if not self._fits(self.spent + self.uncertain + worst):
                raise BudgetReached(self._refusal(worst))

            await self._freed.wait()

        self._open += worst

    def release(self, amount: int, *, spent: int, uncertain: int) -> None:
        """End an open reservation of ``amount``; only its ``Reservation`` calls this."""
        self._open -= amount
        self.spent += spent
        self.uncertain += uncertain
        self._wake()

    def _fits(self, total: int) -> bool:
        return self.cap is None or total <= self.cap

    def _wake(self) -> None:
        if self.cap is not None:
            self._freed.set()
            self._freed = anyio.Event()

    def _refusal(self, worst: int) -> str:
        assert self.cap is not None

        return (
            f"The next call might exceed the cap of {cost.number(self.cap):.4f}: "
            f"{cost.number(self.spent):.4f} spent, "
            f"{cost.number(self.uncertain):.4f} uncertain, the next call may cost {cost.number(worst):.4f}; "
            "raise cost_tracking.max_cost_threshold and resume."
        )


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
        await self._budget.hold(self.amount)
        self._open = True

        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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
