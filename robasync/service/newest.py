"""What became of the newest documents of a run, and counts over all of them; who watches hears of each."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from robasync.model import Assessment, Judgement, Outcome, Status
from robasync.records import Entry, Kind

ROWS = 200  # of the table that fills up
LONGEST = 300  # characters of a name or a message: a page shows no more


@dataclass(frozen=True, slots=True)
class Column:
    """An item of the instrument, as a column."""

    id: str
    name: str
    core: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """How a level, or an item without one, is drawn: ``key`` in a cell, style, signs, words."""

    key: str
    style: str
    symbol: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What a table of proposed judgements is made of. ``cell`` returns the key of a judgement's sign."""

    title: str
    assessor: str
    columns: Sequence[Column]
    signs: Sequence[Sign]
    cell: Callable[[Judgement], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One document: ``cells`` has the key of a sign by item; ``message`` says why there are none."""

    number: int
    time: str
    study: str
    document: str
    status: Status
    cells: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


class Newest:
    """The last ``ROWS`` documents of this run, newest last, and sums over all that it has finished.

    ``outcomes`` counts by status, ``totals`` by item and key. Takes the same room whatever the
    number of documents.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.rows: deque[Row] = deque(maxlen=ROWS)
        self.outcomes: Counter[Status] = Counter()
        self.totals: dict[str, Counter[str]] = {column.id: Counter() for column in board.columns}
        self._watchers: list[Callable[[Row], None]] = []

    def watch(self, watcher: Callable[[Row], None]) -> None:
        """Have ``watcher`` called with each row from now on; it must not wait."""
        self._watchers.append(watcher)

    def observe(self, entry: Entry) -> None:
        """Take a durable record; anything but an outcome is passed over."""
        if entry.record.kind is not Kind.OUTCOME:
            return

        row = self._row(entry.record.body, entry.time)
        self.rows.append(row)
        self.outcomes[row.status] += 1

        for item, key in row.cells.items():
            self.totals.setdefault(item, Counter())[key] += 1

        for watcher in self._watchers:
            watcher(row)

    def _row(self, outcome: Outcome, time: str) -> Row:
        assessment = outcome.assessment

        return Row(
            number=self.outcomes.total() + 1,
            time=time,
            study=_study(outcome)[:LONGEST],
            document=outcome.document[:LONGEST],
            status=outcome.status,
            cells={} if assessment is None else self._cells(assessment),
            message=_message(outcome)[:LONGEST],
        )

    def _cells(self, assessment: Assessment) -> dict[str, str]:
        return {judgement.item: self.board.cell(judgement) for judgement in assessment.judgements}


def _study(outcome: Outcome) -> str:
    labelled = outcome.assessment or outcome.refusal

    return (labelled.study if labelled else "") or outcome.document


def _message(outcome: Outcome) -> str:
    told = outcome.failure or outcome.refusal

    return told.message if told else ""
