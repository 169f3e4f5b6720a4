"""The entry point. Kept cheap: worker processes import the main module again."""

from __future__ import annotations

import os
import sys

RUNNING = frozenset({"run", "start", "resume", "demo"})


def main() -> None:
    """Run the command line; Ctrl+C ends a command that takes no signals, wherever it is, without a word."""
    try:
        _run()
    except KeyboardInterrupt:
        from robasync.cli import interrupted

        interrupted()


def _run() -> None:
    """Run it; handlers for signals stand before anything heavy is imported."""
    _keep_streams()

    if any(argument.startswith("--api-key") for argument in sys.argv):
        from robasync.cli.concealing import conceal

        conceal()

    from robasync.service.signals import Signals

    signals = Signals()

    if RUNNING.intersection(sys.argv[1:2]):
        signals.install()

    from robasync.cli import main as command

    command(signals)


def _keep_streams() -> None:
    """Take the places of closed standard streams: the journal would, and be written into by who complains."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(handle, True)

    os.close(handle)


if __name__ == "__main__":
    main()
