"""The looks that come before a run or a resume, and change nothing: what there is, and what is to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from robasync.cli.terminal import Display, complain
from robasync.errors import Stopped, UsageError
from robasync.selection import Selection
from robasync.service.signals import Signals

if TYPE_CHECKING:
    from robasync.app.resuming import Request
    from robasync.settings import Settings

INVALID = 2

ValidateOnly = Annotated[
    bool, typer.Option("--validate-only", help="Only check files, settings and folders; change nothing.")
]
Info = Annotated[bool, typer.Option("--info", help="Only show what is known of the session.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show what would be asked, and its cost; send nothing.")
]
Explain = Annotated[
    str | None,
    typer.Option("--explain", metavar="NAME", help="Only say what is recorded of a document, and why."),
]


def only_one(**looks: object) -> None:
    """Raise UsageError where several of the looks are asked for at once."""
    asked = [f"--{name.replace('_', '-')}" for name, wanted in looks.items() if wanted]

    if len(asked) > 1:
        raise UsageError(f"{' and '.join(asked)} exclude each other. Choose one.")


def info(session: str | None, *, config: Path | None, overrides: Mapping[str, Any], as_json: bool) -> None:
    """Print what is known of a session."""
    from robasync.app.overview import overview
    from robasync.cli import inspecting

    inspecting.show(overview(session, config=config, overrides=overrides), as_json=as_json)


def validate(
    session: str | None, *, config: Path | None, overrides: Mapping[str, Any], as_json: bool
) -> None:
    """Print what holds of a session and the settings it would go on with; exit with 0 or 2."""
    from robasync.app.validation import validate
    from robasync.cli import inspecting

    verdicts = list(validate(session, config=config, overrides=overrides))

    raise typer.Exit(0 if inspecting.judge(verdicts, as_json=as_json) else INVALID)


def validate_new(
    selection: Selection, *, config: Path | None, overrides: Mapping[str, Any], as_json: bool
) -> NoReturn:
    """Print what holds of the settings and folders of a run that is to begin; exit with 0 or 2."""
    from robasync.app.validation import validate_new
    from robasync.cli import inspecting

    verdicts = list(validate_new(config=config, overrides=overrides, selection=selection))

    raise typer.Exit(0 if inspecting.judge(verdicts, as_json=as_json) else INVALID)


def forecast(request: Request, *, signals: Signals, display: Display, as_json: bool) -> None:
    """Print what a resume would do."""
    from robasync.app import preview
    from robasync.cli import forecasting

    with ended_by(signals):
        forecasting.tell(preview.resume(request, signals=signals, show=display.show), as_json=as_json)


def forecast_new(
    settings: Settings,
    *,
    selection: Selection,
    new: bool,
    signals: Signals,
    display: Display,
    as_json: bool,
) -> NoReturn:
    """Print what a run would do that begins a session, and exit."""
    from robasync.app import preview
    from robasync.cli import forecasting

    with ended_by(signals):
        found = preview.start(settings, selection=selection, new=new, signals=signals, show=display.show)
        forecasting.tell(found, as_json=as_json)

    raise typer.Exit


def explain(name: str, request: Request, *, signals: Signals, display: Display, as_json: bool) -> None:
    """Print what a resume would do with one document, and why."""
    from robasync.app import preview
    from robasync.cli import explaining

    with ended_by(signals):
        found = preview.explain(name, request, signals=signals, show=display.show)
        explaining.tell(found, as_json=as_json)


@contextmanager
def ended_by(signals: Signals) -> Iterator[None]:
    """Exit as a run does that a signal ends."""
    try:
        yield
    except Stopped as stopped:
        complain(str(stopped))
        raise typer.Exit(signals.exit_code) from stopped
