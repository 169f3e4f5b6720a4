"""``robasync report``: write the reports of a session again."""

from __future__ import annotations

import typer

from robasync.cli import endings, options, work
from robasync.cli.options import LogFormat


def report(
    context: typer.Context,
    session: options.Checkpoint = None,
    config: options.Config = None,
    output_folder: options.OutputFolder = None,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
    log_format: options.LogStyle = LogFormat.TEXT,
    as_json: options.AsJson = False,
) -> None:
    """Write a session's reports again.

    The newest one's, or those of the one that -s names. Nothing is asked again.
    """
    overrides = work.as_settings(context.params)

    with work.logging(verbose=verbose, file=log_file, style=log_format):
        from robasync.app import sessions

        ending = sessions.report(session, config=config, overrides=overrides)

    endings.tell(ending, as_json=as_json)
