"""What the HTTP client never does: follow redirects, keep cookies, read the environment."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from robasync.errors import ConnectionLost, Rejected
from robasync.model import Prompt
from robasync.providers import client as http
from robasync.providers.openai import OpenAI

PROMPT = Prompt(system="", document="A trial.", questions="Random?", schema=b"{}")


@asynccontextmanager
async def answering(handler):
    """Serve ``handler`` inside and yield its base URL."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield "http://{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()


async def test_redirects_are_not_followed():
    """A key is never carried to where a server points; the user sets base_url."""
    visited = []

    async def elsewhere(request):
        visited.append(request.headers)
        return web.Response()

    async def pointing(_):
        return web.Response(status=307, headers={"Location": target})

    async with (
        answering(elsewhere) as target,
        answering(pointing) as url,
        http.open_client(connections=1) as client,
    ):
        with pytest.raises(Rejected, match="redirects"):
            await OpenAI(client, base_url=url, model="m", api_key="sk-x").complete(PROMPT)

    assert visited == []


async def test_cookies_are_not_kept_and_no_compression_is_asked_for():
    """Calls are independent of each other, and a reply is what it is on the wire."""
    seen = []

    async def handler(request):
        seen.append(request.headers)
        return web.Response(body=b'{"choices": []}', headers={"Set-Cookie": "track=1; Path=/"})

    async with answering(handler) as url, http.open_client(connections=1) as client:
        for _ in range(2):
            await client.post(f"{url}/v1", b"{}", headers={}, who="m")

    assert all("Cookie" not in headers and headers["Accept-Encoding"] == "identity" for headers in seen)


async def test_environment_is_not_read(monkeypatch):
    """A proxy comes in as a value or not at all."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    async def handler(_):
        return web.Response(body=b"{}")

    async with answering(handler) as url, http.open_client(connections=1) as client:
        answer = await client.post(f"{url}/v1", b"{}", headers={}, who="m")

    assert (answer.status, answer.body) == (200, b"{}")


async def test_given_proxy_is_used():
    """The request goes to the proxy that was passed in, with the full address."""
    seen = []

    async def proxy(request):
        seen.append(request.raw_path)
        return web.Response(body=b"{}")

    async with answering(proxy) as url, http.open_client(connections=1, proxy=url) as client:
        await client.post("http://model.invalid/v1", b"{}", headers={}, who="m")

    assert seen == ["http://model.invalid/v1"]


async def test_oversized_answer_is_given_up(monkeypatch):
    """Memory is bounded also where a server sends without end and without stating a length."""
    monkeypatch.setattr(http, "RESPONSE_BYTES", 100_000)

    async def endless(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 10_000)

    async with answering(endless) as url, http.open_client(connections=1) as client:
        with pytest.raises(ConnectionLost, match="exceeds"):
            await client.post(f"{url}/v1", b"{}", headers={}, who="m")


async def test_connections_are_reused_and_bounded():
    """However many calls, there are never more connections than allowed."""
    peers = set()

    async def handler(request):
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response(body=b"{}")

    async with answering(handler) as url, http.open_client(connections=1) as client:
        for _ in range(5):
            await client.post(f"{url}/v1", b"{}", headers={}, who="m")

    assert len(peers) == 1
