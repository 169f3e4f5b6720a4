"""``robasync cleanup``: remove old checkpoints; no answer goes with them unless it is asked for."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from robasync.cli import inventory, options
from robasync.cli.logged import Log, logged
from robasync.errors import UsageError


@logged
def cleanup(
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="Old checkpoints, backups, temporary files.")
    ] = False,
    keep: Annotated[int, typer.Option("--keep", min=0, metavar="N", help="Sessions left whole.")] = 5,
    journals: Annotated[
        bool,
        typer.Option("--journals", help="The answers of those sessions as well: nothing reuses them then."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Also of sessions that are not finished.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Remove the checkpoints of finished sessions but the newest N.

    Their journals stay: they hold the answers, and a checkpoint can be rebuilt from them.
    """
    if not checkpoints:
        raise UsageError("Say what to clean up: robasync cleanup --checkpoints --keep 5")

    with log.terminal():
        from robasync.app.clearing import Broom, clean_up
        from robasync.app.shelf import shelf

        broom = Broom(keep=keep, journals=journals, force=force, dry_run=dry_run)
        removed, spared = clean_up(shelf(config), broom, now=time.time())

    facts = {
        "dry_run": dry_run,
        "removed": inventory.plain(removed),
        "kept": inventory.plain(spared),
        "sessions_without_answers": [one.session for one in removed if one.is_answers],
    }
    inventory.tell(
        facts, inventory.cleared(removed, spared, is_dry=dry_run, journals=journals), as_json=as_json
    )
