"""A session: the fold of its journal's records. No I/O; ``apply`` is the only way in.

It holds what is done, failed, refused, left and spent, and where in the journal it lies,
but no texts. One owner changes it in place; two sessions that applied the same records
are alike.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from robasync.books import Batch, LoggedError, Spend, StartedBatch, UncertainCall, check, compact, together
from robasync.model import Status
from robasync.records import Entry, Kind, Position
from robasync.states import DocumentStates, part

NEWEST_ERRORS = 1_000  # errors that are kept word for word
WORKERS = "workers"  # what may change while a run goes on, and holds as long as it does: no setting


class Session:
    """What a journal's records add up to."""

    def __init__(self) -> None:
        self.id = ""
        self.version = ""
        self.fingerprint = ""
        self.input_folder = ""
        self.output_folder = ""
        self.instrument = ""
        self.selection: Any = None
        self.config: dict[str, Any] = {}
        self.prices: dict[str, Any] = {}  # that it is reckoned with, by the server's name of the model
        self.consent: dict[str, Any] = {}  # to what it costs; {} where nobody was asked
        self.started = ""
        self.ended = ""  # the reason of the newest end, "" while it runs
        self.total = 0
        self.batch_size = 1
        self.workers = 0
        self.changes: list[str] = []
        self.uncertain: dict[str, UncertainCall] = {}
        self.released: dict[str, UncertainCall] = {}  # calls that were uncertain, and given up by name
        self.alert_cap = 0.0  # the cap of which a share was told last
        self.alert_percent = 0  # that share
        self.spend: dict[str, Spend] = {}
        self.errors: deque[LoggedError] = deque(maxlen=NEWEST_ERRORS)
        self.errors_total = 0
        self.last_sequence = 0
        self.last_position = Position(1, 0, 0)
        self.documents = DocumentStates()
        self.batch_list: list[Batch] = []
        self._batch_index: dict[int, int] = {}
        self._running: set[int] = set()  # batches that are not completed
        self.in_batches = 0  # documents that a batch was the first to name
        self._counts = dict.fromkeys(Status, 0)

    def apply(self, entry: Entry) -> None:
        """Take one durable record in, in journal order."""
        _APPLY[entry.record.kind](self, entry)
        self.last_sequence = entry.sequence
        self.last_position = entry.position

    @property
    def assessed(self) -> int:
        """How many documents have proposed judgements."""
        return self._counts[Status.ASSESSED]

    @property
    def refused(self) -> int:
        """How many documents the instrument does not cover."""
        return self._counts[Status.REFUSED]

    @property
    def failed(self) -> int:
        """How many documents failed, by their newest outcome."""
        return self._counts[Status.FAILED]

    @property
    def completed(self) -> int:
        """How many documents need no more work: assessed or refused."""
        return self.assessed + self.refused

    @property
    def left(self) -> int:
        """How many documents have no outcome yet."""
        return max(self.total - self.completed - self.failed, 0)

    @property
    def spent(self) -> float:
        """What all replies cost together, to a billionth of the currency."""
        return round(sum((spend.cost for spend in self.spend.values()), 0.0), 9)

    @property
    def reserved(self) -> float:
        """What the uncertain calls may have cost."""
        return together(self.uncertain.values())

    @property
    def given_up(self) -> float:
        """What the released calls may have cost, as far as no reply to them turned up."""
        return together(self.released.values())

    @property
    def batches(self) -> Iterator[StartedBatch]:
        """The batches that were started, in the order of their start."""
        names = self.documents.names

        for batch in self.batch_list:
            documents = [names[slot] for slot in batch.slots]
            yield StartedBatch(number=batch.number, documents=documents, is_completed=batch.is_completed)

    @property
    def current_batch(self) -> int:
        """The lowest batch that is not completed; the last one when all are."""
        after = next(reversed(self._batch_index), 0) + 1

        return min(self._running, default=min(after, max(self.total_batches, 1)))

    @property
    def total_batches(self) -> int:
        """How many batches there are and will be, as far as is known."""
        rest = max(self.total - self.in_batches, 0)

        return len(self.batch_list) + -(-rest // max(self.batch_size, 1))

    def recount(self) -> None:
        """Count anew what ``documents`` and ``batch_list`` say, after they were set from outside."""
        self._counts = {status: self.documents.count(status) for status in Status}
        self._batch_index = {batch.number: index for index, batch in enumerate(self.batch_list)}
        self._running = {batch.number for batch in self.batch_list if not batch.is_completed}

    def unbatched(self) -> list[str]:
        """Return the documents that no batch names: the record of their batch is damaged."""
        return self.documents.outside(batch.slots for batch in self.batch_list)

    def status(self, name: str) -> Status | None:
        """Return what became of the document, None while it is left."""
        return self.documents.status(name)

    def positions(self) -> Iterator[Position]:
        """Yield where each document's newest outcome lies, in input order."""
        return self.documents.positions()

    def _start(self, entry: Entry) -> None:
        body = entry.record.body
        self.id = body["session_id"]

        if spent := body.get("spent"):  # of records that were lost
            self.spend = {model: Spend(**counts) for model, counts in spent.items()}

        self.fingerprint = body.get("fingerprint", "")
        self.input_folder = body.get("input_folder", "")
        self.output_folder = body.get("output_folder", "")
        self.selection = body.get("selection")
        self.started = body.get("started", entry.time)
        self._take_settings(body)

    def _resume(self, entry: Entry) -> None:
        self.ended = ""

        if (reopened := entry.record.body.get("reopened")) is not None:
            self.documents.reopen(kept=reopened["except"])
            self.recount()

        if (moved := entry.record.body.get("moved")) is not None:  # new names have outcomes of their own
            self.documents.withdraw(moved)
            self.recount()

        self.changes.extend(entry.record.body.get("changes", ()))
        self._take_settings(entry.record.body)

    def _take_settings(self, body: Mapping[str, Any]) -> None:
        self.version = body.get("robasync", self.version)
        self.config = body.get("config", self.config)
        self.consent = body.get("consent", self.consent)
        self.prices = body.get("prices", self.prices)
        self.total = body.get("total", self.total)
        self.batch_size = body.get("batch_size", self.batch_size)
        self.workers = body.get("workers", self.workers)
        self.output_folder = body.get("output_folder", self.output_folder)
        self.instrument = body.get("instrument", self.instrument)
        self.fingerprint = body.get("fingerprint", self.fingerprint)

    def _end(self, entry: Entry) -> None:
        self.ended = entry.record.body["reason"]

    def _start_batch(self, entry: Entry) -> None:
        number, documents = entry.record.body["batch"], entry.record.body["documents"]

        if number in self._batch_index:
            return

        self.total = entry.record.body.get("total", self.total)  # of documents that came while it ran
        before = len(self.documents.names)
        slots = compact(array("I", [self.documents.slot(name) for name in documents]))
        self.in_batches += len(self.documents.names) - before
        self._batch_index[number] = len(self.batch_list)
        self._running.add(number)
        self.batch_list.append(Batch(number=number, slots=slots, started=entry.time))

    def _complete_batch(self, entry: Entry) -> None:
        index = self._batch_index.get(number := entry.record.body["batch"])

        if index is not None:
            self.batch_list[index] = replace(self.batch_list[index], completed=entry.time)
            self._running.discard(number)

    def _intend(self, entry: Entry) -> None:
        key, body = entry.record.key, entry.record.body
        check(body["document"] + body["model"], body["reserved"])
        self.uncertain[key] = UncertainCall(
            key=key,
            document=body["document"],
            model=body["model"],
            reserved=body["reserved"],
            time=entry.time,
        )

    def _answer(self, entry: Entry) -> None:
        body, usage = entry.record.body, entry.record.body["usage"]
        check(body["model"], body["cost"], *usage.values())
        self._settle(entry.record.key)

        if "from_session" in body:  # bought in another session, and counted there
            return

        spend = self.spend.setdefault(body["model"], Spend())
        spend.replies += 1
        spend.unpriced += body["cost"] is None
        spend.cost = round(spend.cost + (body["cost"] or 0.0), 9)  # so that a long sum does not drift
        spend.input_tokens += usage["input_tokens"]
        spend.output_tokens += usage["output_tokens"]
        spend.cached_tokens += usage.get("cached_tokens", 0)

    def _fail_call(self, entry: Entry) -> None:
        if entry.record.body["certain"]:
            self._settle(entry.record.key)

    def _settle(self, key: str) -> None:
        self.uncertain.pop(key, None)
        self.released.pop(key, None)

    def _release(self, entry: Entry) -> None:
        if (call := self.uncertain.pop(entry.record.key, None)) is not None:
            self.released[call.key] = call

    def _alert(self, entry: Entry) -> None:
        self.alert_cap, self.alert_percent = float(entry.record.body["cap"]), entry.record.body["percent"]

    def _conclude(self, entry: Entry) -> None:
        outcome = entry.record.body
        status = Status(part(outcome, "status"))
        before = self.documents.conclude(outcome, status, position=entry.position)
        self._counts[status] += 1

        if before is not None:
            self._counts[before] -= 1

        if status is Status.FAILED:
            self.errors_total += 1
            message = part(part(outcome, "failure"), "message")
            self.errors.append(LoggedError(part(outcome, "document"), message, entry.time))

    def _change(self, entry: Entry) -> None:
        body = entry.record.body
        self.changes.append(f"{body['name']}: {body['old']} -> {body['new']}")
        section, _, key = body["name"].partition(".")

        if isinstance(values := self.config.get(section), dict) and key in values:
            self.config = {**self.config, section: {**values, key: body["new"]}}
        elif body["name"] == WORKERS and type(body["new"]) is int:
            self.workers = body["new"]

    def _pass(self, entry: Entry) -> None:
        """Take in a record that changes nothing but the place in the journal."""


_APPLY: Mapping[Kind, Callable[[Session, Entry], None]] = {
    Kind.SESSION_STARTED: Session._start,  # noqa: SLF001 the table belongs to the class
    Kind.SESSION_RESUMED: Session._resume,  # noqa: SLF001
    Kind.SESSION_ENDED: Session._end,  # noqa: SLF001
    Kind.BATCH_STARTED: Session._start_batch,  # noqa: SLF001
    Kind.BATCH_COMPLETED: Session._complete_batch,  # noqa: SLF001
    Kind.INTENT: Session._intend,  # noqa: SLF001
    Kind.REPLY: Session._answer,  # noqa: SLF001
    Kind.CALL_FAILED: Session._fail_call,  # noqa: SLF001
    Kind.CALL_RELEASED: Session._release,  # noqa: SLF001
    Kind.COST_ALERT: Session._alert,  # noqa: SLF001
    Kind.OUTCOME: Session._conclude,  # noqa: SLF001
    Kind.SIGNAL: Session._pass,  # noqa: SLF001
    Kind.SETTING_CHANGED: Session._change,  # noqa: SLF001
}
