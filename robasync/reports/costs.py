"""costs.csv, a line for each document, and costs.json, the sums by model and stage, with the prices."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import orjson

from robasync import cost
from robasync.reports import cells, place

if TYPE_CHECKING:
    from pathlib import Path

    from robasync.accounts import Line, Statement
    from robasync.reports.place import Written

BY: Final = ("model", "stage", "document", "study")
SHORT: Final = ("model", "stage")  # tables of a few lines; the others may have a million
COLUMNS: Final = (
    "answers",
    "reused answers",
    "answers without a price",
    "tokens in",
    "of them cached",
    "tokens out",
    "cost",
    "currency",
    "uncertain calls",
    "uncertain cost",
)


def write(folder: Path, statement: Statement) -> list[Written]:
    """Write both files into ``folder`` and return where they lie. Raises StorageError."""
    drafts = [place.Draft(folder / "costs.csv", mark=True), place.Draft(folder / "costs.json")]

    with place.translated(folder):
        folder.mkdir(parents=True, exist_ok=True)

        with drafts[0] as file:
            table(file.write, statement, by="document")

        with drafts[1] as file:
            file.writelines(pieces(statement))

    return [draft.written for draft in drafts]


def table(write: Callable[[str], object], statement: Statement, *, by: str) -> None:
    """Give ``write`` the rows by ``by`` as CSV, header first; amounts to the last billionth."""
    writer = csv.writer(_Writable(write))
    writer.writerow([by, *COLUMNS])

    for name, line in statement.rows(by):
        writer.writerow([cells.cell(name), *_values(line, statement.currency)])


class _Writable:
    """What the csv module takes for a file."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write


def pieces(statement: Statement, *, by: str | None = None) -> Iterator[str]:
    """Yield the facts as JSON, in pieces; the rows by ``by`` one by one, else those of the short tables."""
    wanted = SHORT if by is None else (by,)
    head = orjson.dumps(_facts(statement), option=orjson.OPT_INDENT_2).decode()
    yield head.removesuffix("\n}")

    for one in wanted:
        yield f',\n  "by_{one}": ['
        rows = (orjson.dumps({one: name, **facts(line)}).decode() for name, line in statement.rows(one))
        yield from _separated(rows)
        yield "]"

    yield "\n}\n"


def facts(line: Line) -> dict[str, Any]:
    """Return the line for other programs: amounts in the currency; those not known add up as 0."""
    return {**asdict(line), "cost": cost.number(line.cost), "reserved": cost.number(line.reserved)}


def _facts(statement: Statement) -> dict[str, Any]:
    return {
        "session": statement.session,
        "currency": statement.currency,
        "total": facts(statement.accounts.total),
        "given_up": statement.given_up,
        "prices": statement.prices,
        "uncertain_calls": [asdict(call) for call in statement.uncertain],
    }


def _values(line: Line, currency: str) -> tuple[object, ...]:
    return (
        line.replies,
        line.reused,
        line.unpriced,
        line.input_tokens,
        line.cached_tokens,
        line.output_tokens,
        cost.exact(line.cost),
        currency,
        line.uncertain,
        cost.exact(line.reserved),
    )


def _separated(rows: Iterator[str]) -> Iterator[str]:
    first = next(rows, None)

    if first is not None:
        yield f"\n    {first}"
        yield from chain.from_iterable((",\n    ", row) for row in rows)
        yield "\n  "
