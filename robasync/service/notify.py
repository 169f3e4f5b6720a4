"""What a supervisor is told: that the service is ready, alive, reloading or stopping, and how far it is.

The protocol is that of systemd (sd_notify(3)): one datagram of NAME=VALUE lines to the socket
that the service was started with. Nobody who does not listen holds the run up.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LONGEST_BEAT = 5.0  # seconds between two signs of life where no watchdog asks for more
MORE_SECONDS = 30  # that a stop may take from each sign of life on


class Supervisor:
    """Whoever started the service; ``address`` "" is nobody, and nothing is sent.

    ``watchdog_usec`` is how long the supervisor goes without a sign of life, in microseconds, ""
    where it does not mind. Signs come from the event loop: one that is stuck gives none.
    """

    def __init__(self, address: str = "", *, watchdog_usec: str = "") -> None:
        # A name that begins with @ stands in the abstract namespace, which begins with a zero byte.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._beat = _beat(watchdog_usec)
        self._status = ""
        self._is_stopping = False
        self._timer: asyncio.TimerHandle | None = None

    def __bool__(self) -> bool:
        """Whether anybody is there."""
        return bool(self._address)

    def ready(self) -> None:
        """Say that the service works; also that a reload is over."""
        self._tell("READY=1")

    def show(self, status: str) -> None:
        """Say how far the service is, in one line; the same line is said once."""
        if status != self._status:
            self._status = status
            self._tell(f"STATUS={' '.join(status.split())}")

    def reloading(self) -> None:
        """Say that the settings are read again; ``ready`` ends it."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the service ends by itself; each sign of life from now on asks for more time."""
        self._is_stopping = True
        self._tell("STOPPING=1", *self._more())

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Say that the service is ready, and give signs of life from the running event loop, inside."""
        self.ready()
        self._live()

        try:
            yield
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _live(self) -> None:
        if self._address:
            self._tell("WATCHDOG=1", *self._more())
            self._timer = asyncio.get_running_loop().call_later(self._beat, self._live)

    def _more(self) -> tuple[str, ...]:
        return (f"EXTEND_TIMEOUT_USEC={MORE_SECONDS * 1_000_000}",) if self._is_stopping else ()

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return

        # A supervisor that is gone, or too busy to listen, is no reason to stop.
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
        ):
            sender.setblocking(False)
            sender.sendto("\n".join(lines).encode(errors="replace"), self._address)


def _beat(watchdog_usec: str) -> float:
    """Return the seconds between two signs of life: a third of what the watchdog allows."""
    seconds = int(watchdog_usec) / 1e6 if watchdog_usec.isdecimal() else 0.0

    return min(seconds / 3, LONGEST_BEAT) if seconds > 0 else LONGEST_BEAT
