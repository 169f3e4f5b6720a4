"""``robasync cost``: what a session cost, by model, stage, document or study."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from robasync.accounts import Line, Statement
from robasync.cli import looking, options
from robasync.cli.logged import Log, logged
from robasync.cli.phrases import count, money
from robasync.cli.terminal import say
from robasync.cost import number, told

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CALLS = 20  # uncertain ones that are named
_WIDEST = 48  # characters of a name that the table makes room for
_HEADER = ("answers", "reused", "tokens in", "cached", "tokens out")

By = Annotated[
    Literal["model", "document", "study", "stage"] | None,
    typer.Option("--by", metavar="model|document|study|stage", help="Which table; default: model and stage."),
]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the table as CSV on stdout.")]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="FOLDER", help="Write costs.csv and costs.json there."),
]


@logged
def cost(
    session: options.Checkpoint = None,
    config: options.Config = None,
    folder: Output = None,
    by: By = None,
    as_csv: AsCsv = False,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Show what a session has cost, added up from its journal.

    The newest one's, or that of the one that -s names, also while it runs. Changes nothing.
    """
    looking.only_one(csv=as_csv, json=as_json)

    with log.terminal():
        from robasync.app.accounts import accounts

        found = accounts(session, config=config, overrides={})

    _tell(found, by, as_csv=as_csv, as_json=as_json)

    if folder is not None:
        _write(found, folder)


def lines(found: Statement, by: str | None) -> Iterator[str]:
    """Yield the facts in a reviewer's words, and the table by ``by``."""
    total = found.accounts.total
    yield f"Session {found.session}: {_cost(total, found.currency)}, {count(total.replies, 'answer')}"

    for one in (by,) if by else ("model", "stage"):
        yield from _table(found, one)

    yield ""

    for model, price in found.prices.items():
        yield f"Price of {model}: {told(price)}"

    yield from _doubts(found, total)


def _tell(found: Statement, by: str | None, *, as_csv: bool, as_json: bool) -> None:
    from robasync.reports import costs

    if as_csv:
        costs.table(_said, found, by=by or "model")
    elif as_json:
        for piece in costs.pieces(found, by=by):
            _said(piece)
    else:
        for line in lines(found, by):
            say(line)


def _said(text: str) -> None:
    say(text, end="")


def _write(found: Statement, folder: str) -> None:
    from pathlib import Path

    from robasync.cli.terminal import complain
    from robasync.reports import costs

    for one in costs.write(Path(folder), found):
        complain(f"Written: {one.path}")


def _table(found: Statement, by: str) -> Iterator[str]:
    width = min(max((len(name) for name, _ in found.rows(by)), default=0), _WIDEST)
    width = max(width, len(by) + 3)
    yield ""
    yield _row(f"by {by}", (*_HEADER, f"cost in {found.currency}", "uncertain"), width)

    for name, line in found.rows(by):
        yield _row(name, _cells(line), width)

    yield _row("total", _cells(found.accounts.total), width)


def _row(name: str, cells: Sequence[str], width: int) -> str:
    return "  ".join([name.ljust(width), *(cell.rjust(12) for cell in cells)])


def _cells(line: Line) -> tuple[str, ...]:
    known = f"{number(line.cost):,.4f}"

    return (
        f"{line.replies:,}",
        f"{line.reused:,}",
        f"{line.input_tokens:,}",
        f"{line.cached_tokens:,}",
        f"{line.output_tokens:,}",
        known if line.is_priced else f"over {known}" if line.cost else "unknown",
        f"{line.uncertain:,}",
    )


def _cost(line: Line, currency: str) -> str:
    """Return the cost, "price unknown", or the part that is known."""
    if line.is_priced:
        return money(number(line.cost), currency)

    return f"over {money(number(line.cost), currency)}" if line.cost else money(None, currency)


def _doubts(found: Statement, total: Line) -> Iterator[str]:
    if total.unpriced:
        yield f"Without a price: {count(total.unpriced, 'answer')}; they are not in the sums."

    if total.uncertain:
        most = money(number(total.reserved), found.currency)
        yield f"Uncertain calls: {total.uncertain:,}; they may have cost at most {most} more:"

    for call in islice(found.uncertain, MOST_CALLS):
        reserved = money(call.reserved, found.currency)
        yield f"  {call.document}, asked of {call.model} at {call.time[:19].replace('T', ' ')}, {reserved}"

    if total.uncertain > MOST_CALLS:
        yield f"  and {total.uncertain - MOST_CALLS:,} more; --json has them all"

    if found.given_up:
        yield f"Released calls may have cost at most {money(found.given_up, found.currency)} more."
