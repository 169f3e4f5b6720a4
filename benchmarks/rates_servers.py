"""The servers of ``rates.py``: those that have to be held, and those that are harder in kind."""

from __future__ import annotations

from itertools import product

from tests.limited import Scenario

HELD = "Buckets, or headers; one limit or both; changed in mid-run, shared with a neighbour"
HARDER = "Harder in kind, reported only"
BURSTS, WAITS = (1, 10, 60), (True, False)
HALVED = ((300.0, 0.5, 0.5),)
BACK, FOURFOLD = (*HALVED, (600.0, 1.0, 1.0)), (*HALVED, (600.0, 2.0, 2.0))
MORE_TOKENS = ((300.0, 1.0, 4.0), (600.0, 1.0, 1.0))  # requests bind in the meantime
FEWER_REQUESTS = ((300.0, 0.25, 1.0), (600.0, 1.0, 1.0))  # the same
CHANGES = (HALVED, BACK, FOURFOLD)
MANY = 6_000  # a minute: one such takes as long as ten others


def groups(*, quick: bool) -> dict[str, list[Scenario]]:
    """Return the servers that have to be held, and those that are reported only; few for ``quick``."""
    if quick:
        return {HELD: [Scenario(requests=600, burst=10), Scenario(tokens=6e6, burst=10, names_unit=True)]}

    held = [*_requests(), *_tokens(), *_room(), *_both(), *_changes(), *_neighbours(), *_unnamed()]

    return {HELD: held, HARDER: [*_minutes(), *_few(), *_both_unnamed()]}


def is_slow(one: Scenario) -> bool:
    """Return whether it takes long to play."""
    return one.requests == MANY


def name(one: Scenario) -> str:
    """Return a scenario in words."""
    limits = [f"{one.requests:.0f} requests"] if one.requests else []
    limits += [f"{one.tokens / 1e6:g} M tokens"] if one.tokens else []
    burst = f"{one.burst:g} s at once" if one.burst else "whole minutes"
    words = (("wait", one.tells_wait), ("room", one.tells_room), ("what", one.names_unit))
    told = ", ".join(word for word, is_told in words if is_told) or "nothing"
    latency = f", latency {one.latency:g} s" if one.latency != 1 else ""
    neighbour = "".join(f", neighbour {begin:.0f} to {end:.0f} s" for begin, end in one.neighbours)

    return f"{' and '.join(limits)}, {burst}, tells {told}{_changed(one)}{latency}{neighbour}"


def _changed(one: Scenario) -> str:
    both = [
        (at, f"{more:g}" if more == larger else f"{more:g}/{larger:g}") for at, more, larger in one.changes
    ]

    return "".join(f", x{factors} at {at:.0f} s" for at, factors in both)


def _requests() -> list[Scenario]:
    rates = product((120, 600, MANY), BURSTS, WAITS)
    slow = [Scenario(requests=600, burst=burst, latency=10) for burst in BURSTS]

    return [Scenario(requests=rate, burst=burst, tells_wait=wait) for rate, burst, wait in rates] + slow


def _tokens() -> list[Scenario]:
    return [
        Scenario(tokens=6e6, burst=burst, tells_wait=wait, names_unit=True)
        for burst, wait in product(BURSTS, WAITS)
    ]


def _room() -> list[Scenario]:
    requests = product((600, MANY), (*BURSTS, 0))

    return [Scenario(requests=rate, burst=burst, tells_room=True) for rate, burst in requests] + [
        Scenario(tokens=6e6, burst=burst, tells_room=True) for burst in (10, 60, 0)
    ]


def _both() -> list[Scenario]:
    """Return servers that limit requests and tokens at once; 6 M tokens are some 280 calls."""
    named = [
        Scenario(requests=600, tokens=6e6, burst=burst, tells_wait=wait, names_unit=True, changes=change)
        for change, burst, wait in product((MORE_TOKENS, FEWER_REQUESTS), BURSTS, WAITS)
    ]
    near = [Scenario(requests=280, tokens=6e6, burst=burst, names_unit=True) for burst in (10, 60)]
    room = [
        Scenario(requests=600, tokens=6e6, burst=burst, tells_room=True, names_unit=True, changes=change)
        for change, burst in product((MORE_TOKENS, FEWER_REQUESTS), (10, 60, 0))
    ]

    return named + near + room


def _changes() -> list[Scenario]:
    requests = [
        Scenario(requests=600, burst=burst, changes=change) for burst, change in product(BURSTS, CHANGES)
    ]
    tokens = [
        Scenario(tokens=6e6, burst=burst, changes=change, names_unit=True)
        for burst, change in product(BURSTS, CHANGES)
    ]

    return requests + tokens


def _neighbours() -> list[Scenario]:
    return [Scenario(requests=600, burst=burst, neighbours=((300, 600),)) for burst in BURSTS]


def _minutes() -> list[Scenario]:
    requests = product((120, 600, MANY), WAITS)

    return [
        *(Scenario(requests=rate, burst=0, tells_wait=wait) for rate, wait in requests),
        *(Scenario(tokens=6e6, burst=0, tells_wait=wait) for wait in WAITS),
        *(Scenario(requests=600, burst=0, changes=change) for change in CHANGES),
        Scenario(requests=600, burst=0, latency=10),
    ]


def _few() -> list[Scenario]:
    tokens = product((10, 60), WAITS, (True, False))

    return [
        *(
            Scenario(requests=30, burst=burst, tells_wait=wait)
            for burst, wait in product((*BURSTS, 0), WAITS)
        ),
        *(Scenario(requests=30, burst=burst, tells_room=True) for burst in (*BURSTS, 0)),
        *(Scenario(tokens=1e6, burst=b, tells_wait=wait, names_unit=says) for b, wait, says in tokens),
    ]


def _unnamed() -> list[Scenario]:
    return [
        *(Scenario(tokens=6e6, burst=burst, tells_wait=wait) for burst, wait in product(BURSTS, WAITS)),
        *(Scenario(tokens=6e6, burst=burst, changes=change) for burst, change in product((10, 60), CHANGES)),
    ]


def _both_unnamed() -> list[Scenario]:
    changes = product((MORE_TOKENS, FEWER_REQUESTS), (10, 60))

    return [Scenario(requests=600, tokens=6e6, burst=burst, changes=change) for change, burst in changes]
