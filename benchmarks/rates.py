"""How much of a hidden limit is used, how soon, and how many calls are refused for it.

    python benchmarks/rates.py [--seeds 1-5] [--jobs N]   on virtual time: the real limits, a simulated server
    python benchmarks/rates.py --quick                    two servers, one seed
    python benchmarks/rates.py --real                     once on the real clock, over HTTP

Each line is a server with limits that it hides: requests or tokens a minute, or both; the seconds' worth
that it lets through at once, or whole minutes; what a 429 tells ("wait": how long to wait, "what": whether
requests or tokens were too many), and "room" where headers tell what is left; what its limits are multiplied
with in mid-run, "x0.25/1" for requests and tokens apart. Share (of that limit which is nearer) and refused
are taken from two minutes after the begin, and after each change, on; "all" is the share of refused calls
from the first on. Shown is the worst of all seeds; 6,000 requests a minute are played with the first only.

Exits 1 while a bar is not held in the first group. The second group differs in kind:
- whole minutes without headers are felt once a minute at most: "found in two minutes" is two looks;
- 30 to 50 calls a minute: 1 % of refusals is one look in two to three minutes;
- limits on both, where a refusal does not name which: that has to be told from those few refusals first.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.rates_servers import groups, is_slow, name  # noqa: E402
from tests.limited import STEADY, Outcome, Scenario, simulate  # noqa: E402

SHARE, REFUSED, FOUND = 0.90, 0.01, 120.0


@dataclass(frozen=True)
class Figures:
    """The worst of a scenario's phases; ``found`` in seconds."""

    share: float
    refused: float
    found: float
    refused_in_all: float

    @property
    def holds(self) -> bool:
        """Whether all three bars hold."""
        return self.share >= SHARE and self.refused <= REFUSED and self.found <= FOUND


def worst(several: Sequence[Figures]) -> Figures:
    """Return the worst of each."""
    return Figures(
        share=min(one.share for one in several),
        refused=max(one.refused for one in several),
        found=max(one.found for one in several),
        refused_in_all=max(one.refused_in_all for one in several),
    )


def figures(outcome: Outcome) -> Figures:
    phases = outcome.phases

    return Figures(
        share=min(outcome.share(start + STEADY, end) for start, end in phases),
        refused=max(outcome.refused(start + STEADY, end) for start, end in phases),
        found=max(outcome.found(start, end) for start, end in phases),
        refused_in_all=outcome.refused(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two servers, one seed")
    parser.add_argument("--seeds", type=_seeds, default=range(1, 6), help="as 1-5, the default, or 3")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that play at a time")
    parser.add_argument("--real", action="store_true", help="on the real clock, for some minutes")
    options = parser.parse_args()

    if options.real:
        import rates_real

        raise SystemExit(0 if rates_real.main() else 1)

    seeds = options.seeds[:1] if options.quick else options.seeds

    with ProcessPoolExecutor(options.jobs) as workers:
        held = [
            _report(title, rows, seeds=seeds, workers=workers)
            for title, rows in groups(quick=options.quick).items()
        ]

    print(f"bars: share >= {SHARE:.0%}, refused <= {REFUSED:.0%}, found <= {FOUND:.0f} s")
    raise SystemExit(0 if held[0] else 1)


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")

    return range(int(first), int(last or first) + 1)


def _play(one: Scenario) -> Figures:
    return figures(simulate(one))


def _report(title: str, rows: list[Scenario], *, seeds: range, workers: Executor) -> bool:
    """Print a group's figures and return whether all of it holds."""
    held = 0
    print(f"\n{title}\n{'server':95} share  refused  found     all")
    played = [
        [workers.submit(_play, replace(one, seed=seed)) for seed in (seeds[:1] if is_slow(one) else seeds)]
        for one in rows
    ]

    for one, runs in zip(rows, played, strict=True):
        several = [run.result() for run in runs]
        it, failed = worst(several), sum(not each.holds for each in several)
        held += not failed
        print(
            f"{name(one):95} {it.share:5.3f}  {it.refused:6.2%}  {it.found:4.0f} s  {it.refused_in_all:6.2%}"
            f"{f'  DOES NOT HOLD with {failed} of {len(several)}' if failed else ''}",
            flush=True,
        )

    print(f"{held} of {len(rows)} hold with seeds {seeds[0]} to {seeds[-1]}")

    return held == len(rows)


if __name__ == "__main__":
    main()
