"""Events for whoever watches: each has a queue of its own that is bounded; who does not read is dropped."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

import anyio
import orjson
from aiohttp import web

log = logging.getLogger(__name__)

WAITING = 512  # events that wait for one reader
MOST_READERS = 32
SLOW_SECONDS = 10.0  # that a reader may take to accept what was written
QUIET_SECONDS = 15.0  # after which a comment shows that the line is open
HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}

Default = Callable[[Any], Any]


def event(name: str, body: Any) -> bytes:
    """Return one server-sent event (WHATWG HTML, 9.2); its data is JSON on one line."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encoded(body))


def encoded(body: Any) -> bytes:
    """Return values of ours as JSON; ids of items may be any keys."""
    return orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS)


class Reader:
    """One who watches. ``drop`` ends the connection at once, whatever it waits for."""

    def __init__(self, drop: Callable[[], None]) -> None:
        self._drop = drop
        self._send, self._receive = anyio.create_memory_object_stream[bytes](WAITING)

    def give(self, data: bytes) -> bool:
        """Queue an event; return False where too many wait: the reader is dropped then."""
        try:
            self._send.send_nowait(data)
        except anyio.WouldBlock:
            self._drop()
            return False

        return True

    def end(self) -> None:
        """Let the reader have what is queued, and no more."""
        self._send.close()

    def close(self) -> None:
        """Forget what is queued."""
        self._send.close()
        self._receive.close()

    async def batches(self) -> AsyncIterator[bytes]:
        """Yield all that waits, together; a comment after a while without anything."""
        while True:
            with anyio.move_on_after(QUIET_SECONDS) as quiet:
                try:
                    first = await self._receive.receive()
                except anyio.EndOfStream:
                    return

            yield b": alive\n\n" if quiet.cancelled_caught else b"".join((first, *self._waiting()))

    def _waiting(self) -> list[bytes]:
        found: list[bytes] = []

        with suppress(anyio.WouldBlock, anyio.EndOfStream):
            while True:
                found.append(self._receive.receive_nowait())

        return found


class Stream:
    """All who watch. ``tell`` never waits; ``hello`` returns the event that each begins with."""

    def __init__(self, hello: Callable[[], bytes]) -> None:
        self._hello = hello
        self._readers: set[Reader] = set()
        self._is_over = False

    @property
    def readers(self) -> int:
        """How many watch."""
        return len(self._readers)

    def tell(self, name: str, body: Mapping[str, Any] | object) -> None:
        """Queue an event for everybody who watches."""
        if self._readers:
            data = event(name, body)
            self._readers -= {reader for reader in self._readers if not reader.give(data)}

    def end(self) -> None:
        """Take no more readers; those who are there get what is queued."""
        self._is_over = True

        for reader in self._readers:
            reader.end()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send events until the reader or the run ends, or the reader is too slow."""
        if self._is_over or len(self._readers) >= MOST_READERS:
            raise web.HTTPServiceUnavailable(text="too many watch, or the run is over\n")

        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        reader = Reader(lambda: _abort(request))
        reader.give(self._hello())
        self._readers.add(reader)

        try:
            await _send(reader, request, response)
        finally:
            self._readers.discard(reader)
            reader.close()

        return response


async def _send(reader: Reader, request: web.Request, response: web.StreamResponse) -> None:
    with suppress(ConnectionError):  # the reader has gone, or was dropped
        async for data in reader.batches():
            with anyio.move_on_after(SLOW_SECONDS) as slow:
                await response.write(data)

            if slow.cancelled_caught:
                _abort(request)
                return


def _abort(request: web.Request) -> None:
    log.debug("A reader of /events was too slow and is dropped.", extra={"event": "reader_dropped"})

    if request.transport is not None:
        request.transport.abort()
