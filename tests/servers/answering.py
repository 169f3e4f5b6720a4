"""A real local HTTP server around one handler."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler, *, trust: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve ``handler`` on the loopback interface inside and yield its address; ``trust`` is for TLS."""
    runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=trust).start()
    host, port = runner.addresses[0]

    try:
        yield f"https://localhost:{port}" if trust else f"http://{host}:{port}"
    finally:
        await runner.cleanup()
