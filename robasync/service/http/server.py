"""The server of one run, in the run's event loop: guard, headers, routes, and the clock of its events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

import anyio
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from robasync.service.http.access import Access, Request
from robasync.service.http.address import Door
from robasync.service.http.complaints import Complaints
from robasync.service.http.crowd import accepting
from robasync.service.http.run import Beside, Run, View
from robasync.service.http.stream import Stream, event
from robasync.service.http.views import Views
from robasync.service.metrics import registry
from robasync.service.newest import Newest

TICK_SECONDS = 1.0  # between two looks at the status for those who watch
CLOSING_SECONDS = 0.5  # that an answer may take at the end
KEPT_SECONDS = 30.0  # that an idle connection stays open
MOST_BYTES = 1_024  # of the body of a request

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "robasync",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@asynccontextmanager
async def serving(door: Door, access: Access, run: Run, *, newest: Newest) -> AsyncIterator[Beside]:
    """Serve the run at the door inside; who watches at the end is told so.

    Gives what is to run beside the work, until cancelled, so that those who watch see it go on.
    """
    view = View(run, newest)
    stream = Stream(lambda: event("begin", _begin(view)))
    newest.watch(lambda row: stream.tell("outcome", row))
    app = web.Application(middlewares=[_guard(access)], client_max_size=MOST_BYTES)
    app.add_routes(Views(view, stream, registry(view.status, newest)).routes())
    app.on_response_prepare.append(_harden)
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=Complaints(),
        handle_signals=False,
        keepalive_timeout=KEPT_SECONDS,
        shutdown_timeout=CLOSING_SECONDS,
    )
    await runner.setup()
    assert runner.server is not None

    try:
        async with accepting(runner.server, door.sockets):
            yield partial(_tick, view, stream)
    finally:
        view.stale()
        stream.tell("end", _standing(view))
        stream.end()

        with anyio.CancelScope(shield=True):
            await runner.cleanup()


async def _tick(view: View, stream: Stream) -> None:
    """Tell those who watch how the run stands, each second in which that has changed."""
    before: dict[str, Any] = {}

    while True:
        if stream.readers:
            now = _standing(view)

            if {**now["status"], "time": ""} != before:
                before = {**now["status"], "time": ""}
                stream.tell("status", now)

        await anyio.sleep(TICK_SECONDS)


def _standing(view: View) -> dict[str, Any]:
    return {
        "status": asdict(view.status()),
        "totals": {item: dict(counts) for item, counts in view.newest.totals.items()},
    }


def _begin(view: View) -> dict[str, Any]:
    newest = view.newest
    board = newest.board

    return {
        **_standing(view),
        "title": board.title,
        "assessor": board.assessor,
        "columns": list(board.columns),
        "signs": list(board.signs),
        "rows": list(newest.rows),
    }


def _guard(access: Access) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer whoever may not ask with a refusal, everybody else as they asked."""
        headers = request.headers
        denial = access.denial(
            Request(
                method=request.method,
                path=request.path,
                host=headers.get("Host", ""),
                origin=headers.get("Origin", ""),
                site=headers.get("Sec-Fetch-Site", ""),
                authorization=headers.get("Authorization", ""),
                token=request.query.get("token", ""),
            )
        )

        if denial is None:
            return await handler(request)

        asks = {"WWW-Authenticate": "Bearer"} if denial.status == 401 else {}

        return web.Response(status=denial.status, text=f"{denial.words}\n", headers=asks)

    return guard


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
