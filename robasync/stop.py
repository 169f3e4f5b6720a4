"""Why and how hard a run is to end. One value that signals, the budget and the disk share."""

from __future__ import annotations

import anyio

from robasync.errors import BudgetReached, RobasyncError


class Stop:
    """A run's wish to end: first *requested* (drain), then *urgent* (at once).

    It is *limited* unless the budget is all that ends it: then what is under way may take its time.

    Create it inside the event loop; call its methods from there only.
    """

    def __init__(self) -> None:
        self.requested = anyio.Event()
        self.limited = anyio.Event()
        self.urgent = anyio.Event()
        self.reason: RobasyncError | None = None

    def request(self, reason: RobasyncError | None = None) -> None:
        """Ask the run to drain; ``reason`` is None for a signal, and the first one counts."""
        if not isinstance(reason, BudgetReached):
            self.limited.set()

        if not self.requested.is_set():
            self.reason = reason
            self.requested.set()

    def hurry(self) -> None:
        """Ask the run to end its calls in flight at once."""
        self.request()
        self.urgent.set()
