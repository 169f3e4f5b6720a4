"""What each address answers: the page, facts for programs, and the controls."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from robasync.service.http.run import Health, View
from robasync.service.http.stream import Stream, encoded

log = logging.getLogger(__name__)

MOST_WORKERS = 10_000
PAGE = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


class Views:
    """The handlers of one run."""

    def __init__(self, view: View, stream: Stream, registry: CollectorRegistry) -> None:
        self._view = view
        self._stream = stream
        self._registry = registry

    def routes(self) -> list[web.RouteDef]:
        """Return which path is answered by what."""
        asked = {"/checkpoint": self._checkpoint, "/pause": self._pause, "/continue": self._go_on}

        return [
            *(web.get(path, asset) for path in PAGE),
            web.get("/healthz", self._health),
            web.get("/readyz", self._readiness),
            web.get("/status", self._status),
            web.get("/metrics", self._metrics),
            web.get("/events", self._stream.serve, allow_head=False),
            *(web.post(path, handler) for path, handler in asked.items()),
            web.post("/workers", self._workers),
        ]

    async def _health(self, _: web.Request) -> web.Response:
        return _told(self._view.health())

    async def _readiness(self, _: web.Request) -> web.Response:
        return _told(self._view.readiness())

    async def _status(self, _: web.Request) -> web.Response:
        return _json(self._view.status())

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, kind = choose_encoder(request.headers.get("Accept", ""))

        return web.Response(body=encode(self._registry), headers={"Content-Type": kind})

    async def _checkpoint(self, _: web.Request) -> web.Response:
        return self._done("a checkpoint", self._view.run.checkpoint, status=202)

    async def _pause(self, _: web.Request) -> web.Response:
        return self._done("a pause", self._view.run.pause)

    async def _go_on(self, _: web.Request) -> web.Response:
        return self._done("an end of the pause", self._view.run.go_on)

    async def _workers(self, request: web.Request) -> web.Response:
        number = _number(await request.read())

        return self._done(f"{number} workers", lambda: self._view.run.set_workers(number))

    def _done(self, what: str, do: Callable[[], None], *, status: int = 200) -> web.Response:
        do()
        self._view.stale()
        log.info("Asked over HTTP for %s.", what, extra={"event": "asked_over_http"})
        now = self._view.status()

        return _json({"state": now.state, "workers": now.workers}, status=status)


async def asset(request: web.Request) -> web.Response:
    """Answer with a file of the page."""
    name, kind = PAGE[request.path]

    return web.Response(body=_file(name), content_type=kind, charset="utf-8")


@cache
def _file(name: str) -> bytes:
    return (resources.files("robasync.service") / "page" / name).read_bytes()


def _number(body: bytes) -> int:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        given = None

    number = given.get("workers") if isinstance(given, dict) else None

    if type(number) is not int or not 1 <= number <= MOST_WORKERS:
        raise web.HTTPBadRequest(text=f'send {{"workers": N}}, a whole number from 1 to {MOST_WORKERS}\n')

    return number


def _told(health: Health) -> web.Response:
    return web.Response(status=200 if health.is_good else 503, text=f"{health.words}\n")


def _json(body: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=encoded(body), status=status, content_type="application/json")
