"""A real local HTTP server that answers plausibly on all wires, in one piece or as a stream.

    python tests/servers/wires_server.py [--rude]

prints one JSON line with its address and serves until it is ended. With --rude it fails the first
request with each key, repeats that key in what it says, and takes a moment for every answer. The
same document and schema get the same answers on each wire. ``GET /counts`` lists, for each request,
its path and the headers that held a key.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.servers.openai_server import answer

SHORT = 2_000  # characters
PIECE = 40  # characters of each event of a stream
KEYS = ("Authorization", "x-api-key", "x-goog-api-key", "api-key")
USAGE = (50_000, 200)  # tokens of a document's call, in and out
TRIED = (60, 8)  # of a call without one
MOMENT = 0.05  # seconds
MODEL = "openai/gpt-oss-120b"  # the only one that is listed; others are answered for all the same


class WiresServer:
    """The handler; see above for ``is_rude``."""

    def __init__(self, *, is_rude: bool = False) -> None:
        self.is_rude = is_rude
        self.seen: list[tuple[str, dict[str, str]]] = []

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or say what was asked."""
        if request.path == "/counts":
            return web.json_response(self.seen)

        if request.method == "GET":
            return web.json_response({"data": [{"id": MODEL}]})

        keys = {name: request.headers[name] for name in KEYS if name in request.headers}
        is_new = all(keys != seen for _, seen in self.seen)
        self.seen.append((request.path_qs, keys))

        if self.is_rude:
            await asyncio.sleep(MOMENT)

        if self.is_rude and is_new:
            words = " ".join(keys.values()).removeprefix("Bearer ")
            return web.json_response({"error": {"message": f"No more of {words}"}}, status=500)

        body = orjson.loads(await request.read())
        if request.path.endswith("/messages"):
            return _sent(_message(body), body.get("stream") is True)

        if "enerateContent" in request.path:
            return _sent(_candidate(body), "stream" in request.path)

        return _sent(_completion(body), body.get("stream") is True)


def _message(body: dict[str, Any]) -> list[dict[str, Any]]:
    content = "\n\n".join(block["text"] for block in body["messages"][0]["content"])
    tool = body["tools"][0]
    pieces = _pieces(tool["input_schema"], content)
    read, written = _usage(content)
    start = {"model": body["model"], "content": [], "usage": {"input_tokens": read, "output_tokens": 1}}
    block = {"type": "tool_use", "id": "call", "name": tool["name"], "input": {}}

    return [
        {"type": "message_start", "message": {"type": "message", "role": "assistant", **start}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *[
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": piece},
            }
            for piece in pieces
        ],
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": written}},
        {"type": "message_stop"},
    ]


def _candidate(body: dict[str, Any]) -> list[dict[str, Any]]:
    content = "\n\n".join(part["text"] for part in body["contents"][0]["parts"])
    pieces = _pieces(_plain(body["generationConfig"]["responseSchema"]), content)
    parts = [{"candidates": [{"content": {"parts": [{"text": piece}]}}]} for piece in pieces]
    parts[-1]["candidates"][0]["finishReason"] = "STOP"
    read, written = _usage(content)
    parts[-1]["usageMetadata"] = {"promptTokenCount": read, "candidatesTokenCount": written}

    return parts


def _completion(body: dict[str, Any]) -> list[dict[str, Any]]:
    content = body["messages"][-1]["content"]
    pieces = _pieces(body["response_format"]["json_schema"]["schema"], content)
    read, written = _usage(content)
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    chunks += [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "model": body["model"]}]

    return [*chunks, {"choices": [], "usage": {"prompt_tokens": read, "completion_tokens": written}}]


def _sent(events: list[dict[str, Any]], stream: bool) -> web.Response:
    """Return the events as a stream, or the reply that they make, joined here and not by what is tested."""
    if stream:
        body = b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events)
        return web.Response(body=body + b"data: [DONE]\n\n", content_type="text/event-stream")

    return web.Response(body=orjson.dumps(_whole(events)), content_type="application/json")


def _whole(events: list[dict[str, Any]]) -> dict[str, Any]:
    if "type" in events[0]:
        pieces = [event["delta"] for event in events if event["type"] == "content_block_delta"]
        given = orjson.loads("".join(piece["partial_json"] for piece in pieces))
        message, block, last = events[0]["message"], events[1]["content_block"], events[-2]
        usage = message["usage"] | last["usage"]
        return message | last["delta"] | {"content": [block | {"input": given}], "usage": usage}

    if "candidates" in events[0]:
        found = [event["candidates"][0]["content"]["parts"][0]["text"] for event in events]
        content = {"parts": [{"text": "".join(found)}], "role": "model"}
        return events[-1] | {"candidates": [{"content": content, "finishReason": "STOP"}]}

    text = "".join(event["choices"][0]["delta"]["content"] for event in events[:-2])
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"model": events[-2]["model"], "choices": [choice], "usage": events[-1]["usage"]}


def _usage(content: str) -> tuple[int, int]:
    return USAGE if len(content) > SHORT else TRIED


def _pieces(schema: dict[str, Any], content: str) -> list[str]:
    digest = hashlib.sha256(content.partition("\n</document ")[0].encode()).hexdigest()
    text = orjson.dumps(answer(schema, content, digest)).decode()

    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return Gemini's schema as the JSON schema that it was made from."""
    kind = schema["type"].lower()
    plain = {**schema, "type": [kind, "null"] if schema.get("nullable") else kind}
    if "properties" in schema:
        plain["properties"] = {name: _plain(part) for name, part in schema["properties"].items()}

    return plain | ({"items": _plain(schema["items"])} if "items" in schema else {})


async def main() -> None:
    """Serve until ended; print the address as one JSON line."""
    handler = WiresServer(is_rude="--rude" in sys.argv).handle
    runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"url": "http://{}:{}".format(*runner.addresses[0])}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
