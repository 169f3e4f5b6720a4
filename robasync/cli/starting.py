"""``robasync demo`` and ``robasync init``: a first look, and a first settings file, in an empty folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from robasync.cli import options, work
from robasync.cli.logged import Log, logged
from robasync.cli.terminal import complain, say
from robasync.errors import UsageError

Folder = Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where the demo is put.")]


@logged
def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where the demo is put.")] = Path(
        "robasync-demo"
    ),
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Assess ten fictional reports: no model, no key.

    The offline baseline reads them. One is a scan and fails, one is a protocol and is
    refused: exit code 3.
    """
    trials = folder / "trials"

    with log.terminal() as display:
        from robasync import examples
        from robasync.app import sessions
        from robasync.selection import Selection
        from robasync.settings import load

        _copy(examples.trials(), trials)
        overrides = {
            "paths.input_folder": trials,
            "paths.output_folder": folder / "output",
            "paths.checkpoint_file": folder / "checkpoints" / "demo.checkpoint.json",
            "paths.checkpoint_backup_dir": folder / "checkpoints" / "backups",
        }
        ending = sessions.start(
            load(overrides=overrides, environment=False),
            selection=Selection(model="rules"),
            new=True,
            signals=context.obj,
            show=display.show,
        )

    work.finish(ending, as_json=as_json)


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise UsageError(
            f"The examples cannot be written to {target}: {error}\nName another place with --folder"
        ) from error


@logged
def init(
    file: Annotated[Path, typer.Argument(help="The settings file to write.")] = Path("robasync.json"),
    *,
    log: Log,
) -> None:
    """Write a commented settings file."""
    from robasync.settings import template

    log.begin(complain)

    if file.exists():
        raise UsageError(
            f"{file} exists already and is left as it is.\nName another file: robasync init FILE"
        )

    try:
        file.write_text(template(commented=True), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error

    say(f"Written: {file}")
    say(f"Put your reports into a folder, then: robasync run -c {file} -i FOLDER")
