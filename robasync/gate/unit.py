"""Whether requests or tokens are limited, where the server does not say. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

NEWEST = 0.3  # weight of the newest change
SURER = 0.5  # times as much change speaks for the other quantity, after ...
CHANGES = 3  # ... so many


class Unit:
    """What is limited, as its ``place`` among the amounts: requests until tokens look more like it.

    From one refusal to the next a server lets through the same of what it limits; of the other it is
    whatever the documents make of it.
    """

    def __init__(self) -> None:
        self.place = 0
        self._before: Sequence[float] | None = None
        self._changes = [0.0, 0.0]
        self._compared = 0

    def compare(self, rates: Sequence[float]) -> None:
        """Take in what was let through between two refusals, in units a second; may change ``place``."""
        if self._before is not None:
            for place, (new, old) in enumerate(zip(rates, self._before, strict=True)):
                self._changes[place] += NEWEST * (abs(math.log(new / old)) - self._changes[place])

            self._compared += 1
            other = 1 - self.place

            if self._compared >= CHANGES and self._changes[other] < SURER * self._changes[self.place]:
                self.place, self._compared = other, 0

        self._before = rates
