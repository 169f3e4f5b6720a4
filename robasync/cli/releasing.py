"""``resume --release``: which calls may have been billed, and their money free again by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from robasync.cli.terminal import say
from robasync.errors import UsageError
from robasync.service.progress import at_most

if TYPE_CHECKING:
    from robasync.app.releasing import Reserved
    from robasync.books import UncertainCall

SHORT = 12  # characters of an id that are shown
SECONDS = 19  # characters of a time down to the second

Release = Annotated[
    bool,
    typer.Option(
        "--release", help="List the calls that may have been billed; with CALL free what they have reserved."
    ),
]
Calls = Annotated[
    list[str] | None,
    typer.Argument(metavar="CALL", help="With --release: a document, an id, or all."),
]


def check(calls: Sequence[str] | None, *, release: bool) -> None:
    """Raise UsageError where words stand alone that mean something with --release only."""
    if calls and not release:
        raise UsageError(f"What is {calls[0]!r}? -s names a session, --release comes before calls to free.")


def release(
    calls: Sequence[str],
    *,
    session: str | None,
    config: Path | None,
    overrides: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Print the uncertain calls of a session; release those that are named, and say what that means."""
    from robasync.app import releasing

    found = (
        releasing.release(calls, session=session, config=config, overrides=overrides)
        if calls
        else releasing.uncertain(session, config=config, overrides=overrides)
    )

    if as_json:
        say(orjson.dumps(_facts(found), option=orjson.OPT_INDENT_2).decode())
    else:
        say("\n".join(_lines(found)))


def _lines(found: Reserved) -> Iterator[str]:
    if found.released:
        yield f"{_count(found.released)} released; {found.freed:.4f} {found.currency} are free again."
        yield "The provider may have billed them all the same: that is now outside of the cap."
        yield "An answer that turns up later is counted as spent."

    if found.calls:
        most = _most(found.calls, found.currency)
        yield f"{_count(found.calls)} without a reply may have been billed, {most}; it stays reserved:"
        yield from map(_line, found.calls)
        yield f"Give it up by document, id or all: robasync resume -s {found.name} --release all"
    else:
        yield "No call is uncertain."

    yield _sums(found)

    if found.released:
        yield f"Continue with: robasync resume -s {found.name}"


def _line(call: UncertainCall) -> str:
    asked = call.time[:SECONDS].replace("T", " ")
    reserved = "price unknown" if call.reserved is None else f"{call.reserved:.4f}"

    return f"  {call.key[:SHORT]}  {asked}  {reserved}  {call.document}, asked of {call.model}"


def _sums(found: Reserved) -> str:
    cap = "no cap" if found.cap is None else f"the cap is {found.cap:.4f}"
    given_up = f", {found.given_up:.4f} given up in all" if found.given_up else ""

    return f"{found.spent:.4f} {found.currency} spent, {found.amount:.4f} reserved{given_up}; {cap}"


def _most(calls: Sequence[UncertainCall], currency: str) -> str:
    known = [call.reserved for call in calls if call.reserved is not None]

    return at_most(sum(known) if len(known) == len(calls) else None, currency)


def _count(calls: Sequence[UncertainCall]) -> str:
    return "1 call" if len(calls) == 1 else f"{len(calls):,} calls"


def _facts(found: Reserved) -> dict[str, object]:
    return {
        "session": found.name,
        "uncertain_calls": [asdict(call) for call in found.calls],
        "released_calls": [asdict(call) for call in found.released],
        "spent": found.spent,
        "reserved": found.amount,
        "released": found.freed,
        "given_up": found.given_up,
        "cap": found.cap,
        "currency": found.currency,
    }
