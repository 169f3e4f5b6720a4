"""Kill the installed command again and again, at random and chosen moments, and judge what is left.

    scripts/crash --rounds 1000

Each round starts the command against a server of its own, kills it, goes on with other
workers, batch sizes and settings, kills it again, lets it finish, and compares results,
journal and the server's bill with an uninterrupted run. Exit code 0 means that all held.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import anyio

from tests.crash.campaign.rounds import Campaign, Judged
from tests.crash.campaign.table import table

SEED = 20261123


def main() -> int:
    """Run the campaign; 0 when every round held."""
    parser = argparse.ArgumentParser(prog="scripts/crash", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=SEED, help="of the first round; the next has the next")
    parser.add_argument("--jobs", type=int, default=2, help="rounds at once")
    parser.add_argument("--keep", action="store_true", help="keep every round's folder")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="robasync-crash-"))
    campaign = Campaign(folder, keep=given.keep, tell=tell)
    anyio.run(campaign.run, range(given.seed, given.seed + given.rounds), given.jobs)
    print(table(campaign.judged))

    if not campaign.failed and not given.keep:
        shutil.rmtree(folder)

    return 1 if campaign.failed else 0


def tell(judged: Judged, number: int) -> None:
    """Print a line for a round, and what did not hold."""
    print(number, judged, flush=True)

    for complaint in judged.complaints:
        print("   ", complaint)

    if judged.folder.exists():
        print(f"    kept: {judged.folder}")

    if judged.complaints:
        print(f"    again: scripts/crash --rounds 1 --seed {judged.plan.seed}")


if __name__ == "__main__":
    sys.exit(main())
