"""How much of a hidden limit is used, how soon, and how many calls are refused for it.

    python benchmarks/rates.py [--quick] [--seeds N]   on virtual time: the real limits, a simulated server
    python benchmarks/rates.py --real                  once on the real clock, over HTTP

Each line is a server with limits that it hides: requests or tokens a minute; the seconds' worth that it
lets through at once, or whole minutes; what a 429 tells ("wait": how long to wait, "what": whether requests
or tokens were too many), and "room" where headers tell what is left. Share and refused are taken from two
minutes after the begin, and after each change, on; "all" is the share of refused calls from the first on.

Exits 1 while a bar is not held in the first group. The second group differs in kind:
- whole minutes without headers are felt once a minute at most: "found in two minutes" is two looks;
- 30 to 50 calls a minute: 1 % of refusals is one look in two to three minutes;
- tokens, where a refusal does not name them: that it is tokens has to be told from those few refusals first.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.limited import STEADY, Outcome, Scenario, simulate  # noqa: E402

HELD = "Continuous buckets, or headers; changed in mid-run, shared with a neighbour"
HARDER = "Harder in kind, reported only"
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


def worst(several: list[Figures]) -> Figures:
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


def groups(*, quick: bool) -> dict[str, list[Scenario]]:
    """Return the servers that have to be held, and those that are reported only; few for ``quick``."""
    if quick:
        return {HELD: [Scenario(requests=600, burst=10), Scenario(tokens=6e6, burst=10, names_unit=True)]}

    return {HELD: [*_requests(), *_tokens(), *_room(), *_changes(), *_neighbours()], HARDER: _harder()}


def _requests() -> list[Scenario]:
    rates = product((120, 600, 6000), (1, 10, 60), (True, False))
    slow = [Scenario(requests=600, burst=burst, latency=10) for burst in (1, 10, 60)]

    return [Scenario(requests=rate, burst=burst, tells_wait=wait) for rate, burst, wait in rates] + slow


def _tokens() -> list[Scenario]:
    return [
        Scenario(tokens=6e6, burst=burst, tells_wait=wait, names_unit=True)
        for burst, wait in product((1, 10, 60), (True, False))
    ]


def _room() -> list[Scenario]:
    requests = product((600, 6000), (1, 10, 60, 0))

    return [Scenario(requests=rate, burst=burst, tells_room=True) for rate, burst in requests] + [
        Scenario(tokens=6e6, burst=burst, tells_room=True) for burst in (10, 60, 0)
    ]


def _changes() -> list[Scenario]:
    requests = product((1, 10, 60), (HALVED, BACK, FOURFOLD))

    return [Scenario(requests=600, burst=burst, changes=change) for burst, change in requests] + [
        Scenario(tokens=6e6, burst=10, changes=change, names_unit=True) for change in (HALVED, BACK, FOURFOLD)
    ]


def _neighbours() -> list[Scenario]:
    return [Scenario(requests=600, burst=burst, neighbours=((300, 600),)) for burst in (1, 10, 60)]


def _harder() -> list[Scenario]:
    waits = (True, False)
    minutes = [
        Scenario(requests=rate, burst=0, tells_wait=wait) for rate, wait in product((120, 600, 6000), waits)
    ]
    minutes += [Scenario(tokens=6e6, burst=0, tells_wait=wait) for wait in waits]
    minutes += [Scenario(requests=600, burst=0, changes=change) for change in (HALVED, BACK, FOURFOLD)]
    minutes.append(Scenario(requests=600, burst=0, latency=10))
    few = [
        Scenario(requests=30, burst=burst, tells_wait=wait) for burst, wait in product((1, 10, 60, 0), waits)
    ]
    few += [Scenario(requests=30, burst=burst, tells_room=True) for burst in (1, 10, 60, 0)]
    few += [
        Scenario(tokens=1e6, burst=burst, tells_wait=wait, names_unit=says)
        for burst, wait, says in product((10, 60), waits, (True, False))
    ]
    unnamed = [
        Scenario(tokens=6e6, burst=burst, tells_wait=wait) for burst, wait in product((1, 10, 60), waits)
    ]
    unnamed += [Scenario(tokens=6e6, burst=10, changes=change) for change in (HALVED, BACK, FOURFOLD)]

    return minutes + few + unnamed


def name(one: Scenario) -> str:
    """Return a scenario in words."""
    limit = f"{one.requests:.0f} requests" if one.requests else f"{(one.tokens or 0) / 1e6:g} M tokens"
    burst = f"{one.burst:g} s at once" if one.burst else "whole minutes"
    words = (("wait", one.tells_wait), ("room", one.tells_room), ("what", one.names_unit))
    told = ", ".join(word for word, is_told in words if is_told) or "nothing"
    changes = "".join(f", x{factor:g} at {at:.0f} s" for at, factor in one.changes)
    latency = f", latency {one.latency:g} s" if one.latency != 1 else ""
    neighbour = "".join(f", neighbour {begin:.0f} to {end:.0f} s" for begin, end in one.neighbours)

    return f"{limit}, {burst}, tells {told}{changes}{latency}{neighbour}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two servers")
    parser.add_argument("--seeds", type=int, default=1, help="play each with so many, and show the worst")
    parser.add_argument("--real", action="store_true", help="on the real clock, for some minutes")
    options = parser.parse_args()

    if options.real:
        import rates_real

        raise SystemExit(0 if rates_real.main() else 1)

    held = [_report(title, rows, seeds=options.seeds) for title, rows in groups(quick=options.quick).items()]
    print(f"bars: share >= {SHARE:.0%}, refused <= {REFUSED:.0%}, found <= {FOUND:.0f} s")
    raise SystemExit(0 if held[0] else 1)


def _report(title: str, rows: list[Scenario], *, seeds: int) -> bool:
    """Print a group's figures and return whether all of it holds."""
    held = 0
    print(f"\n{title}\n{'server':80} share  refused  found   all")

    for one in rows:
        it = worst([figures(simulate(replace(one, seed=seed))) for seed in range(1, seeds + 1)])
        held += it.holds
        print(
            f"{name(one):80} {it.share:5.3f}  {it.refused:6.2%}  {it.found:4.0f} s  {it.refused_in_all:6.2%}"
            f"{'' if it.holds else '  DOES NOT HOLD'}",
            flush=True,
        )

    print(f"{held} of {len(rows)} hold with {seeds} seed{'s' * (seeds > 1)}")

    return held == len(rows)


if __name__ == "__main__":
    main()
