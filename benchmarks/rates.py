"""How much of a hidden limit is used, how soon, and how many calls are refused for it.

    python benchmarks/rates.py [--quick]       on virtual time: the real limits, a simulated server
    python benchmarks/rates.py --real          once on the real clock, over HTTP

Each line is a server with limits that it hides (or tells, where "room" is said): requests or tokens a
minute; the seconds' worth that it lets through at once, or whole minutes; whether a 429 says how long to
wait. Share and refused are taken from two minutes after the begin, and after each change, on; "all" is
the share of refused calls from the first one on. Exits 1 while a bar is not held.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.limited import STEADY, Outcome, Scenario, simulate  # noqa: E402

SHARE, REFUSED, FOUND = 0.90, 0.01, 120.0
HALVED, BACK, FOURFOLD = ((300.0, 0.5),), ((300.0, 0.5), (600.0, 1.0)), ((300.0, 0.5), (600.0, 2.0))


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


def figures(outcome: Outcome) -> Figures:
    phases = outcome.phases

    return Figures(
        share=min(outcome.share(start + STEADY, end) for start, end in phases),
        refused=max(outcome.refused(start + STEADY, end) for start, end in phases),
        found=max(outcome.found(start, end) for start, end in phases),
        refused_in_all=outcome.refused(),
    )


def scenarios(*, quick: bool) -> list[Scenario]:
    """Return the table, or the few of it that ``quick`` means."""
    if quick:
        return [
            Scenario(requests=600, burst=10),
            Scenario(tokens=6e6, burst=10),
            Scenario(requests=600, burst=0),
        ]

    rates = [
        Scenario(requests=rate, burst=burst, tells_wait=wait)
        for rate, burst, wait in product((30, 120, 600, 6000), (1, 10, 60, 0), (True, False))
    ]
    tokens = [
        Scenario(tokens=rate, burst=burst, tells_wait=wait)
        for (rate, burst), wait in product(
            ((1e6, 10), (1e6, 60), (6e6, 1), (6e6, 10), (6e6, 60), (6e6, 0)), (True, False)
        )
    ]
    room = [
        Scenario(requests=rate, burst=burst, tells_room=True)
        for rate, burst in product((30, 600, 6000), (1, 10, 60, 0))
    ]
    room += [Scenario(tokens=6e6, burst=burst, tells_room=True) for burst in (10, 60, 0)]
    slow = [Scenario(requests=600, burst=burst, latency=10) for burst in (1, 10, 60, 0)]
    changes = [
        Scenario(requests=600, burst=burst, changes=change)
        for burst, change in product((1, 10, 60, 0), (HALVED, BACK, FOURFOLD))
    ]
    changes += [Scenario(tokens=6e6, burst=10, changes=change) for change in (HALVED, BACK, FOURFOLD)]
    neighbours = [Scenario(requests=600, burst=burst, neighbours=((300, 600),)) for burst in (1, 10, 60)]

    return rates + tokens + room + slow + changes + neighbours


def name(one: Scenario) -> str:
    """Return a scenario in words."""
    limit = f"{one.requests:.0f} requests" if one.requests else f"{(one.tokens or 0) / 1e6:g} M tokens"
    burst = f"{one.burst:g} s at once" if one.burst else "whole minutes"
    told = ("wait" if one.tells_wait else "nothing") + (", room" if one.tells_room else "")
    changes = "".join(f", x{factor:g} at {at:.0f} s" for at, factor in one.changes)
    latency = f", latency {one.latency:g} s" if one.latency != 1 else ""
    neighbour = "".join(f", neighbour {begin:.0f} to {end:.0f} s" for begin, end in one.neighbours)

    return f"{limit}, {burst}, tells {told}{changes}{latency}{neighbour}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="three scenarios")
    parser.add_argument("--real", action="store_true", help="on the real clock, for some minutes")
    options = parser.parse_args()

    if options.real:
        import rates_real

        raise SystemExit(0 if rates_real.main() else 1)

    held = []
    print(f"{'scenario':75} share  refused  found   all")

    for one in scenarios(quick=options.quick):
        it = figures(simulate(one))
        held.append(it.holds)
        print(
            f"{name(one):75} {it.share:5.3f}  {it.refused:6.2%}  {it.found:4.0f} s  {it.refused_in_all:6.2%}"
            f"{'' if it.holds else '  DOES NOT HOLD'}",
            flush=True,
        )

    bars = f"share >= {SHARE:.0%}, refused <= {REFUSED:.0%}, found <= {FOUND:.0f} s"
    print(f"{sum(held)} of {len(held)} hold: {bars}")
    raise SystemExit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
