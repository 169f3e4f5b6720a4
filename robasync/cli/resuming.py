"""``robasync resume``: go on where a session ended, however it ended."""

from __future__ import annotations

import typer

from robasync.cli import looking, options, work
from robasync.cli.options import LogFormat


def resume(
    context: typer.Context,
    session: options.Checkpoint = None,
    config: options.Config = None,
    input_folder: options.InputFolder = None,
    output_folder: options.OutputFolder = None,
    workers: options.Workers = None,
    batch_size: options.BatchSize = None,
    accept: options.Accept = None,
    validate_only: looking.ValidateOnly = False,
    info: looking.Info = False,
    dry_run: looking.DryRun = False,
    explain: looking.Explain = None,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
    log_format: options.LogStyle = LogFormat.TEXT,
    as_json: options.AsJson = False,
) -> None:
    """Go on with a session where it stopped.

    The newest one, or the one that -s names. No recorded answer is asked again.
    """
    overrides = work.as_settings(context.params)
    looking.only_one(validate_only=validate_only, info=info, dry_run=dry_run, explain=explain)

    if validate_only or info:
        look = looking.validate if validate_only else looking.info
        look(session, config=config, overrides=overrides, as_json=as_json)
        return

    with work.logging(verbose=verbose, file=log_file, style=log_format) as display:
        from robasync import app
        from robasync.resuming import Request

        request = Request(session=session, config=config, overrides=overrides)

        if explain is not None:
            looking.explain(explain, request, signals=context.obj, display=display, as_json=as_json)
            return

        if dry_run:
            looking.forecast(request, signals=context.obj, display=display, as_json=as_json)
            return

        ending = app.resume(request, signals=context.obj, show=display.show)

    work.finish(ending, as_json=as_json)
