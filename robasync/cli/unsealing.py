"""``robasync unseal``: show what an encrypted or compressed file of a session holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from robasync.cli import options
from robasync.cli.logged import Log, logged
from robasync.errors import UsageError


@logged
def unseal(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Result files, checkpoints, backups.")
    ],
    config: options.Config = None,
    *,
    log: Log,
) -> None:
    """Print the content of encrypted or compressed files.

    The key is checkpoint_system.encryption_key of -c, or of the environment. Nothing is changed.
    """
    from robasync.app.vault import Vault
    from robasync.settings import load

    with log.terminal():
        vault = Vault(load(file=config))
        contents = [vault.open(_read(path), name=path.name) for path in files]

    for content in contents:
        typer.echo(content, nl=False)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.\nName a file: robasync unseal FILE"
        ) from error
