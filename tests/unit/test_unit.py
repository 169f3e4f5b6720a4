"""Whether requests or tokens are limited is told by what stays the same, and by what is refused."""

from __future__ import annotations

import random

import pytest

from robasync.gate.unit import Unit


def refused(chance, *, limited, calls=100, depth=1.0):
    """Return rates between two refusals of a server, and the size of the refused call, mean 1.

    What is ``limited`` differs by one in a hundred, the other by what so many documents make of it.
    """
    sizes = [chance.uniform(0.1, 1.9) for _ in range(calls)]
    mean = sum(sizes) / calls
    same = chance.gauss(1.0, 0.01)

    if limited == 0:
        return (same, mean * same), chance.choice(sizes)

    return (same / mean, same), chance.choices(sizes, weights=[size**depth for size in sizes])[0]


@pytest.mark.parametrize("limited", [0, 1])
@pytest.mark.parametrize("seed", range(10))
def test_what_stays_the_same_is_limited(limited, seed):
    """Found after a dozen refusals, and kept to from then on nearly always."""
    chance, unit, right = random.Random(seed), Unit(), 0

    for number in range(60):
        unit.compare(*refused(chance, limited=limited))
        right += number >= 12 and unit.place == limited

    assert right >= 40


def test_large_calls_are_refused_where_tokens_are_limited():
    """Where both change alike, the size of what is refused decides."""
    unit = Unit()

    for number in range(8):
        rate = 1.0 + 0.05 * (number % 2)
        unit.compare((rate, rate), 1.8)

    assert unit.place == 1


def test_a_size_that_makes_no_sense_does_no_harm():
    """Nothing, or any multiple, may be estimated for a call."""
    unit = Unit()

    for size in (0.0, 1e300, 0.0):
        unit.compare((1.0, 1.0), size)

    assert unit.place in (0, 1)
