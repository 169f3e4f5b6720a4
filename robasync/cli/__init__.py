"""The command line: the only package that prints or exits."""

from __future__ import annotations

import os
import sys

from robasync.errors import RobasyncError
from robasync.service.signals import Signals

UNEXPECTED = 1


def main(signals: Signals) -> None:
    """Run the command that ``sys.argv`` holds and exit with its code.

    Errors are one or two lines on stderr; a traceback only with ``--verbose``.
    """
    from robasync.cli.commands import application

    try:
        application(obj=signals)
    except RobasyncError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone; what is left in the buffer must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(UNEXPECTED)
    except Exception as error:
        if "--verbose" in sys.argv:
            raise

        _complain(
            f"Unexpected error: {type(error).__name__}: {error}\nRun again with --verbose and report it."
        )
        sys.exit(UNEXPECTED)


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
