"""The local server with limits that it hides: requests and tokens a minute, changed while it runs.

    python tests/servers/limited_server.py --port 0 --requests 600 --tokens 600000 --burst 10

It answers, and is asked about itself, as ``openai_server`` does; ``counts`` tells of 429s among the
statuses. ``POST /limits`` changes the limits. ``--burst 0`` counts in whole minutes; ``--tell-wait``
(Retry-After), ``--tell-room`` (headers) and ``--name-unit`` (in the refusal) tell the client what it would
otherwise have to find.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import orjson
from aiohttp import web

from tests.servers import openai_server
from tests.servers.meters import Meter, Meters, duration, whole
from tests.servers.openai_server import BYTES_PER_TOKEN, Mode, OpenAIServer


@dataclass(frozen=True)
class Hidden:
    """What is hidden, as ``Meters`` has it, and what is told of it."""

    requests: float | None = None
    tokens: float | None = None
    burst: float = 1.0
    tells_wait: bool = False
    tells_room: bool = False
    names_unit: bool = False


class LimitedServer(OpenAIServer):
    """Refuses what exceeds its limits, at once and unbilled."""

    def __init__(self, mode: Mode, hidden: Hidden) -> None:
        super().__init__(mode)
        self.hidden = hidden
        self.seen: list[tuple[float, int, bool]] = []  # second, tokens, whether it was let through
        self.meters = Meters(hidden.requests, hidden.tokens, burst=hidden.burst, now=time.monotonic())

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST" and request.path == "/limits":
            self.limit(**orjson.loads(await request.read()))
            return web.Response(body=b"{}", content_type="application/json")

        return await super().handle(request)

    def limit(self, **limits: float | None) -> None:
        """Change the limits; the names are the fields of ``Hidden``."""
        self.hidden = replace(self.hidden, **limits)
        now = time.monotonic()

        for name in ("requests", "tokens"):
            meter = getattr(self.meters, name)

            if meter is not None and limits.get(name):
                meter.change(limits[name], now)

    async def _answer(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        now = time.monotonic()
        tokens = len(body) // BYTES_PER_TOKEN
        refusal = self.meters.admit(tokens, now)
        self.seen.append((now, tokens, refusal is None))
        headers = told(self.meters, now) if self.hidden.tells_room else {}

        if refusal is not None:
            headers |= {"Retry-After": whole(refusal.wait)} if self.hidden.tells_wait else {}
            message = (
                f"Rate limit reached on {refusal.unit} per min" if self.hidden.names_unit else "too many"
            )
            error = {"message": message, "type": "limited", "param": None, "code": "rate_limit_exceeded"}
            body = orjson.dumps({"error": error})

            return web.Response(status=429, body=body, content_type="application/json", headers=headers)

        response = await super()._answer(request, body)
        response.headers.update(headers)

        return response


def told(meters: Meters, now: float) -> dict[str, str]:
    """Return the headers in which OpenAI tells of the limits."""
    headers: dict[str, str] = {}

    for name, meter in (("requests", meters.requests), ("tokens", meters.tokens)):
        if meter is not None:
            headers |= _headers(name, meter, now)

    return headers


def _headers(name: str, meter: Meter, now: float) -> dict[str, str]:
    left, reset = meter.left(now)
    seconds = duration(reset) if meter.burst else f"{reset:.1f}"  # a window's end is no refill

    return {
        f"x-ratelimit-limit-{name}": f"{meter.capacity:.0f}",
        f"x-ratelimit-remaining-{name}": f"{left:.0f}",
        f"x-ratelimit-reset-{name}": seconds,
    }


@asynccontextmanager
async def serving(hidden: Hidden, port: int = 0, **mode: Any) -> AsyncIterator[LimitedServer]:
    """Serve on the loopback interface inside; port 0 takes a free one."""
    server = LimitedServer(Mode(**mode), hidden)

    async with openai_server.listening(server, port):
        yield server


async def main(options: dict[str, Any]) -> None:
    """Serve until ended; print the address as one JSON line."""
    hidden = Hidden(**{name: options.pop(name) for name in vars(Hidden())})

    async with serving(hidden, **options) as server:
        print(orjson.dumps({"url": server.url}).decode(), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = openai_server.arguments()
    parser.add_argument("--requests", type=float)
    parser.add_argument("--tokens", type=float)
    parser.add_argument("--burst", type=float, default=1.0)
    parser.add_argument("--tell-wait", action="store_true", dest="tells_wait")
    parser.add_argument("--tell-room", action="store_true", dest="tells_room")
    parser.add_argument("--name-unit", action="store_true", dest="names_unit")

    with suppress(KeyboardInterrupt):
        asyncio.run(main(openai_server.given(parser.parse_args())))
