"""What a run says as it goes, in the guide's words."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

from robasync.model import Status
from robasync.records import Entry, Kind

log = logging.getLogger(__name__)

QUIET_SECONDS = 10.0  # between two lines about checkpoints that nobody asked for
_COMPLETED = re.compile(r"batch (\d+) completed")


class Narrator:
    """Turns durable records and saved checkpoints into log lines."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = 0.0

    def observe(self, entry: Entry) -> None:
        """Say what a record means to the people at the screen, if anything."""
        if entry.record.kind is not Kind.OUTCOME:
            return

        outcome = entry.record.body

        if outcome.status is Status.FAILED:
            log.warning("Failed: %s", outcome.failure.message)
        elif outcome.status is Status.REFUSED:
            log.info("Refused: %s: %s", outcome.document, outcome.refusal.message)
        else:
            log.debug("Assessed: %s", outcome.document)

    def saved(self, path: Path, reason: str) -> None:
        """Say that a checkpoint was written, and why; not more often than people can read."""
        completed = _COMPLETED.findall(reason)

        for number in completed:
            log.info("Batch %s completed, checkpoint updated", number)

        if not completed and self._clock() >= self._next:
            self._next = self._clock() + QUIET_SECONDS
            log.info("Checkpoint created: %s", path.name)
        else:
            log.debug("Checkpoint written: %s (%s)", path.name, reason)

    def failed(self, error: Exception) -> None:
        """Say that a checkpoint could not be written; the journal holds everything."""
        log.warning("Checkpoint not written: %s. No answer is lost: the journal holds them.", error)
