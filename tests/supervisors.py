"""What a supervisor such as systemd hears of the service it started (sd_notify(3))."""

from __future__ import annotations

import socket


class Listener:
    """The socket of a supervisor; every wait ends after ``seconds`` with TimeoutError."""

    def __init__(self, address: str, *, seconds: float = 10) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._seconds = seconds

    def hear(self, seconds: float | None = None) -> list[str]:
        """Return the lines of the next message."""
        self._socket.settimeout(seconds or self._seconds)

        return self._socket.recv(65_536).decode().split("\n")

    def until(self, word: str) -> list[str]:
        """Return the first message that has a line which begins with ``word``."""
        said: list[str] = []

        while not any(line.startswith(word) for line in said):
            said = self.hear()

        return said

    def heard(self) -> list[list[str]]:
        """Return all that was said and not heard yet."""
        self._socket.setblocking(False)
        said = []

        try:
            while True:
                said.append(self._socket.recv(65_536).decode().split("\n"))
        except BlockingIOError:
            return said

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()
