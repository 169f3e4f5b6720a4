"""The looks that come before a run or a resume, and change nothing: what there is, and what is to come."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from robasync.errors import UsageError
from robasync.selection import Selection

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
    from robasync.cli import inspecting
    from robasync.overview import overview

    inspecting.show(overview(session, config=config, overrides=overrides), as_json=as_json)


def validate(
    session: str | None, *, config: Path | None, overrides: Mapping[str, Any], as_json: bool
) -> None:
    """Print what holds of a session and the settings it would go on with; exit with 0 or 2."""
    from robasync.cli import inspecting
    from robasync.validation import validate

    verdicts = list(validate(session, config=config, overrides=overrides))

    raise typer.Exit(0 if inspecting.judge(verdicts, as_json=as_json) else INVALID)


def validate_new(
    selection: Selection, *, config: Path | None, overrides: Mapping[str, Any], as_json: bool
) -> None:
    """Print what holds of the settings and folders of a run that is to begin; exit with 0 or 2."""
    from robasync.cli import inspecting
    from robasync.validation import validate_new

    verdicts = list(validate_new(config=config, overrides=overrides, selection=selection))

    raise typer.Exit(0 if inspecting.judge(verdicts, as_json=as_json) else INVALID)
