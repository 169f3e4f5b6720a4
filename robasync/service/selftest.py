"""The stand-in for a model in a self-test: answers on the loopback interface, and counts what it sold.

It knows nothing of journals, so that its bill is a witness of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web

MODEL = "selftest"
BYTES_PER_TOKEN = 4
REPORT = """Selftest report {number:05}: a randomised controlled trial

Methods. We randomised {size} adults with imaginary headache to one of two fictional treatments. This report
was made up by robasync to try out a disk, and says nothing about anybody.

Results. All {size} participants were included in the analysis.
"""
_NUMBER = re.compile(rb"Selftest report (\d{5})")
_PREFERRED = ("randomised_trial", "not_reported")


def name(number: int) -> str:
    """Return the file name of report ``number``."""
    return f"report-{number:05}.txt"


def report(number: int) -> str:
    """Return the text of report ``number``; no two are alike."""
    return REPORT.format(number=number, size=100 + number)


class Seller:
    """Answers every question alike after ``seconds``; ``bills`` counts by document what was asked of it."""

    def __init__(self, *, seconds: float) -> None:
        self.url = ""
        self.bills: Counter[str] = Counter()
        self._seconds = seconds
        self._news = asyncio.Condition()

    async def sold(self, least: int) -> None:
        """Return once so many questions have come in all."""
        async with self._news:
            await self._news.wait_for(lambda: self.bills.total() >= least)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request for a completion; it is billed when it has come, as vendors do."""
        body = await request.read()
        found = _NUMBER.search(body)

        async with self._news:
            self.bills[name(int(found[1])) if found else "unknown"] += 1
            self._news.notify_all()

        await asyncio.sleep(self._seconds)

        return web.Response(body=completion(body), content_type="application/json")


def completion(body: bytes) -> bytes:
    """Return a whole reply in the form that the request asks for: nothing is reported of anything."""
    schema = orjson.loads(body)["response_format"]["json_schema"]["schema"]
    tokens = len(body) // BYTES_PER_TOKEN  # fewer would say that a part of the document was not read
    message = {"role": "assistant", "content": orjson.dumps(_filled(schema)).decode()}

    return orjson.dumps(
        {
            "id": "selftest",
            "object": "chat.completion",
            "created": 0,
            "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": tokens, "completion_tokens": 100, "total_tokens": tokens + 100},
        }
    )


@asynccontextmanager
async def selling(*, seconds: float) -> AsyncIterator[Seller]:
    """Let a seller be reached inside, from this machine only; it learns its ``url``."""
    seller = Seller(seconds=seconds)
    shop = web.Application(client_max_size=16 * 1024**2)
    shop.router.add_post("/v1/chat/completions", seller.answer)
    runner = web.AppRunner(shop, access_log=None, shutdown_timeout=0.1)
    await runner.setup()

    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        seller.url = "http://{}:{}/v1".format(*runner.addresses[0])
        yield seller
    finally:
        await runner.cleanup()


def _filled(schema: dict[str, Any], name: str = "") -> Any:
    """Return the least that satisfies a part of the schema, called ``name``."""
    if "enum" in schema:
        return next((value for value in _PREFERRED if value in schema["enum"]), schema["enum"][0])

    if "properties" in schema:
        return {key: _filled(part, key) for key, part in schema["properties"].items()}

    if "null" in schema["type"]:
        return None

    return [] if schema["type"] == "array" else "" if name == "quote" else "It is a self-test."
