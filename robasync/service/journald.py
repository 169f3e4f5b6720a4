"""Log lines as the entries of systemd's journal: native fields, one datagram an entry.

The protocol: systemd.io/JOURNAL_NATIVE_PROTOCOL. Fields of ours begin with ``ROBASYNC_``, as in
``journalctl ROBASYNC_EVENT=failed``. What the socket does not take is written to stderr with the
priority before it, as sd-daemon(3) has it, so that no line is lost.
"""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Callable, Iterator

from robasync.service.logs import fields

SOCKET = "/run/systemd/journal/socket"
IDENTIFIER = "robasync"
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))  # syslog(3)


class JournalHandler(logging.Handler):
    """Sends each record to the journal at ``path``; ``write`` takes the lines that it refuses."""

    def __init__(self, write: Callable[[str], None], *, path: str = SOCKET) -> None:
        super().__init__()
        self._write = write
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def emit(self, record: logging.LogRecord) -> None:
        """Send the record; where neither takes it, it costs the line only."""
        try:
            self._socket.sendto(entry(record), self._path)
        except OSError:  # no journal, or an entry that is too long for it
            self._fall_back(record)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()

    def _fall_back(self, record: logging.LogRecord) -> None:
        try:
            self._write(f"<{priority(record.levelno)}>{record.getMessage()}")
        except OSError:
            return


def entry(record: logging.LogRecord) -> bytes:
    """Return the datagram of a record."""
    return b"".join(_field(name, value) for name, value in _fields(record))


def priority(level: int) -> int:
    """Return the syslog priority of a level of the logging module."""
    return next(number for least, number in _PRIORITIES if level >= least)


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    yield "MESSAGE", record.getMessage()
    yield "PRIORITY", str(priority(record.levelno))
    yield "SYSLOG_IDENTIFIER", IDENTIFIER
    yield "ROBASYNC_LOGGER", record.name

    for name, value in fields(record).items():
        yield f"ROBASYNC_{name.upper()}", str(value)

    if record.exc_info:
        yield "ROBASYNC_TRACEBACK", logging.Formatter().formatException(record.exc_info)


def _field(name: str, value: str) -> bytes:
    text = value.encode("utf-8", "replace")

    if b"\n" not in text:
        return b"%s=%s\n" % (name.encode(), text)

    return b"%s\n%s%s\n" % (name.encode(), struct.pack("<Q", len(text)), text)
