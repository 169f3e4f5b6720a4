"""Stop signals: counted, acknowledged, handed over, also those that came before anyone listened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from robasync.service.signals import STOPPING, Signals


@pytest.fixture
def installed():
    """Return installed signals; the handlers of the test run come back afterwards."""
    numbers = [*STOPPING, signal.SIGUSR1]
    before = {number: signal.getsignal(number) for number in numbers}

    for number in numbers:
        signal.signal(number, signal.SIG_DFL)

    signals = Signals()
    signals.install()
    yield signals

    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGINT, 130, "Interrupt"),
        (signal.SIGTERM, 143, "Termination"),
        (signal.SIGHUP, 143, "Hang-up"),
    ],
)
def test_a_stop_signal_is_acknowledged_and_handed_over(installed, capfd, number, code, word):
    """Ctrl+C, a stop by the system and a lost terminal all ask the run to drain."""
    stops = []
    installed.attach(stop=lambda: stops.append(1), snapshot=lambda: None)
    os.kill(os.getpid(), number)

    assert (stops, installed.count, installed.exit_code) == ([1], 1, code)
    assert f"{word} signal received" in capfd.readouterr().err


def test_a_signal_before_anyone_listens_is_not_lost(installed):
    """The first milliseconds of a process count: what came is handed over at once."""
    stops = []
    os.kill(os.getpid(), signal.SIGTERM)
    installed.attach(stop=lambda: stops.append(1), snapshot=lambda: None)

    assert stops == [1]


def test_the_first_signal_decides_the_exit_code(installed):
    """A SIGTERM after Ctrl+C leaves it at 130."""
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)

    assert (installed.count, installed.exit_code) == (2, 130)


def test_nohup_stays_ignored():
    """Where the loss of the terminal is ignored on purpose, it does not stop the run."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    others = {number: signal.getsignal(number) for number in (*STOPPING, signal.SIGUSR1)}

    try:
        Signals().install()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        for number, handler in others.items():
            signal.signal(number, handler)

        signal.signal(signal.SIGHUP, before)


def test_a_snapshot_signal_asks_for_a_checkpoint_only(installed):
    """SIGUSR1 stops nothing."""
    snapshots = []
    installed.attach(stop=lambda: None, snapshot=lambda: snapshots.append(1))
    os.kill(os.getpid(), signal.SIGUSR1)

    assert (snapshots, installed.count) == ([1], 0)


class Ended(Exception):
    pass


def test_a_wait_ends_at_the_first_signal(installed, capfd):
    """Nothing is in flight there, so nothing of the kind is said, nor at another signal on the way out."""
    with pytest.raises(Ended), installed.ending(Ended()):
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()

    os.kill(os.getpid(), signal.SIGTERM)
    said = capfd.readouterr().err

    assert said.endswith("Termination signal received\n")
    assert said.count("received") == 1


def test_a_signal_before_a_wait_ends_it(installed):
    """What came while all was prepared is an answer too."""
    os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Ended), installed.ending(Ended()):
        pytest.fail("waited")


def test_after_a_wait_a_signal_drains_again(installed):
    """Who was answered goes on, and drains when asked to."""
    stops = []

    with installed.ending(Ended()):
        pass

    installed.attach(stop=lambda: stops.append(1), snapshot=lambda: None)
    os.kill(os.getpid(), signal.SIGINT)

    assert stops == [1]


LAST_BREATH = """
import os, signal, sys
from robasync.service.signals import Signals

class Late:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.SIGINT):
        kill(pid, number)

Signals().install()
late = Late()
sys.exit(3)
"""


def test_a_signal_to_a_process_that_is_ending_does_not_change_its_code():
    """Handlers are gone before the interpreter is; the code that was decided on stays."""
    ended = subprocess.run([sys.executable, "-c", LAST_BREATH], check=False, capture_output=True)

    assert ended.returncode == 3, ended.stderr
