"""``robasync doctor``: whether a run would begin here, keep its promises, and what to do where not."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from robasync.cli import inventory, options, work
from robasync.cli.logged import Log, logged
from robasync.cli.phrases import count
from robasync.cli.terminal import say
from robasync.service.doctor import Check, State, exit_code

STYLES = {State.OK: "green", State.LOOK: "yellow", State.WRONG: "bold red"}


@logged
def doctor(
    config: options.Config = None,
    input_folder: options.InputFolder = None,
    output_folder: options.OutputFolder = None,
    workers: options.Workers = None,
    system_info: Annotated[
        bool, typer.Option("--system-info", help="Only versions and the machine, for a bug report.")
    ] = False,
    call: Annotated[
        bool, typer.Option("--call", help="Make one small call to each model; it is paid for.")
    ] = False,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Look whether all is in place for a run; say what to do.

    Asks the configured servers for their lists of models, which costs nothing, and nobody else.

    Exit codes: 0 nothing is wrong, 2 something would keep a run from beginning or from its
    promises, 5 a disk would.
    """
    given = work.as_settings(locals())

    with log.terminal():
        if system_info:
            _tell_system(as_json=as_json)
            return

        checks = _checks(config, given, call=call)

    _tell(checks, as_json=as_json)

    raise typer.Exit(exit_code(checks))


def _checks(config: Path | None, given: Mapping[str, Any], *, call: bool) -> list[Check]:
    from robasync.app.doctor import examine

    return list(examine(config, given, call=call))


def _tell_system(*, as_json: bool) -> None:
    from robasync.app.equipment import facts

    found = facts()
    width = max(map(len, found))
    inventory.tell(found, [f"{name:{width}}  {fact}" for name, fact in found.items()], as_json=as_json)


def _tell(checks: Sequence[Check], *, as_json: bool) -> None:
    if as_json:
        body = {"exit_code": exit_code(checks), "checks": [asdict(check) for check in checks]}
        inventory.tell(body, [], as_json=True)
        return

    if sys.stdout is not None and sys.stdout.isatty():
        Console().print(table(checks))
    else:
        for line in plain(checks):
            say(line)

    for line in ("", *todo(checks), verdict(checks)):
        say(line)


def table(checks: Iterable[Check]) -> Table:
    """Return the checks as a table for a terminal."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.add_column("", no_wrap=True)
    drawn.add_column("Looked at", no_wrap=True)
    drawn.add_column("Found", overflow="fold")

    for check in checks:
        drawn.add_row(Text(check.state, STYLES[check.state]), Text(check.name), Text(check.fact))

    return drawn


def plain(checks: Sequence[Check]) -> Iterable[str]:
    """Yield the checks as lines, for files and other programs."""
    width = max(len(check.name) for check in checks)

    return (f"{check.state:5}  {check.name:{width}}  {check.fact}" for check in checks)


def todo(checks: Iterable[Check]) -> Iterable[str]:
    """Yield what to do, each command on a line that is not broken, what is wrong first."""
    open_ = sorted(
        (check for check in checks if check.advice), key=lambda check: check.state is not State.WRONG
    )

    if open_:
        yield "What to do"

    for check in open_:
        yield f"  {check.name} ({check.state}):"
        yield from (f"    {line}" for line in check.advice.splitlines())

    if open_:
        yield ""


def verdict(checks: Sequence[Check]) -> str:
    """Return the end of the matter in one line."""
    states = [check.state for check in checks]
    wrong, look = states.count(State.WRONG), states.count(State.LOOK)
    found = f"{count(len(states), 'check')}: {wrong} wrong, {look} worth a look"

    return f"{found}. {'A run would not begin, or not be safe.' if wrong else 'A run can begin.'}"
