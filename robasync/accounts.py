"""What a session cost, by model, stage and document: sums over its journal. No I/O.

Everything is added up anew from the records, in whole units of ``cost``, so that the rows of each
table add up to the same total to a billionth, and that total is what the session has spent.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from robasync import cost
from robasync.books import Spend, UncertainCall
from robasync.records import Entry, Kind
from robasync.session import Session

ASSESS = "assess"
STAGES = (ASSESS, "retry", "correction")  # in a record of an intent; the first where none is named
EARLIER = "before the journal was lost"


@dataclass(slots=True, kw_only=True)
class Line:
    """Sums. ``cost`` and ``reserved`` are in units; copied replies are ``reused``, and cost nothing here.

    ``unpriced`` replies are among ``replies``, their cost is unknown. ``reserved`` is what the
    ``uncertain`` calls, whose end nobody knows, may have cost.
    """

    replies: int = 0
    reused: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    uncertain: int = 0
    reserved: int = 0

    def add(self, other: Line) -> None:
        """Add the other's sums."""
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def is_priced(self) -> bool:
        """Whether the cost of every reply is known."""
        return not self.unpriced


NAMES = tuple(field.name for field in fields(Line))


class Columns:
    """A line for each slot, as arrays: 72 bytes each, whatever is added."""

    def __init__(self) -> None:
        self._columns = {name: array("q") for name in NAMES}

    def __len__(self) -> int:
        return len(self._columns[NAMES[0]])

    def add(self, slot: int, line: Line) -> None:
        """Add the sums of ``line`` to those of the slot."""
        missing = slot + 1 - len(self)

        for name, column in self._columns.items():
            if missing > 0:
                column.frombytes(bytes(missing * column.itemsize))

            column[slot] += getattr(line, name)

    def __getitem__(self, slot: int) -> Line:
        return Line(**{name: column[slot] for name, column in self._columns.items()})


class Accounts:
    """Takes the records of a journal in, in order, each after ``session`` has taken it in."""

    def __init__(self) -> None:
        self._begin({})

    def see(self, session: Session, entry: Entry) -> None:
        """Add what the record says. Raises what a forged body makes ``session`` raise."""
        kind, body, key = entry.record.kind, entry.record.body, entry.record.key

        if kind is Kind.SESSION_STARTED:
            self._begin(session.spend)
        elif kind is Kind.INTENT and body.get("stage") in STAGES:
            self._stages[key] = body["stage"]
        elif kind is Kind.REPLY:
            self._add(session, body["model"], body.get("document", ""), key=key, line=_reply(body))
            self._stages.pop(key, None)
        elif kind is Kind.CALL_FAILED and body["certain"]:
            self._stages.pop(key, None)

    def close(self, session: Session) -> None:
        """Add the calls whose end is not recorded. Once, after the last record."""
        for key, call in session.uncertain.items():
            line = Line(uncertain=1, reserved=cost.units(call.reserved or 0))
            self._add(session, call.model, call.document, key=key, line=line)

    @property
    def total(self) -> Line:
        """The sum of everything."""
        found = Line()

        for line in self.models.values():
            found.add(line)

        return found

    def _begin(self, spent: Mapping[str, Spend]) -> None:
        self.models: defaultdict[str, Line] = defaultdict(Line)
        self.stages: defaultdict[str, Line] = defaultdict(Line)
        self.documents = Columns()
        self.earlier = Line()  # of records that are lost: no document is known
        self._stages: dict[str, str] = {}  # of the calls under way that are not the first ones

        for model, spend in spent.items():
            line = Line(**{**asdict(spend), "cost": cost.units(spend.cost)})
            self.models[model].add(line)
            self.stages[EARLIER].add(line)
            self.earlier.add(line)

    def _add(self, session: Session, model: str, document: str, *, key: str, line: Line) -> None:
        self.models[model].add(line)
        self.stages[self._stages.get(key, ASSESS)].add(line)
        self.documents.add(session.documents.slot(document), line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The accounts of a session at a moment, and what people need to read them.

    ``names`` and ``labels`` are those of the documents by slot, and of their studies. ``prices`` are
    the newest that were reckoned with, as recorded. ``given_up`` is what released calls reserved.
    """

    session: str
    currency: str
    accounts: Accounts
    names: Sequence[str]
    labels: Sequence[str]
    prices: Mapping[str, Any]
    uncertain: Sequence[UncertainCall]
    given_up: float = 0.0

    def rows(self, by: str) -> Iterator[tuple[str, Line]]:
        """Yield the lines by "model", "stage", "document" or "study", each with its name.

        Documents in input order; none that nothing was asked about. They add up to the total.
        """
        if by in ("model", "stage"):
            yield from (self.accounts.models if by == "model" else self.accounts.stages).items()
            return

        documents, names = self.accounts.documents, self.names
        index: dict[str, int] = {}

        if by == "study":
            documents, names = self._studies(index), list(index)

        for slot in range(len(documents)):
            if (line := documents[slot]) != Line():
                yield names[slot], line

        if self.accounts.earlier != Line():
            yield EARLIER, self.accounts.earlier

    def _studies(self, index: dict[str, int]) -> Columns:
        """Return the lines of the studies; ``index`` is given the slot of each."""
        studies = Columns()

        for slot in range(len(self.accounts.documents)):
            study = index.setdefault(self.labels[slot], len(index))
            studies.add(study, self.accounts.documents[slot])

        return studies


def _reply(body: Mapping[str, Any]) -> Line:
    if "from_session" in body:
        return Line(reused=1)

    usage = body["usage"]

    return Line(
        replies=1,
        unpriced=int(body["cost"] is None),
        input_tokens=usage["input_tokens"],
        cached_tokens=usage.get("cached_tokens", 0),
        output_tokens=usage["output_tokens"],
        cost=cost.units(body["cost"] or 0),
    )
