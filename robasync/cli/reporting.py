"""``robasync report``: write the reports of a session again."""

from __future__ import annotations

import typer

from robasync.cli import endings, options, work
from robasync.cli.logged import Log, logged


@logged
def report(
    context: typer.Context,
    session: options.Checkpoint = None,
    config: options.Config = None,
    output_folder: options.OutputFolder = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Write a session's reports again.

    The newest one's, or those of the one that -s names. Nothing is asked again.
    """
    overrides = work.as_settings(context.params)

    with log.terminal():
        from robasync.app import sessions

        ending = sessions.report(session, config=config, overrides=overrides)

    endings.tell(ending, as_json=as_json)
