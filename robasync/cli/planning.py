"""``robasync plan``: what a run would do, cost and take, before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from robasync.cli import forecasting, looking, options, running, work
from robasync.cli.logged import Log, logged
from robasync.errors import UsageError

if TYPE_CHECKING:
    from robasync.cli.terminal import Display
    from robasync.forecast import Forecast

Quick = Annotated[
    bool, typer.Option("--quick", help="Of many documents look at 500, and reckon the others from them.")
]

THEN = "To do it: robasync {}, with the same options."
NOT_OF_A_SESSION = ("model", "instrument", "result", "sample", "only")


@logged
def plan(
    context: typer.Context,
    config: options.Config = None,
    input_folder: options.InputFolder = None,
    output_folder: options.OutputFolder = None,
    workers: options.Workers = None,
    batch_size: options.BatchSize = None,
    model: options.Model = None,
    instrument: options.Instrument = None,
    result: options.Result = None,
    sample: running.Sample = None,
    seed: running.Seed = 1,
    only: running.Only = None,
    accept: options.Accept = None,
    ocr: options.Ocr = None,
    unpriced: options.Unpriced = None,
    max_cost: options.MaxCost = None,
    session: options.Checkpoint = None,
    quick: Quick = False,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Show what a run would ask, cost and take; send nothing.

    Of a folder, as robasync run would begin it; with -s of the rest of a session. Answers that are
    recorded in the checkpoint folder count as free.
    """
    with log.terminal() as display:
        with looking.ended_by(context.obj):
            found = _rest(context, display) if session is not None else _whole(context, display)

        then = "run" if session is None else f"resume -s {found.session}"
        forecasting.tell(found, as_json=as_json, how=THEN.format(then))


def _whole(context: typer.Context, display: Display) -> Forecast:
    from robasync.app import preview

    given = context.params
    names = {name: given[name] for name in ("sample", "seed", "only", "model")}
    settings, selection = running.chosen(
        running.selected(**names), config=given["config"], overrides=work.as_settings(given)
    )

    return preview.start(
        settings,
        selection=selection,
        new=True,
        is_quick=given["quick"],
        signals=context.obj,
        show=display.show,
    )


def _rest(context: typer.Context, display: Display) -> Forecast:
    from robasync.app import preview
    from robasync.app.resuming import Request

    given = context.params

    for name in NOT_OF_A_SESSION:
        if given[name]:
            option = "outcome" if name == "result" else name
            raise UsageError(f"--{option} is of a new session. Leave it out, or leave -s out.")

    request = Request(session=given["session"], config=given["config"], overrides=work.as_settings(given))

    return preview.resume(request, is_quick=given["quick"], signals=context.obj, show=display.show)
