"""``robasync run``: a folder of reports in, recorded proposed judgements out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from robasync.cli import confirming, looking, options, work
from robasync.cli.logged import Log, logged
from robasync.errors import UsageError
from robasync.selection import Selection

if TYPE_CHECKING:
    from robasync.cli.terminal import Display
    from robasync.ending import Ending
    from robasync.settings import Settings

LARGEST = 2**32 - 1  # of a number that the journal keeps; no folder has so many documents

Sample = Annotated[int | None, typer.Option("--sample", min=1, metavar="N", help="A pilot: N documents.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=LARGEST, metavar="S", help="Which documents the pilot draws.")
]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="Only this document. Repeatable.")
]
Resume = Annotated[
    Literal["auto"] | None,
    typer.Option(
        "--resume", metavar="auto", help="Go on with the session of the same work, if there is one."
    ),
]
New = Annotated[bool, typer.Option("--new", help="Start anew although a session is unfinished.")]


@logged
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
    sample: Sample = None,
    seed: Seed = 1,
    only: Only = None,
    accept: options.Accept = None,
    ocr: options.Ocr = None,
    unpriced: options.Unpriced = None,
    max_cost: options.MaxCost = None,
    http: options.Http = None,
    watch: options.Watch = None,
    validate_only: looking.ValidateOnly = False,
    dry_run: looking.DryRun = False,
    new: New = False,
    resume: Resume = None,
    yes: options.Yes = False,
    log_level: options.LogLeast = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Assess the reports in a folder.

    Every answer is recorded as it comes; resume goes on after an interruption.
    A later run over the same folder reuses every answer of a pilot (--sample, --only).

    Exit codes: 0 all assessed or refused, 2 usage, 3 failures, 4 budget, 5 storage,
    130 or 143 interrupted (resumable).
    """
    looking.only_one(validate_only=validate_only, dry_run=dry_run)
    looking.only_one(new=new, resume=resume)
    selection = selected(sample=sample, seed=seed, only=only, model=model)

    if validate_only:
        overrides = work.as_settings(context.params)
        looking.validate_new(selection, config=config, overrides=overrides, as_json=as_json)

    with log.terminal(level=log_level) as display:
        ending = _run(context, selection, display)

    work.finish(ending, as_json=as_json)


def _run(context: typer.Context, selection: Selection, display: Display) -> Ending:
    from robasync.app import sessions
    from robasync.app.resuming import Request

    given, signals = context.params, context.obj
    config, overrides = given["config"], work.as_settings(given)
    settings, selection = chosen(selection, config=config, overrides=overrides)

    if given["dry_run"] and given["resume"]:
        raise UsageError("See what a resume would do with: robasync resume --dry-run")

    if given["dry_run"]:
        looking.forecast_new(
            settings,
            selection=selection,
            new=given["new"],
            signals=signals,
            display=display,
            as_json=given["as_json"],
        )

    payer = confirming.Person(signals, display, yes=given["yes"])

    if given["resume"]:
        request = Request(config=config, overrides=overrides, unattended=True)

        with looking.ended_by(signals):
            return sessions.start_or_resume(
                settings,
                selection=selection,
                request=request,
                payer=payer,
                signals=signals,
                show=display.show,
            )

    with looking.ended_by(signals):
        return sessions.start(
            settings,
            selection=selection,
            new=given["new"],
            payer=payer,
            signals=signals,
            show=display.show,
        )


def chosen(
    selection: Selection, *, config: Path | None, overrides: Mapping[str, Any]
) -> tuple[Settings, Selection]:
    """Return the settings, and the selection with the part of it that they make."""
    from robasync.settings import load

    settings = load(file=config, overrides=overrides)

    return settings, replace(selection, start_index=settings.processing.start_index)


def selected(*, sample: int | None, seed: int, only: list[str] | None, model: str | None) -> Selection:
    """Return the documents and the model that the command line names. Raises UsageError."""
    if sample is not None and only:
        raise UsageError("--sample and --only exclude each other. Choose one way to name the pilot.")

    size = sample and min(sample, LARGEST)

    return Selection(only=tuple(only or ()), sample=size, seed=seed if sample else None, model=model)
