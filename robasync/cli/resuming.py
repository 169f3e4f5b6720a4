"""``robasync resume``: go on where a session ended, however it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from robasync.cli import concealing, confirming, looking, options, releasing, rereading, work
from robasync.cli.logged import Log, logged

if TYPE_CHECKING:
    from robasync.app.resuming import Request
    from robasync.cli.terminal import Display
    from robasync.ending import Ending

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

LOOKS = ("validate_only", "info", "dry_run", "explain", "release")
NOT_REPARSED = ("validate_only", "info", "explain", "interactive", "reassess", "release")


@logged
def resume(
    context: typer.Context,
    calls: releasing.Calls = None,
    session: options.Checkpoint = None,
    config: options.Config = None,
    input_folder: options.InputFolder = None,
    output_folder: options.OutputFolder = None,
    workers: options.Workers = None,
    batch_size: options.BatchSize = None,
    accept: options.Accept = None,
    ocr: options.Ocr = None,
    unpriced: options.Unpriced = None,
    max_cost: options.MaxCost = None,
    http: options.Http = None,
    watch: options.Watch = None,
    api_key: ApiKeys = None,
    force_clean: ForceClean = False,
    reassess: Reassess = False,
    reparse: rereading.Reparse = False,
    verify_inputs: VerifyInputs = False,
    interactive: Interactive = False,
    yes: options.Yes = False,
    validate_only: looking.ValidateOnly = False,
    info: looking.Info = False,
    dry_run: looking.DryRun = False,
    explain: looking.Explain = None,
    release: releasing.Release = False,
    log_level: options.LogLeast = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Go on with a session; no recorded answer is asked again.

    The newest one, or the one that -s names. See first what would be done: --info, --dry-run.
    """
    _check(context.params)

    if validate_only or info or release:
        _tell(context.params)
        return

    with log.terminal(level=log_level) as display:
        if explain is not None or dry_run:
            _look(context, display)
            return

        ending = _resume(context, display)

    work.finish(ending, as_json=as_json)


def _check(given: Mapping[str, Any]) -> None:
    looking.only_one(**{look: given[look] for look in LOOKS})
    releasing.check(given["calls"], release=given["release"])

    for other in NOT_REPARSED:
        looking.only_one(reparse=given["reparse"], **{other: given[other]})


def _tell(given: Mapping[str, Any]) -> None:
    """Do what concerns the session's files alone."""
    session, config, as_json = given["session"], given["config"], given["as_json"]
    overrides = work.as_settings(given)

    if given["release"]:
        calls = given["calls"] or ()
        releasing.release(calls, session=session, config=config, overrides=overrides, as_json=as_json)
    else:
        look = looking.validate if given["validate_only"] else looking.info
        look(session, config=config, overrides=overrides, as_json=as_json)


def _look(context: typer.Context, display: Display) -> None:
    given, request, signals = context.params, _request(context), context.obj
    forecast = rereading.forecast if given["reparse"] else looking.forecast
    as_json = given["as_json"]

    if given["explain"] is not None:
        looking.explain(given["explain"], request, signals=signals, display=display, as_json=as_json)
    else:
        forecast(request, signals=signals, display=display, as_json=as_json)


def _resume(context: typer.Context, display: Display) -> Ending:
    from robasync.app import sessions

    given, request, signals = context.params, _request(context), context.obj

    if given["reparse"]:
        return rereading.resume(request, signals=signals, display=display)

    ask = confirming.ask(signals, display, yes=given["yes"]) if given["interactive"] else None

    payer = confirming.Person(signals, display, yes=given["yes"])

    with looking.ended_by(signals):
        return sessions.resume(request, ask=ask, payer=payer, signals=signals, show=display.show)


def _request(context: typer.Context) -> Request:
    from robasync.app.resuming import Request

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
