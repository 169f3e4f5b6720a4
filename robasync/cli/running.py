"""``robasync run``: a folder of reports in, recorded proposed judgements out."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from robasync.cli import looking, options, work
from robasync.cli.options import LogFormat
from robasync.errors import UsageError
from robasync.selection import Selection


def run(
    context: typer.Context,
    config: options.Config = None,
    input_folder: options.InputFolder = None,
    output_folder: options.OutputFolder = None,
    workers: options.Workers = None,
    batch_size: options.BatchSize = None,
    model: options.Model = None,
    instrument: options.Instrument = None,
    result: options.Result = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, metavar="N", help="A pilot: N documents.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Which documents the pilot draws.")] = 1,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Only this document. Repeatable.")
    ] = None,
    accept: options.Accept = None,
    validate_only: looking.ValidateOnly = False,
    new: Annotated[bool, typer.Option("--new", help="Start anew although a session is unfinished.")] = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
    log_format: options.LogStyle = LogFormat.TEXT,
    as_json: options.AsJson = False,
) -> None:
    """Assess the reports in a folder.

    Every answer is recorded as it comes; resume goes on after an interruption.
    A later run over the same folder reuses every answer of a pilot (--sample, --only).
    Exit codes: 0 all assessed or refused, 2 usage, 3 failures, 4 budget, 5 storage,
    130 or 143 interrupted (resumable).
    """
    if sample is not None and only:
        raise UsageError("--sample and --only exclude each other. Choose one way to name the pilot.")

    selection = Selection(only=tuple(only or ()), sample=sample, seed=seed if sample else None, model=model)
    overrides = work.as_settings(context.params)

    if validate_only:
        looking.validate_new(selection, config=config, overrides=overrides, as_json=as_json)

    with work.logging(verbose=verbose, file=log_file, style=log_format) as display:
        from robasync import app
        from robasync.settings import load

        settings = load(file=config, overrides=overrides)
        chosen = replace(selection, start_index=settings.processing.start_index)
        ending = app.start(settings, selection=chosen, new=new, signals=context.obj, show=display.show)

    work.finish(ending, as_json=as_json)
