"""When a checkpoint is due: decided here, from the records as they become durable, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from robasync.model import Outcome, Status
from robasync.records import Entry, Kind

LISTED = 20  # reasons that are named; of a burst the rest is counted


class Triggers:
    """Marks the checkpoint dirty, with the reason, for what the guide names as triggers.

    Every ``interval`` documents, when a batch starts or completes, on an error. Signals,
    memory pressure and the end of the run are the caller's to mark.
    """

    def __init__(
        self, mark: Callable[[str], None], *, interval: int, on_batch_complete: bool, on_error: bool
    ) -> None:
        self._mark = mark
        self._since = 0
        self.change(interval=interval, on_batch_complete=on_batch_complete, on_error=on_error)

    def change(self, *, interval: int, on_batch_complete: bool, on_error: bool) -> None:
        """Go by other rules from now on."""
        self._interval = interval
        self._on_batch_complete = on_batch_complete
        self._on_error = on_error

    def observe(self, entry: Entry) -> None:
        """Look at one durable record, in journal order."""
        kind = entry.record.kind

        if kind is Kind.OUTCOME:
            self._count(entry.record.body)
        elif kind is Kind.BATCH_STARTED:
            self._mark(f"batch {entry.record.body['batch']} starts")
        elif kind is Kind.BATCH_COMPLETED and self._on_batch_complete:
            self._mark(f"batch {entry.record.body['batch']} completed")

    def _count(self, outcome: Outcome) -> None:
        self._since += 1

        if outcome.status is Status.FAILED and self._on_error:
            self._mark(f"error in {outcome.document}")

        if self._since >= self._interval:
            self._since = 0
            self._mark(f"{self._interval} documents")


class Reasons:
    """Why the next checkpoint is due. However many there are, little is kept of them."""

    def __init__(self) -> None:
        self._listed: dict[str, None] = {}
        self._more = 0

    def __bool__(self) -> bool:
        return bool(self._listed)

    def add(self, reason: str) -> bool:
        """Take a reason in; return whether it is a new one that will be named."""
        if reason in self._listed:
            return False

        if len(self._listed) == LISTED:
            self._more += 1
            return False

        self._listed[reason] = None

        return True

    def take(self) -> str:
        """Return the reasons in words, and begin anew."""
        more = [f"{self._more} more"] if self._more else []
        words = ", ".join([*self._listed, *more])
        self._listed, self._more = {}, 0

        return words
