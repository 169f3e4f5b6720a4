"""Where the log goes: a terminal or stderr, a file, as text or as JSON lines."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import orjson

ROOT = "robasync"


class TextFormatter(logging.Formatter):
    """Lines as the guide prints them: ``[14:30:22] Starting ROB assessment...``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback follows it where the record carries one."""
        stamp = time.strftime("%H:%M:%S", time.localtime(record.created))
        text = f"[{stamp}] {record.getMessage()}"

        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message; event (a fixed name) and traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as text."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(record.created))
        line = {
            "time": f"{stamp}.{int(record.msecs * 1000):06d}",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }

        if (event := getattr(record, "event", None)) is not None:
            line["event"] = event

        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)

        return orjson.dumps(line).decode()


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


def configure(
    write: Callable[[str], None], *, as_json: bool = False, verbose: bool = False, file: Path | None = None
) -> None:
    """Send robasync's log to ``write`` and, if given, to ``file`` (appended to).

    Called again it replaces the former configuration. Raises OSError when the file cannot
    be opened.
    """
    logger = logging.getLogger(ROOT)
    formatter = JsonFormatter() if as_json else TextFormatter()
    handlers: list[logging.Handler] = [LineHandler(write)]

    if file is not None:
        handlers.append(logging.FileHandler(file, encoding="utf-8"))

    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()

    for handler in handlers:
        handler.setFormatter(formatter)
        logger.addHandler(handler)

    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.propagate = False
