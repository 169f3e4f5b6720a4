"""Where the log goes: a terminal or stderr, a file, as text or as JSON lines."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import orjson

ROOT = "robasync"
EVERYTHING = 1  # the level that --verbose asks for, and no setting takes back
_OWN = frozenset(vars(logging.makeLogRecord({})))  # what every record has; the rest was bound to it


class TextFormatter(logging.Formatter):
    """Lines as the guide prints them: ``[14:30:22] Starting ROB assessment...``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback follows it where the record carries one."""
        stamp = time.strftime("%H:%M:%S", time.localtime(record.created))
        text = f"[{stamp}] {record.getMessage()}"

        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, traceback if any, and what was bound to it.

    ``event`` is a fixed name, the others are its fields (docs/logs.md).
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as text."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(record.created))
        line = {
            "time": f"{stamp}.{int(record.msecs * 1000):06d}",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }

        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)

        return orjson.dumps({**line, **fields(record), **line}, default=str).decode()


def fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what was bound to the record: its event, a fixed name, and that event's fields."""
    return {name: value for name, value in vars(record).items() if name not in _OWN}


class LineHandler(logging.Handler):
    """Hands each formatted line to ``write``, which owns the terminal."""

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line; a terminal that has gone away costs the line only."""
        try:
            self._write(self.format(record))
        except OSError:
            return


def configure(handler: logging.Handler, *, level: str = "info", file: logging.Handler | None = None) -> None:
    """Send robasync's log to ``handler`` and, if given, to ``file``.

    ``level`` is debug, info, warning or error, or "everything", which no setting changes. Called again
    it replaces the former configuration.
    """
    logger = logging.getLogger(ROOT)

    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()

    for new in (handler, file):
        if new is not None:
            logger.addHandler(new)

    logger.setLevel(EVERYTHING if level == "everything" else level.upper())
    logger.propagate = False
    logging.getLogger("asyncio").addFilter(tells)


def tells(record: logging.LogRecord) -> bool:
    """Return whether a line of asyncio's tells anything.

    It warns of a process whose exit code it has missed. A worker that has ended is killed to be sure, and
    ``Popen.kill`` may then take the code before asyncio's own thread does; nobody asks for it.
    """
    return "child process pid" not in str(record.msg)


def set_level(level: str) -> None:
    """Log ``level`` (debug, info, warning or error) and above from now on; everything stays everything."""
    logger = logging.getLogger(ROOT)

    if logger.level != EVERYTHING:
        logger.setLevel(level.upper())


def written(handler: logging.Handler, *, as_json: bool) -> logging.Handler:
    """Return the handler, its lines as JSON or as text."""
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())

    return handler
