"""The connections of a served run: bounded, or whoever connects and says nothing could take its files."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from robasync.service.http.address import WAITING

MOST = 128  # at once; readers of events, scrapers and probes are a few


@asynccontextmanager
async def accepting(server: web.Server, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    """Accept connections inside, at most ``MOST`` at a time.

    Past them the oldest is cut off, so that a new one is answered, a probe's above all; a browser
    that still wanted it connects again by itself.
    """
    loop = asyncio.get_running_loop()

    def connected() -> RequestHandler:
        """Cut off the oldest where there are too many, and return what serves the new one."""
        for handler in server.connections[: 1 - MOST]:
            if handler.transport is not None:
                handler.transport.abort()

        return server()

    async with AsyncExitStack() as stack:
        for bound in sockets:
            listening = await loop.create_server(connected, sock=bound, backlog=WAITING)
            stack.enter_context(closing(listening))

        yield
