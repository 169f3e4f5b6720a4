"""The question before the work: what will be done, and whether it shall be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from robasync.cli import forecasting
from robasync.cli.terminal import complain
from robasync.errors import Stopped, UsageError

if TYPE_CHECKING:
    from robasync.forecast import Forecast
    from robasync.service.signals import Signals

YES = frozenset({"y", "yes"})


def ask(signals: Signals, *, yes: bool) -> Callable[[Forecast], bool]:
    """Return what shows a forecast on stderr and reads the answer from stdin; ``yes`` answers for it.

    It raises UsageError where nobody is there to answer, and Stopped where a signal is the answer.
    """

    def confirmed(forecast: Forecast) -> bool:
        for line in forecasting.lines(forecast):
            complain(line)

        return yes or _answer(signals)

    return confirmed


def _answer(signals: Signals) -> bool:
    with signals.ending(Stopped("Nothing was changed.")):
        complain("Go on? [y/N]")

        if line := _line():
            return line.strip().lower() in YES

        raise UsageError("Nobody is there to answer, and nothing was changed.\nAnswer beforehand: add --yes")


def _line() -> str:
    try:
        return sys.stdin.readline() if sys.stdin else ""
    except OSError:  # the terminal is gone
        return ""
