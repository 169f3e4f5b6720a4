"""Whether requests or tokens are limited, where the server does not say. Pure."""

from __future__ import annotations

import math

from robasync.gate.trail import Amounts

NEWEST = 0.3  # weight of the newest refusal
SURE = math.log(2)  # how much more has to speak for the other quantity, after ...
CHANGES = 2  # ... so many changes
LARGE = 2.5  # weight of the size of refused calls beside that of the changes
LEAST_CHANGE = 1e-3  # less is rounding
MOST_SIZE = 10.0  # times the mean


class Unit:
    """What is limited, as its ``place`` among the amounts: requests until tokens look more like it.

    From one refusal to the next a server lets through the same of what it limits; of the other it is
    whatever the documents make of it. And where tokens are limited, large calls are refused rather than
    small ones. Both are taken as logarithms, of how much likelier they are, and added.
    """

    def __init__(self) -> None:
        self.place = 0
        self._before: Amounts | None = None
        self._changes = [0.0, 0.0]
        self._size = 0.0
        self._compared = 0

    def compare(self, rates: Amounts, size: float) -> None:
        """Take in what was let through between two refusals, in units a second; may change ``place``.

        ``size`` is that of the refused call in tokens, as a multiple of the usual.
        """
        self._size += NEWEST * (math.log(min(max(size, 1 / MOST_SIZE), MOST_SIZE)) - self._size)

        if self._before is not None:
            for place, (new, old) in enumerate(zip(rates, self._before, strict=True)):
                self._changes[place] += NEWEST * (abs(math.log(new / old)) - self._changes[place])

            self._compared += 1

            if self._compared >= CHANGES and self._other_is_likelier():
                self.place, self._compared = 1 - self.place, 0

        self._before = rates

    def _other_is_likelier(self) -> bool:
        requests, tokens = (max(change, LEAST_CHANGE) for change in self._changes)
        for_tokens = math.log(requests / tokens) + LARGE * self._size

        return (for_tokens if self.place == 0 else -for_tokens) > SURE
