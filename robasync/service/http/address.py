"""Where a run is served: HOST:PORT, and the sockets that are taken before anything is paid."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from robasync.errors import UsageError

LOCALHOST = "localhost"
WAITING = 64  # connections that nobody has accepted yet
ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


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
        places = list(dict.fromkeys((family, place[:2]) for family, _, _, _, place in found))
        absent: list[OSError] = []

        if not self.address.port:  # any free one: several addresses of a name would not get the same
            places = places[-1:]

        for family, place in places:
            try:
                bound = socket.create_server(place, family=family, backlog=WAITING)
            except OSError as error:
                if error.errno not in ABSENT:
                    raise

                absent.append(error)  # localhost is ::1 too, also where IPv6 is switched off
            else:
                yield bound

        if len(absent) == len(places):
            raise absent[0]

    def _refusal(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return (
                f"service.http: {self.address} cannot be served: the port is taken. "
                f"Choose another one, or any that is free: --http {Address(self.address.host, 0)}"
            )

        number = error.errno or 0  # below 0 where the name is not known
        problem = os.strerror(number) if number > 0 else error.strerror

        return (
            f"service.http: {self.address} cannot be served: {problem}. "
            "Name an address of this machine: --http 127.0.0.1:8800"
        )


def is_loopback(host: str) -> bool:
    """Return whether a host, without port and brackets, is this machine by name or number."""
    if host.lower() == LOCALHOST:
        return True

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
