"""What a run says as it goes, in the guide's words."""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from robasync.model import Failure, Status
from robasync.records import Entry, Kind
from robasync.service.progress import at_most
from robasync.trouble import Trouble, Unsaved

log = logging.getLogger(__name__)

FAILURES_IN_FULL = 20  # of one class; the tables hold them all
FAILURES_BETWEEN = 100  # between two lines about the same class after that
QUIET_SECONDS = 10.0  # between two lines about checkpoints that nobody asked for
ON_DEMAND = "SIGUSR1"  # the reason of a checkpoint that somebody asked for and waits to see
_COMPLETED = re.compile(r"batch (\d+) completed")


class Narrator:
    """Turns durable records and saved checkpoints into log lines."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = 0.0
        self._failures: Counter[str] = Counter()
        self._is_refused = False

    def observe(self, entry: Entry) -> None:
        """Say what a record means to the people at the screen, if anything."""
        if entry.record.kind is Kind.COST_ALERT:
            _alert(entry.record.body)

        if entry.record.kind is not Kind.OUTCOME:
            return

        outcome = entry.record.body

        if outcome.status is Status.FAILED:
            self._failure(outcome.document, outcome.failure)
        elif outcome.status is Status.REFUSED:
            log.info(
                "Refused: %s: %s",
                outcome.document,
                outcome.refusal.message,
                extra={"event": "refused", "document": outcome.document},
            )
        else:
            log.debug(
                "Assessed: %s", outcome.document, extra={"event": "assessed", "document": outcome.document}
            )

    def _failure(self, document: str, failure: Failure) -> None:
        self._failures[failure.error] += 1
        count = self._failures[failure.error]

        # A server that is down fails every document in the same words.
        if count <= FAILURES_IN_FULL or count % FAILURES_BETWEEN == 0:
            more = f" ({count} such failures so far)" if count > FAILURES_IN_FULL else ""
            named = (
                failure.message if failure.message.startswith(document) else f"{document}: {failure.message}"
            )
            log.warning(
                "Failed: %s%s",
                named,
                more,
                extra={
                    "event": "failed",
                    "document": document,
                    "error": failure.error,
                    "stage": failure.stage,
                },
            )

    def saved(self, path: Path, reason: str) -> None:
        """Say that a checkpoint was written, and why; not more often than people can read."""
        self._is_refused = False
        completed = _COMPLETED.findall(reason)

        for number in completed:
            log.info(
                "Batch %s completed, checkpoint updated",
                number,
                extra={"event": "batch_completed", "batch": int(number)},
            )

        if ON_DEMAND in reason or (not completed and self._clock() >= self._next):
            self._next = self._clock() + QUIET_SECONDS
            log.info(
                "Checkpoint created: %s", path.name, extra={"event": "checkpoint_created", "file": path.name}
            )
        else:
            log.debug(
                "Checkpoint written: %s (%s)",
                path.name,
                reason,
                extra={"event": "checkpoint_created", "file": path.name},
            )

    def failed(self, error: Exception) -> None:
        """Say that a checkpoint could not be written, once until one is; the journal holds everything."""
        level = logging.DEBUG if self._is_refused else logging.WARNING
        log.log(
            level,
            "Checkpoint not written: %s. No answer is lost: the journal holds them.",
            getattr(error, "strerror", None) or error,
            extra={"event": "checkpoint_not_written"},
        )
        self._is_refused = True

    def trouble(self, trouble: Trouble) -> None:
        """Say that the disk refuses, and what that means for the run."""
        words = str(trouble)
        log.warning(
            "%s. No new call is made; the run goes on by itself when there is space.",
            words[0].upper() + words[1:],
            extra={"event": "disk_refuses"},
        )

    def relief(self) -> None:
        """Say that the disk takes records again."""
        log.info("There is disk space again; the run goes on.", extra={"event": "disk_takes_again"})

    def unsaved(self, unsaved: Unsaved, *, currency: str) -> None:
        """Name every document of which an answer was bought and lost, if there is any."""
        if not unsaved.documents:
            return

        cost = at_most(unsaved.cost, currency)
        log.warning(
            "Not saved: %s, %s; resume asks for them again:",
            unsaved.count,
            cost,
            extra={"event": "answers_not_saved", "documents": len(unsaved.documents)},
        )

        for document in unsaved.documents:
            log.warning("  %s", document, extra={"event": "answer_not_saved", "document": document})


def _alert(body: Mapping[str, Any]) -> None:
    words = "The cap is reached" if body["percent"] == 100 else f"{body['percent']} % of the cap"
    log.warning(
        "%s: %.4f of %.4f %s are spent.",
        words,
        body["spent"],
        body["cap"],
        body["currency"],
        extra={
            "event": "cost_alert",
            "percent": body["percent"],
            "spent": body["spent"],
            "cap": body["cap"],
            "currency": body["currency"],
        },
    )
