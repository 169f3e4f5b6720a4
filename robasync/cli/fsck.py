"""``robasync fsck``: look a session through, whatever happened to its disk."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer

from robasync.cli import diagnosis, options
from robasync.cli.logged import Log, logged
from robasync.cli.terminal import say

DAMAGED = 5


@logged
def fsck(
    session: options.Checkpoint = None,
    config: options.Config = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Write what is whole into a new folder, if anything is damaged.")
    ] = False,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Check that a session's files are whole and agree.

    The newest session, or the one that -s names. Nothing is changed; --repair writes new
    files only.

    Exit codes: 0 nothing is damaged, 5 something is, 2 there is no such session.
    """
    with log.terminal():
        from robasync.app.checkup import checkup

        look = checkup(session, config=config)
        report = look.report()
        repaired = look.repair() if repair and not report.is_clean else None

    if as_json:
        say(orjson.dumps(diagnosis.facts(report, repaired), option=orjson.OPT_INDENT_2).decode())
    else:
        for line in [*diagnosis.lines(report, verbose=log.verbose), *diagnosis.repaired(repaired)]:
            say(line)

    raise typer.Exit(0 if report.is_clean else DAMAGED)
