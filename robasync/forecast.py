"""The forecast of a run: which documents are done, free, or to be asked, and what that may cost. No I/O.

It is counted from the records that a rehearsal of the run makes: an intent is a call that would
be sent, with all that it would reserve; an outcome is a document that needs none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robasync import cost
from robasync.detection import Work
from robasync.model import Outcome, Status
from robasync.plan.estimate import Estimate
from robasync.plan.load import Load
from robasync.records import Entry, Kind
from robasync.session import Session

MOST_NAMED = 100  # documents of one kind that are named with a reason; all are counted

Reasons = tuple[tuple[str, str], ...]
"""Names of documents, each with what failed."""


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
class Free:
    """Documents of which nothing is asked, and why.

    ``answered`` ones have their answers in a journal, ``refused`` ones need none: they are no reports
    that the instrument covers; ``twins`` hold the same text as another one, which is asked about.
    """

    answered: int = 0
    refused: int = 0
    twins: int = 0

    @property
    def total(self) -> int:
        """How many these are together."""
        return self.answered + self.refused + self.twins


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is asked; ``model`` and ``address`` are "" where nothing leaves this machine's process."""

    name: str
    model: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Of how many documents that are to be done how many were looked at; the others are taken for alike."""

    looked_at: int = 0
    whole: int = 0

    @property
    def is_all(self) -> bool:
        """Whether all of them were."""
        return self.looked_at == self.whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run would do with each document, at a moment, without doing it.

    ``free`` documents have their answers, or need none; of each of ``asked`` something is
    asked, ``calls`` in all; ``failing`` would fail before anything is. ``session`` is "" for
    one that would be begun; ``left_of_cap`` is what may still be spent, None without a cap.
    """

    session: str
    standing: Standing
    free: Free
    asked: int
    failing: int
    failing_why: Reasons
    calls: int
    estimate: Estimate
    recipient: Recipient
    part: Part
    left_of_cap: float | None = None

    @property
    def rejudged(self) -> int:
        """How many are judged without anything being asked."""
        return self.free.total

    @property
    def total(self) -> int:
        """All documents, those included that vanished after they had an outcome."""
        return self.standing.reused + self.standing.kept + self.rejudged + self.asked + self.failing

    @property
    def most(self) -> float | None:
        """What the run costs at most, the cap being kept to; None where the price is unknown."""
        most, left = self.estimate.most, self.left_of_cap

        return most if most is None or left is None else min(most, max(left, 0.0))

    @property
    def may_reach_cap(self) -> bool:
        """Whether the run might stop at the cap before its end."""
        return self.left_of_cap is not None and (self.estimate.most or 0.0) > self.left_of_cap


class Tally:
    """Counts what a rehearsal makes of documents. Equal calls count once, as they are made once."""

    def __init__(self) -> None:
        self._calls = self._size = self._questions = 0
        self._shared_size = self._repeated_size = 0
        self._common: dict[str, int] = {}  # what several calls on an open document have in common, in bytes
        self._reserved: int | None = 0  # in units of cost; None once a call has no price
        self.endpoint = ""  # of the calls, as their records have it; "" before the first
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

    def shares(self, document: str, size: int) -> None:
        """Take in that several calls follow on the document, with the first ``size`` bytes in common."""
        self._common[document] = size

    def left(self, document: str) -> None:
        """Take in that the document's calls are all counted, and some would be sent."""
        self._common.pop(document, None)

        # The same bytes under another name are answered by the first one's replies.
        if self._open.pop(document, False):
            self._asked += 1
        else:
            self._shared += 1

    @property
    def looked_at(self) -> int:
        """How many documents were counted so far."""
        return self._asked + self._shared + self._outcomes.total()

    @property
    def load(self) -> Load:
        """What would be asked of the documents that were counted so far."""
        return Load(
            documents=self._asked,
            calls=self._calls,
            size=self._size,
            questions=self._questions,
            reserved=self._reserved,
            shared=self._shared_size,
            repeated=self._repeated_size,
        )

    def forecast(
        self,
        session: str,
        standing: Standing,
        *,
        part: Part,
        estimate: Estimate,
        recipient: Recipient,
        left_of_cap: float | None,
    ) -> Forecast:
        """Return what was counted, beside what stands; of a part of the work, grown to the whole."""
        counts = grown(
            [
                self._asked,
                self._outcomes[Status.FAILED],
                self._outcomes[Status.ASSESSED],
                self._outcomes[Status.REFUSED],
                self._shared,
            ],
            part,
        )
        asked, failing, answered, refused, twins = counts

        return Forecast(
            session=session,
            standing=standing,
            free=Free(answered=answered, refused=refused, twins=twins),
            asked=asked,
            failing=failing,
            failing_why=tuple(self._failing),
            calls=self.load.scaled(part.looked_at, part.whole).calls,
            estimate=estimate,
            recipient=recipient,
            part=part,
            left_of_cap=left_of_cap,
        )

    def _call(self, key: bytes, body: Mapping[str, Any]) -> None:
        document, reserved = body["document"], body["reserved"]
        is_new, is_begun = key not in self._keys, self._open.get(document, False)
        self._open[document] = is_new or is_begun

        if not is_new:
            return

        common = self._common.get(document, 0)
        self._repeated_size += common if is_begun else 0
        self._shared_size += 0 if is_begun else common
        self._keys.add(key)
        self.endpoint = body["endpoint"]
        self._calls += 1
        self._size += body["size"]
        self._questions += body["asks"]

        if reserved is None or self._reserved is None:
            self._reserved = None
        else:
            self._reserved += cost.units(reserved)

    def _outcome(self, outcome: Outcome) -> None:
        self._outcomes[outcome.status] += 1
        self._common.pop(outcome.document, None)

        if outcome.failure is not None and len(self._failing) < MOST_NAMED:
            self._failing.append((outcome.document, outcome.failure.message))


def grown(counts: Sequence[int], part: Part) -> list[int]:
    """Return the counts of a part of the documents, grown to all of them; they add up to the whole.

    What is lost by rounding down goes to the largest remainders.
    """
    if part.is_all or not part.looked_at:
        return [*counts]

    shares = [divmod(count * part.whole, part.looked_at) for count in counts]
    found = [number for number, _ in shares]
    missing = sum(counts) * part.whole // part.looked_at - sum(found)

    for index in sorted(range(len(shares)), key=lambda one: -shares[one][1])[:missing]:
        found[index] += 1

    return found


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
