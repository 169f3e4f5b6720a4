"""``robasync selftest``: whether what is killed on this disk is recovered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robasync.cli import inventory, options
from robasync.cli.logged import Log, logged
from robasync.cli.phrases import count
from robasync.cli.terminal import complain, say

if TYPE_CHECKING:
    from robasync.app.selftest import Kill, Round

FAILED = 5
SEED = 1


@logged
def selftest(
    folder: Annotated[
        Path, typer.Option("--dir", metavar="D", help="Folder on the disk to try; a folder is made in it.")
    ],
    rounds: Annotated[int, typer.Option("--rounds", min=1, metavar="N", help="Rounds.")] = 4,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Other moments to kill at.")] = SEED,
    as_json: options.AsJson = False,
    *,
    log: Log,
) -> None:
    """Kill robasync on this disk, resume, judge what is left.

    It assesses made-up reports. A stand-in on this machine takes the place of the model: nothing is
    sent, nothing costs. The stand-in's bill is held against the journal. What was written is removed
    afterwards.

    Exit codes: 0 every promise held, 5 one did not.
    """
    with log.terminal():
        from robasync.app.selftest import DOCUMENTS, KILLS, Kill, run

        def tell(news: Kill | Round) -> None:
            """Say how far it is, and what a round came to; for programs all rounds are told at the end."""
            if isinstance(news, Kill):
                complain(f"Round {news.round}: kill {news.number} of {KILLS}, {_asked(news)}")
            elif not as_json:
                for line in _lines(news):
                    say(line)

        complain(f"{count(rounds, 'round')} of {DOCUMENTS} made-up reports, each killed up to {KILLS} times.")
        found = run(folder, rounds=rounds, seed=seed, tell=tell)

    failed = [one for one in found if one.complaints]

    if as_json:
        inventory.tell({"held": not failed, "rounds": [asdict(one) for one in found]}, [], as_json=True)
    else:
        say(_verdict(found, failed, folder))

    raise typer.Exit(FAILED if failed else 0)


def _asked(kill: Kill) -> str:
    return f"after {count(kill.asked, 'question')}"


def _lines(one: Round) -> Iterator[str]:
    held = "FAILED" if one.complaints else "held"
    yield (
        f"Round {one.number}: {held}; {count(one.kills, 'kill')}, {count(one.asked, 'question')}, "
        f"{count(one.recorded, 'answer')} recorded, {one.uncertain} uncertain"
    )
    yield from (f"  {complaint}" for complaint in one.complaints)


def _verdict(found: list[Round], failed: list[Round], folder: Path) -> str:
    kills = count(sum(one.kills for one in found), "kill")

    if not failed:
        return f"{count(len(found), 'round')}, {kills}: no answer lost, none asked for twice without need."

    return (
        f"{len(failed)} of {count(len(found), 'round')} FAILED. Keep no session on this disk: {folder}\n"
        "Look at it with: robasync doctor   and try another disk with --dir D"
    )
