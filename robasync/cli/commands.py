"""The commands, gathered. Each group stands in its own file."""

from __future__ import annotations

from typing import Annotated

import typer

from robasync import __version__
from robasync.cli import (
    checkpoints,
    cleanup,
    costing,
    doctor,
    fsck,
    grouping,
    monitoring,
    planning,
    providers,
    reporting,
    resuming,
    running,
    selftesting,
    starting,
    unsealing,
)

application = typer.Typer(
    name="robasync",
    help="A first pass over the risk of bias of trial reports with language models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# In the order of use, which is that of the help.
application.command("demo")(starting.demo)
application.command("init")(starting.init)
application.command("doctor")(doctor.doctor)
application.command("studies")(grouping.studies)
application.command("plan")(planning.plan)
application.command("run")(running.run)
application.command("start", hidden=True, help="Another name of run.")(running.run)
application.command("monitor")(monitoring.monitor)
application.command("resume")(resuming.resume)
application.command("report")(reporting.report)
application.command("cost")(costing.cost)
application.command("fsck")(fsck.fsck)
application.command("unseal")(unsealing.unseal)
application.command("cleanup")(cleanup.cleanup)
application.command("selftest")(selftesting.selftest)
application.add_typer(checkpoints.application, name="checkpoints")
application.add_typer(providers.application, name="providers")


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"robasync {__version__}")
        raise typer.Exit


@application.callback()
def robasync(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _version(wanted=value),
            is_eager=True,
            help="Show the version.",
        ),
    ] = False,
) -> None:
    """Assess the risk of bias of trial reports; never loses an answer that was paid for."""
