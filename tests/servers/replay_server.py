"""A real local HTTP server that gives recorded answers: exchange N stands below ``/N``.

It keeps, for each exchange, the requests it was sent, so that a test can hold them against
what was recorded.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.answering import answering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.recordings import Exchange

#: Headers that are about the bytes on the wire as they were then.
_OLD = {"content-length", "content-encoding", "transfer-encoding", "connection"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class ReplayServer:
    """The handler; ``url(n)`` is where exchange ``n`` stands once it serves."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self.asked: dict[int, list[Asked]] = {number: [] for number in range(len(exchanges))}
        self.root = ""
        self._exchanges = exchanges

    def url(self, number: int) -> str:
        """Return the address that stands for the recorded server's of exchange ``number``."""
        return f"{self.root}/{number}"

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Give the recorded answer, whatever is asked."""
        number, _, path = request.path.removeprefix("/").partition("/")
        exchange = self._exchanges[int(number)]
        self.asked[int(number)].append(
            Asked(
                path=f"/{path}",
                query=request.query_string,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await request.read(),
            )
        )
        headers = {name: value for name, value in exchange.headers.items() if name.lower() not in _OLD}

        return web.Response(status=exchange.status, headers=headers, body=exchange.body)


@asynccontextmanager
async def replaying(exchanges: Sequence[Exchange]) -> AsyncIterator[ReplayServer]:
    """Serve on the loopback interface inside."""
    server = ReplayServer(exchanges)
    async with answering(server.handle) as server.root:
        yield server
