"""``robasync resume --reparse``: recorded answers read again, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from robasync.cli.looking import ended_by
from robasync.cli.phrases import listed, studies
from robasync.cli.terminal import Display, say
from robasync.ending import Ending, Reread

if TYPE_CHECKING:
    from robasync.app.resuming import Request
    from robasync.service.signals import Signals

Reparse = Annotated[
    bool,
    typer.Option("--reparse", help="Only read recorded answers again that were no answer; send nothing."),
]


def resume(request: Request, *, signals: Signals, display: Display) -> Ending:
    """Read again what can be, and return how that ended."""
    from robasync.app import rereading

    with ended_by(signals):
        return rereading.resume(request, signals=signals, show=display.show)


def forecast(request: Request, *, signals: Signals, display: Display, as_json: bool) -> None:
    """Print what reading again would come to."""
    from robasync.app import rereading

    with ended_by(signals):
        found = rereading.foresee(request, signals=signals, show=display.show)

    if as_json:
        say(orjson.dumps({"session": found.session, **facts(found)}, option=orjson.OPT_INDENT_2).decode())
        return

    for line in lines(found, would=True):
        say(line)

    say("Nothing was sent, nothing was changed. To do it, give the same command without --dry-run.")


def lines(found: Reread, *, would: bool) -> Iterator[str]:
    """Yield how many studies were read again, or would be, and what they come to."""
    if not found.failed:
        yield "No study has failed on an answer; there is none to read again."
        return

    are = "would be" if would else "are"
    yield (
        f"Read again, free: {found.read:,} of {studies(found.failed)} that failed on an answer; "
        f"{len(found.assessed):,} {are} assessed now, {len(found.refused):,} refused, "
        f"{found.failing:,} fail again"
    )

    if found.assessed:
        yield f"Assessed now: {listed(found.assessed)}"

    if unread := found.failed - found.read:
        yield f"Not read: {studies(unread)}; not all answers to what is asked now are recorded."


def facts(found: Reread) -> dict[str, object]:
    """Return the same facts for other programs."""
    return {
        "failed_on_answers": found.failed,
        "read_again": found.read,
        "now_assessed": list(found.assessed),
        "now_refused": list(found.refused),
        "fail_again": found.failing,
    }
