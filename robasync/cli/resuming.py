"""``robasync resume``: go on where a session ended, however it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from robasync.cli import concealing, confirming, looking, options, work
from robasync.cli.options import LogFormat

if TYPE_CHECKING:
    from robasync.app import Ask
    from robasync.ending import Ending
    from robasync.resuming import Request
    from robasync.run import Show
    from robasync.service.signals import Signals

ApiKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--api-key",
        metavar="[NAME=]KEY",
        help="The key of the model; of the one called NAME where there are several. Repeatable.",
    ),
]
Interactive = Annotated[bool, typer.Option("--interactive", help="Show what will be done, and ask.")]
ForceClean = Annotated[
    bool,
    typer.Option("--force-clean", help="Rebuild the session from its journal alone; loses no answer."),
]
Reassess = Annotated[
    bool, typer.Option("--reassess", help="Judge every study anew; equal calls are not asked again.")
]
VerifyInputs = Annotated[bool, typer.Option("--verify-inputs", help="Read every file to see what changed.")]


def resume(
    context: typer.Context,
    session: options.Checkpoint = None,
    config: options.Config = None,
    input_folder: options.InputFolder = None,
    output_folder: options.OutputFolder = None,
    workers: options.Workers = None,
    batch_size: options.BatchSize = None,
    accept: options.Accept = None,
    api_key: ApiKeys = None,
    force_clean: ForceClean = False,
    reassess: Reassess = False,
    verify_inputs: VerifyInputs = False,
    interactive: Interactive = False,
    yes: options.Yes = False,
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
    looking.only_one(validate_only=validate_only, info=info, dry_run=dry_run, explain=explain)

    if validate_only or info:
        look = looking.validate if validate_only else looking.info
        look(session, config=config, overrides=work.as_settings(context.params), as_json=as_json)
        return

    with work.logging(verbose=verbose, file=log_file, style=log_format) as display:
        request = _request(context)

        if explain is not None:
            looking.explain(explain, request, signals=context.obj, display=display, as_json=as_json)
            return

        if dry_run:
            looking.forecast(request, signals=context.obj, display=display, as_json=as_json)
            return

        ask = confirming.ask(yes=yes) if interactive else None
        ending = _resume(request, ask, signals=context.obj, show=display.show)

    work.finish(ending, as_json=as_json)


def _resume(request: Request, ask: Ask | None, *, signals: Signals, show: Show) -> Ending:
    from robasync import app  # not before it is clear that there is work to do

    return app.resume(request, ask=ask, signals=signals, show=show)


def _request(context: typer.Context) -> Request:
    from robasync.resuming import Request

    given = context.params

    return Request(
        session=given["session"],
        config=given["config"],
        overrides=work.as_settings(given),
        force_clean=given["force_clean"],
        reassess=given["reassess"],
        verify_inputs=given["verify_inputs"],
        api_keys=tuple(map(concealing.revealed, given["api_key"] or ())),
    )
