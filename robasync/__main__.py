"""The entry point. Kept cheap: worker processes import the main module again."""

from __future__ import annotations

import sys

RUNNING = frozenset({"run", "start", "resume", "demo"})


def main() -> None:
    """Run the command line; handlers for signals stand before anything heavy is imported."""
    from robasync.service.signals import Signals

    signals = Signals()

    if RUNNING.intersection(sys.argv[1:2]):
        signals.install()

    from robasync.cli import main as command

    command(signals)


if __name__ == "__main__":
    main()
