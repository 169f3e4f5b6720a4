"""The forecast of a run: which documents are done, free, or to be asked, and what that may cost. No I/O.

It is counted from the records that a rehearsal of the run makes: an intent is a call that would
be sent, with all that it would reserve; an outcome is a document that needs none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from robasync import cost
from robasync.books import Spend
from robasync.cost import Price
from robasync.detection import Work
from robasync.model import Outcome, Status
from robasync.records import Entry, Kind
from robasync.session import Session

MOST_NAMED = 100  # documents of one kind that are named with a reason; all are counted

Reasons = tuple[tuple[str, str], ...]
"""Names of documents, each with what failed."""


class Basis(StrEnum):
    """What the likely cost is reckoned from."""

    ANSWERS = "what this session's answers cost on average"
    PROMPTS = "the length of what would be sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What the calls cost, retries not counted: ``most`` is never below the bill without them.

    Both are None where the price is unknown.
    """

    likely: float | None
    most: float | None
    currency: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stays as it is, and the names behind it. Documents in ``work`` are not in the counts.

    ``reused`` were assessed or refused, ``kept`` failed and would fail again, some of them with
    their messages in ``kept_why``; ``missing`` vanished before they had an outcome.
    """

    reused: int
    kept: int
    kept_why: Reasons
    missing: int
    work: Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run would do with each document, at a moment, without doing it.

    ``rejudged`` documents have their answers, or need none; of each of ``asked`` something is
    asked, ``calls`` in all; ``failing`` would fail before anything is. ``session`` is "" for
    one that would be begun; ``left_of_cap`` is what may still be spent, None without a cap.
    """

    session: str
    standing: Standing
    rejudged: int
    asked: int
    failing: int
    failing_why: Reasons
    calls: int
    estimate: Estimate
    left_of_cap: float | None = None

    @property
    def total(self) -> int:
        """All documents, those included that vanished after they had an outcome."""
        return self.standing.reused + self.standing.kept + self.rejudged + self.asked + self.failing

    @property
    def may_reach_cap(self) -> bool:
        """Whether the run might stop at the cap before its end."""
        return self.left_of_cap is not None and (self.estimate.most or 0.0) > self.left_of_cap


class Tally:
    """Counts what a rehearsal makes of documents. Equal calls count once, as they are made once."""

    def __init__(self) -> None:
        self.calls = 0
        self.reserved: int | None = 0  # in units of cost; None once a call has no price
        self._asked = 0
        self._shared = 0
        self._keys: set[bytes] = set()
        self._open: dict[str, bool] = {}  # documents that calls were counted of; whether any was a new one
        self._outcomes: Counter[Status] = Counter()
        self._failing: list[tuple[str, str]] = []

    def observe(self, entries: Sequence[Entry]) -> None:
        """Take in what would have been recorded."""
        for entry in entries:
            if entry.record.kind is Kind.INTENT:
                self._call(bytes.fromhex(entry.record.key)[:16], entry.record.body)
            elif entry.record.kind is Kind.OUTCOME:
                self._outcome(entry.record.body)

    def left(self, document: str) -> None:
        """Take in that the document's calls are all counted, and some would be sent."""
        # The same bytes under another name are answered by the first one's replies.
        if self._open.pop(document, False):
            self._asked += 1
        else:
            self._shared += 1

    @property
    def looked_at(self) -> int:
        """How many documents were counted so far."""
        return self._asked + self._shared + self._outcomes.total()

    def forecast(
        self, session: str, standing: Standing, *, estimate: Estimate, left_of_cap: float | None
    ) -> Forecast:
        """Return what was counted, beside what stands."""
        failing = self._outcomes[Status.FAILED]

        return Forecast(
            session=session,
            standing=standing,
            rejudged=self._shared + self._outcomes.total() - failing,
            asked=self._asked,
            failing=failing,
            failing_why=tuple(self._failing),
            calls=self.calls,
            estimate=estimate,
            left_of_cap=left_of_cap,
        )

    def _call(self, key: bytes, body: Mapping[str, Any]) -> None:
        document, reserved = body["document"], body["reserved"]
        is_new = key not in self._keys
        self._open[document] = is_new or self._open.get(document, False)
        if not is_new:
            return

        self._keys.add(key)
        self.calls += 1

        if reserved is None or self.reserved is None:
            self.reserved = None
        else:
            self.reserved += cost.units(reserved)

    def _outcome(self, outcome: Outcome) -> None:
        self._outcomes[outcome.status] += 1

        if outcome.failure is not None and len(self._failing) < MOST_NAMED:
            self._failing.append((outcome.document, outcome.failure.message))


def standing(session: Session, work: Work, *, kept_why: Reasons) -> Standing:
    """Return what of the session stays as it is while ``work`` is done."""
    states = session.documents
    again = Counter(map(states.status, work.left))
    again += Counter(states.status(old) for old, _ in work.moved)  # judged under their new names

    return Standing(
        reused=session.completed - again[Status.ASSESSED] - again[Status.REFUSED],
        kept=session.failed - again[Status.FAILED],
        kept_why=kept_why,
        missing=sum(states.status(name) is None for name in work.vanished),
        work=work,
    )


def estimate(
    tally: Tally, *, price: Price | None, currency: str, max_tokens: int, spend: Spend | None
) -> Estimate:
    """Return what the calls of ``tally`` cost; ``spend`` is what the model's replies have cost so far.

    Each call of up to ``max_tokens`` of output has reserved what it costs at most.
    """
    known = spend is not None and spend.replies > 0 and not spend.unpriced
    basis = Basis.ANSWERS if known else Basis.PROMPTS

    if price is None or tally.reserved is None:
        return Estimate(likely=None, most=None, currency=currency, basis=basis)

    if spend is not None and known:
        likely = tally.calls * cost.units(spend.cost) // spend.replies
    else:
        likely = tally.reserved - tally.calls * price.worst(input_tokens=0, output_tokens=max_tokens)

    return Estimate(
        likely=cost.number(min(max(likely, 0), tally.reserved)),
        most=cost.number(tally.reserved),
        currency=currency,
        basis=basis,
    )
