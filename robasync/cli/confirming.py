"""The question before the work: what will be done, and whether it shall be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from robasync.cli import forecasting
from robasync.cli.terminal import Display, complain
from robasync.errors import Stopped, UsageError

if TYPE_CHECKING:
    from robasync.forecast import Forecast
    from robasync.service.signals import Signals

YES = frozenset({"y", "yes"})


class Person:
    """Whoever sits at the terminal, and pays; ``yes`` is their answer where they gave it beforehand."""

    def __init__(self, signals: Signals, display: Display, *, yes: bool) -> None:
        self.yes = yes
        self._signals = signals
        self._display = display

    def be_there(self) -> None:
        """Return if the input is a terminal, at which somebody can answer; raise UsageError else."""
        if not _is_terminal():
            raise UsageError(
                "This run costs money, and nobody is there to agree to it; nothing was sent.\n"
                "Set what it may cost: --max-cost AMOUNT   Or agree to whatever it takes: --yes"
            )

    def agrees(self, forecast: Forecast) -> bool:
        """Show the forecast and return the answer. Raises Stopped where a signal is the answer."""
        _show(forecast, self._display)
        complain("At most is then the cap of this session. For one of your own: --max-cost AMOUNT")

        return _answer(self._signals, nothing="Nothing was sent, nothing is paid.")


def ask(signals: Signals, display: Display, *, yes: bool) -> Callable[[Forecast], bool]:
    """Return what shows a forecast on stderr and reads the answer from stdin; ``yes`` answers for it.

    It raises UsageError where nobody is there to answer, and Stopped where a signal is the answer.
    """
    return partial(_confirmed, signals, display, yes=yes)


def _confirmed(signals: Signals, display: Display, forecast: Forecast, *, yes: bool) -> bool:
    _show(forecast, display)

    return yes or _answer(signals, nothing="Nothing was changed.")


def _show(forecast: Forecast, display: Display) -> None:
    display.clear()

    for line in forecasting.lines(forecast):
        complain(line)


def _answer(signals: Signals, *, nothing: str) -> bool:
    with signals.ending(Stopped(nothing)):
        complain("Go on? [y/N]")

        if line := _line():
            return line.strip().lower() in YES

        raise UsageError("Nobody is there to answer, and nothing was changed.\nAnswer beforehand: add --yes")


def _line() -> str:
    try:
        return sys.stdin.readline() if sys.stdin else ""
    except OSError:  # the terminal is gone
        return ""


def _is_terminal() -> bool:
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except (OSError, ValueError):  # it is gone, or closed
        return False
