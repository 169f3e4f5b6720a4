"""The question before the work: what will be done, and whether it shall be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from robasync.cli import forecasting
from robasync.cli.terminal import complain
from robasync.errors import UsageError

if TYPE_CHECKING:
    from robasync.forecast import Forecast

YES = frozenset({"y", "yes"})


def ask(*, yes: bool) -> Callable[[Forecast], bool]:
    """Return what shows a forecast on stderr and reads the answer from stdin; ``yes`` answers for it.

    It raises UsageError where nobody is there to answer.
    """

    def confirmed(forecast: Forecast) -> bool:
        for line in forecasting.lines(forecast):
            complain(line)

        return yes or _answer()

    return confirmed


def _answer() -> bool:
    complain("Go on? [y/N]")
    line = sys.stdin.readline() if sys.stdin else ""

    if not line:
        raise UsageError("Nobody is there to answer, and nothing was changed.\nAnswer beforehand: add --yes")

    return line.strip().lower() in YES
