"""``robasync providers``: which models are configured, and whether they can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from robasync.cli import inventory, options
from robasync.cli.logged import Log, logged
from robasync.cli.phrases import count

if TYPE_CHECKING:
    from robasync.app.reach import Way

NOT_REACHED = 3
NONE = (
    "No model is configured: the offline baseline 'rules' assesses. docs/providers.md shows how to add one."
)

application = typer.Typer(
    help="List the configured models; check that they answer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@application.command("list")
@logged
def list_models(
    config: options.Config = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """List the configured models; asks nobody."""
    with log.terminal():
        from robasync.app.reach import ways
        from robasync.settings import load

        found = [way for _, way in ways(load(file=config))]

    _tell(found, as_json=as_json)


@application.command()
@logged
def check(
    config: options.Config = None,
    model: options.Model = None,
    call: Annotated[
        bool, typer.Option("--call", help="Make one small call to each; it is paid for.")
    ] = False,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Ask each server for its list of models, which costs nothing.

    With --call one small call is made to each as well: key, credit and the form of answers.

    Exit codes: 0 all can be asked, 3 one cannot.
    """
    with log.terminal():
        from robasync.app import reach
        from robasync.settings import load

        found = reach.check(load(file=config), model=model, call=call)

    _tell(found, as_json=as_json, is_checked=True)

    raise typer.Exit(0 if all(way.is_reached for way in found) else NOT_REACHED)


def _tell(found: list[Way], *, as_json: bool, is_checked: bool = False) -> None:
    lines = [line for way in found for line in _lines(way, is_checked=is_checked)] or [NONE]
    inventory.tell([asdict(way) for way in found], lines, as_json=as_json)


def _lines(way: Way, *, is_checked: bool) -> Iterator[str]:
    yield f"{way.name}: {way.model} of {way.provider} at {way.address}"
    price = "price known" if way.priced else "price unknown"
    yield f"  key {way.key or 'none'}; {price}; {_window(way)}{_form(way)}"

    if is_checked:
        yield f"  {_verdict(way)}"


def _window(way: Way) -> str:
    window = way.context_window

    return f"context window {window:,} tokens" if window else "context window not given"


def _form(way: Way) -> str:
    return "; streaming" if way.streaming else ""


def _verdict(way: Way) -> str:
    if way.problem:
        return f"cannot be asked: {way.problem}"

    listed = {True: "ours among them", False: "ours is not among them", None: ""}[way.is_listed]
    said = ["reached"] if way.models is None else [f"reached; lists {count(way.models, 'model')}", listed]

    if way.answers:
        said.append(f"one call was answered ({count(way.tokens or 0, 'token')}; form by {way.answers})")

    return ", ".join(filter(None, said))
