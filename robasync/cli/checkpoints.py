"""``robasync checkpoints``: what there is, whether it is whole, copies, and the archive."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from robasync.cli import inventory, looking, options
from robasync.cli.logged import Log, logged
from robasync.errors import CheckpointError, UsageError

ALL = "all"
ARCHIVE = Path("archive") / "checkpoints"
INVALID = 2

application = typer.Typer(
    help="List, check, copy, restore and archive checkpoints.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="Where it goes; default: see above.")
]


@application.command("list")
@logged
def list_sessions(
    config: options.Config = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """List the sessions, the newest first."""
    with log.terminal():
        from robasync.app.shelf import shelf

        shown = shelf(config)
        sessions = shown.sessions()

    lines = inventory.table(sessions, folder=shown.folder)
    inventory.tell([inventory.facts(one) for one in sessions], lines, as_json=as_json)


@application.command()
@logged
def show(
    session: options.Checkpoint = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Show a session's progress, cost, errors and files.

    The same as robasync resume --info.
    """
    with log.terminal():
        looking.info(session, config=config, overrides={}, as_json=as_json)


@application.command()
@logged
def validate(
    session: Annotated[
        str | None,
        typer.Option(
            "-s", "--session", metavar="CHECKPOINT|all", help="Path, file name or session id; default: all."
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Check every checkpoint and every copy of one.

    Exit codes: 0 all are valid, 2 one is not, or there is none. A damaged one costs no
    answer: resume rebuilds it from the journal.
    """
    with log.terminal():
        from robasync.app import keeping
        from robasync.app.shelf import shelf

        shown = shelf(config)
        is_all = session in (None, ALL)
        sessions = shown.sessions() if is_all else [shown.find(session)]
        found = [*keeping.verdicts(shown, sessions), *(keeping.strays(shown, sessions) if is_all else ())]

    if not found:
        raise CheckpointError(
            f"There is no checkpoint in {shown.folder}.\nSee what there is: robasync checkpoints list"
        )

    inventory.tell([inventory.verdict(one) for one in found], inventory.verdicts(found), as_json=as_json)

    raise typer.Exit(0 if all(one.is_valid for one in found) else INVALID)


@application.command()
@logged
def backup(
    session: options.Checkpoint = None,
    folder: Folder = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Copy a checkpoint, checked, to the session's backups.

    The session may be running. A copy among the backups is rotated with them; name another
    folder with -o to keep it for good.
    """
    with log.terminal():
        from robasync.app import keeping
        from robasync.app.shelf import shelf

        shown = shelf(config)
        kept = keeping.back_up(shown, shown.find(session), folder=folder, now=_now())

    inventory.tell(inventory.kept(kept), inventory.backed_up(kept), as_json=as_json)


@application.command()
@logged
def restore(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A copy: its path, or its name in the backups.")
    ],
    session: options.Checkpoint = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Put a copy in the place of its session's checkpoint.

    The checkpoint that it replaces is kept among the backups. The journal is not touched: it
    holds every answer, and resume believes it, not the checkpoint.
    """
    with log.terminal():
        from robasync.app import keeping
        from robasync.app.shelf import shelf

        done = keeping.restore(shelf(config), file, name=session, now=_now())

    inventory.tell(inventory.put_back(done), inventory.restored(done), as_json=as_json)


@application.command()
@logged
def archive(
    session: options.Checkpoint = None,
    completed: Annotated[bool, typer.Option("--completed", help="Every finished session.")] = False,
    folder: Folder = None,
    force: Annotated[bool, typer.Option("--force", help="Also one that is not finished.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Move finished sessions with all their files to the archive.

    It is archive/checkpoints unless -o names another. Runs here reuse the answers of an archived
    session no more; report and resume -s take it where it lies then.
    """
    if (session is None) != completed:
        raise UsageError("Name a session with -s, or archive every finished one with --completed; not both.")

    with log.terminal():
        from robasync.app import clearing
        from robasync.app.shelf import shelf

        shown = shelf(config)
        target = folder or ARCHIVE

        if session is None:
            moved, spared = clearing.archive_completed(shown, folder=target)
        else:
            moved, spared = [clearing.archive(shown, shown.find(session), folder=target, force=force)], []

    inventory.tell(
        {"archived": inventory.plain(moved), "left": inventory.plain(spared)},
        inventory.archived(moved, spared),
        as_json=as_json,
    )


def _now() -> datetime:
    return datetime.now().astimezone()
