"""The command line: the only package that prints or exits."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, NoReturn

from robasync.errors import RobasyncError
from robasync.service.signals import Signals

if TYPE_CHECKING:
    from typer.exceptions import TyperException

UNEXPECTED = 1
USAGE = 2
INTERRUPTED = 130
SHOWN = 60  # characters of a name that is too long


def main(signals: Signals) -> None:
    """Run the command that ``sys.argv`` holds and exit with its code.

    Errors are one or two lines on stderr; a traceback only with ``--verbose``.
    """
    from typer.exceptions import TyperException

    from robasync.cli.commands import application
    from robasync.cli.terminal import complain, drop_output

    try:
        sys.exit(application(obj=signals, standalone_mode=False))
    except TyperException as error:
        complain(_misused(error))
        sys.exit(error.exit_code)
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

        complain(_unexpected(error))
        sys.exit(USAGE if _is_too_long(error) else UNEXPECTED)


def _is_too_long(error: Exception) -> bool:
    """Return whether a name was given that no file can have: whichever command tries it first."""
    return isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG


def _unexpected(error: Exception) -> str:
    if isinstance(error, OSError) and _is_too_long(error):
        return f"No file or folder can have so long a name: {str(error.filename)[:SHOWN]}..."

    return f"Unexpected error: {type(error).__name__}: {error}\nRun again with --verbose and report it."


def _misused(error: TyperException) -> str:
    """Return what is wrong with the command line, and where help is; the help itself, if nothing was said."""
    said = error.format_message().replace("Value error, ", "")
    context = getattr(error, "ctx", None)

    if context is None or "\n" in said:
        return said

    return f"{said}\nSee what it takes: {context.command_path} --help"


def interrupted() -> NoReturn:
    """Exit without a word: who pressed Ctrl+C knows."""
    sys.exit(INTERRUPTED)
