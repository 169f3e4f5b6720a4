"""What share of the cap is spent: noted in the journal, once for each share and cap."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from robasync import cost
from robasync.records import Kind, Record

PERCENTS = (50, 80, 100)  # where the settings name no others


class Alerts:
    """Takes in what is spent of ``cap`` units, and notes when it passes one of ``percents`` of it.

    ``told`` is the highest percentage of this cap that the session was told of before. The cap
    counts as reached, 100, once a call was refused. ``note`` is given a record; whoever sees it
    on the disk tells people, so that a share is told once however often the run is killed.
    """

    def __init__(
        self,
        percents: Iterable[int],
        *,
        cap: int,
        currency: str,
        told: int = 0,
        note: Callable[[Record], object],
    ) -> None:
        self._due = sorted({percent for percent in percents if percent > told}, reverse=True)
        self._cap = cap
        self._currency = currency
        self._note = note

    def see(self, spent: int) -> None:
        """Take in what is spent; several shares that are passed at once are told as the highest."""
        passed = 0

        while self._due and spent * 100 >= self._due[-1] * self._cap:
            passed = self._due.pop()

        if passed:
            self._tell(passed, spent)

    def reached(self, spent: int) -> None:
        """Take in that a call was refused: no more of the cap can be spent."""
        if 100 in self._due:
            self._due.clear()
            self._tell(100, spent)

    def _tell(self, percent: int, spent: int) -> None:
        body = {
            "percent": percent,
            "spent": cost.number(spent),
            "cap": cost.number(self._cap),
            "currency": self._currency,
        }
        self._note(Record(Kind.COST_ALERT, body))
