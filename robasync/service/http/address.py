"""Where a run is served: HOST:PORT, and the sockets that are taken before anything is paid."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from robasync.errors import UsageError

LOCALHOST = "localhost"


@dataclass(frozen=True, slots=True)
class Address:
    """A host, by name or number, and a port; 0 is any that is free."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Return the address that ``HOST:PORT`` or ``[HOST]:PORT`` means."""
        host, _, port = text.rpartition(":")

        return cls(host.strip("[]").lower(), int(port))

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach it."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Door:
    """The bound sockets of an address: requests wait behind them until somebody serves.

    Entering raises UsageError where the address cannot be had.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.sockets: list[socket.socket] = []
        self._stack = ExitStack()

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://{Address(self.address.host, self.sockets[0].getsockname()[1])}/"

    def __enter__(self) -> Self:
        try:
            with ExitStack() as stack:
                self.sockets = [stack.enter_context(bound) for bound in self._bound()]
                self._stack = stack.pop_all()
        except OSError as error:
            raise UsageError(self._refusal(error)) from error

        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _bound(self) -> Iterator[socket.socket]:
        found = socket.getaddrinfo(
            self.address.host, self.address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        places = dict.fromkeys((family, place) for family, _, _, _, place in found)

        # A name may stand for several addresses; with any free port they would not get the same one.
        for family, place in list(places)[: None if self.address.port else 1]:
            yield socket.create_server(place[:2], family=family, backlog=64)

    def _refusal(self, error: OSError) -> str:
        problem = "the port is taken" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host

        return (
            f"service.http: {self.address} cannot be served: {problem}. "
            f"Choose another port, or any free one: --http {host}:0"
        )


def is_loopback(host: str) -> bool:
    """Return whether a host, without port and brackets, is this machine by name or number."""
    if host.lower() == LOCALHOST:
        return True

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
