"""The command line: the only package that prints or exits."""

from __future__ import annotations

import sys
from typing import NoReturn

from robasync.errors import RobasyncError
from robasync.service.signals import Signals

UNEXPECTED = 1
INTERRUPTED = 130


def main(signals: Signals) -> None:
    """Run the command that ``sys.argv`` holds and exit with its code.

    Errors are one or two lines on stderr; a traceback only with ``--verbose``.
    """
    from robasync.cli.commands import application
    from robasync.cli.terminal import complain, drop_output

    try:
        application(obj=signals)
    except RobasyncError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone; what is left in the buffer must not complain again.
        drop_output()
        sys.exit(UNEXPECTED)
    except Exception as error:
        if "--verbose" in sys.argv:
            raise

        complain(
            f"Unexpected error: {type(error).__name__}: {error}\nRun again with --verbose and report it."
        )
        sys.exit(UNEXPECTED)


def interrupted() -> NoReturn:
    """Exit without a word: who pressed Ctrl+C knows."""
    sys.exit(INTERRUPTED)
