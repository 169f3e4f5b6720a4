"""The server of a run, beside its work."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from robasync.app import doors
from robasync.app.running import Running
from robasync.service.http.address import Door
from robasync.service.http.run import Beside

log = logging.getLogger(__name__)


@asynccontextmanager
async def served(running: Running, door: Door | None) -> AsyncIterator[Beside]:
    """Serve the run inside; gives what is to run beside the work, until cancelled."""
    allowed = doors.access(running.job.settings)

    if door is None or allowed is None:
        yield anyio.sleep_forever
        return

    from robasync.service.http.server import serving  # loads aiohttp's server and the metrics

    async with serving(door, allowed, running, newest=running.live.newest) as beside:
        log.info("Live page: %s", door.url, extra={"event": "page_served", "address": door.url})
        yield beside
