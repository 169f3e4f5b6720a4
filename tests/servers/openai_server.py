"""A real local HTTP server that speaks the OpenAI wire, answers plausibly and misbehaves on order.

    python tests/servers/openai_server.py --port 0 --latency 0.05 --fault 429=0.1 --first 500=3

prints one JSON line with its address and serves until it is ended. It never caches answers: every
request is answered, and billed by the SHA-256 of its body when its answer is produced,
whether or not the client is still there. ``GET /counts`` tells; ``GET /wait?requests=N`` (or
billed, open) does so once that many are counted; ``GET /bills`` lists what was billed, how
often, by the start of the user's message; ``GET /keys`` with which keys it was asked since
the last such question; ``POST /mode`` changes. What is on "hold" is answered when the mode is changed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import re
import time
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from aiohttp import web

from tests.servers.prefixes import KINDS, Prefixes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SENTENCE = re.compile(r"(?<![^\s>])[A-Z](?:[^.!?\n]|\.(?=\d)){30,220}[.!?](?=\s)")
NOT_BILLED = {"429": 429, "500": 500, "401": 401, "402": 402, "404": 404}
#: What a server says with a 400: its code, and its words.
REFUSED = {
    "context": ("context_length_exceeded", "maximum context length is 4096 tokens"),
    "filter": ("content_filter", "The prompt triggered the content management policy."),
    "rejected": ("invalid_value", "The request is not understood."),
    "garbled": ("json_validate_failed", "Failed to generate JSON."),
}
CUT = '{"design": {"kind": '
USELESS = {"malformed": CUT, "length": CUT, "wrong_schema": '{"verdict": "fine"}', "empty": ""}
MESSAGES = {
    "refusal": {"content": None, "refusal": "I cannot help with that."},
    "filtered": {"content": None},
    "reasoning": {"content": None, "reasoning_content": "Let me think."},
}
#: What it gives as reasons, one or two of them: the prompt asks for one or two plain sentences.
REASONS = (
    "The methods section describes how this was done, and nothing elsewhere in the report speaks against it.",
    "The authors state this explicitly for the trial as a whole.",
    "The passage names the procedure, but not who carried it out or how it was checked.",
    "No other sentence of the report says more about this point, so the answer rests on that passage alone.",
    "The numbers given in the results agree with what the methods section announces.",
)
ENDS = {"length": "length", "filtered": "content_filter"}  # others end with "stop"
BYTES_PER_TOKEN = 4
HUGE_BYTES = 40 * 1024 * 1024
HEAD_BYTES = 400  # of a billed request's user message that are remembered
FAULTS = [*NOT_BILLED, *REFUSED, "hang", "hold", "reset", "lost", "truncated", "cut", "huge"]
FAULTS += [*USELESS, *MESSAGES, "no_choice", "format"]


@dataclass
class Mode:
    """How the server behaves. ``faults`` maps a fault to its share, ``first`` to how many come first.

    ``latency`` and ``jitter`` are seconds: fixed, plus up to so much at random by ``seed``.
    ``fixed`` answers every request with the first answer, for benchmarks; ``padding`` bytes that
    nobody asked for go into each reply. ``cache`` is the kind of prompt cache (see ``prefixes``);
    ``reading`` and ``writing`` are seconds for each token of input that it does not have, and of
    output.
    Into the folder ``keep`` every body is written as it came.
    """

    latency: float = 0.0
    jitter: float = 0.0
    seed: int = 0
    faults: dict[str, float] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    retry_after: str = "0.01"
    fixed: bool = False
    padding: int = 0
    cache: str = ""
    reading: float = 0.0
    writing: float = 0.0
    keep: str = ""


@dataclass
class Counts:
    """What the server saw and what it would bill; ``statuses`` counts answers by HTTP status."""

    requests: int = 0
    billed: Counter[str] = field(default_factory=Counter)
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    open: int = 0
    most_open: int = 0

    def number(self, name: str) -> int:
        """Return a count; of those by kind, their sum."""
        value = getattr(self, name)
        return value.total() if isinstance(value, Counter) else value


class OpenAIServer:
    """The handler; ``url`` is the base URL to configure once it serves."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.counts = Counts()
        self.keys: set[str] = set()
        self.asked: dict[str, str] = {}
        self.url = ""
        self._changed = asyncio.Event()
        self._let_go = asyncio.Event()
        self._random = random.Random(mode.seed)
        self._fixed: Made | None = None
        self._prefixes = Prefixes()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request of any path."""
        if request.method == "POST" and request.path.endswith("/chat/completions"):
            return await self._complete(request)
        if request.method == "POST" and request.path == "/mode":
            self.change(orjson.loads(await request.read()))
            return _json({})
        if request.path == "/counts":
            return _json(vars(self.counts))
        if request.path == "/wait":
            return await self._wait({name: int(least) for name, least in request.query.items()})
        if request.path == "/bills":
            return _json([[text, self.counts.billed[digest]] for digest, text in self.asked.items()])
        if request.path == "/keys":
            asked, self.keys = self.keys, set()
            return _json(sorted(asked))
        if request.path.endswith("/models"):
            return _json({"object": "list", "data": []})
        return _error(404, "no such path")

    def change(self, values: dict[str, Any]) -> None:
        """Change the mode; the names are the fields of ``Mode``."""
        self.mode = replace(self.mode, **values)
        self._let_go.set()
        self._let_go = asyncio.Event()

    async def _wait(self, least: dict[str, int]) -> web.Response:
        while any(self.counts.number(name) < number for name, number in least.items()):
            await self._changed.wait()
        return _json(vars(self.counts))

    def _count(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _complete(self, request: web.BaseRequest) -> web.StreamResponse:
        self.counts.requests += 1
        self.counts.open += 1
        self.counts.most_open = max(self.counts.open, self.counts.most_open)
        self._count()
        try:
            body = await request.content.read()
            if self.mode.keep:
                Path(self.mode.keep, f"{self.counts.requests}.json").write_bytes(body)
            self.keys.add(request.headers.get("Authorization", ""))
            response = await self._answer(request, body)
        finally:
            self.counts.open -= 1
        self.counts.statuses[str(response.status)] += 1
        return response

    async def _answer(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        fault = self._fault()
        pause = self.mode.latency + self.mode.jitter * self._random.random()
        if fault == "hang":
            await asyncio.sleep(86_400)
        if fault == "hold":
            await self._let_go.wait()
        if pause:
            await asyncio.sleep(pause)
        if fault in REFUSED:
            return _error(400, REFUSED[fault][1], code=REFUSED[fault][0])
        if fault in NOT_BILLED:
            return self._refuse(fault, request.headers.get("Authorization", ""))
        if fault == "reset":
            return _hang_up(request)
        if fault == "format" and b'"response_format"' in body:
            return _error(400, "response_format is not supported by this server")
        text = self._bill(body, await self._make(body, fault))
        if fault == "lost":
            return _hang_up(request)
        return web.Response(body=text, content_type="application/json")

    async def _make(self, body: bytes, fault: str) -> Made:
        """Read the prompt and write the answer, in the time that both take."""
        mode = self.mode
        cached = self._prefixes.known(body, mode.cache) // BYTES_PER_TOKEN if mode.cache else 0
        made = self._fixed if self._fixed and not fault else completion(body, fault, cached=cached)
        self._fixed = made if mode.fixed and not fault else None
        if mode.reading:
            await asyncio.sleep(mode.reading * (made.input_tokens - cached))
        if mode.cache:
            self._prefixes.keep(body, mode.cache)
        if mode.writing:
            await asyncio.sleep(mode.writing * made.output_tokens)
        return made

    def _bill(self, body: bytes, made: Made) -> bytes:
        digest = hashlib.sha256(body).hexdigest()
        self.asked[digest] = body.partition(b'"user"')[2][:HEAD_BYTES].decode(errors="replace")
        self.counts.billed[digest] += 1
        self.counts.input_tokens += made.input_tokens
        self.counts.cached_tokens += made.cached_tokens
        self.counts.output_tokens += made.output_tokens
        self._count()
        return made.raw + b" " * self.mode.padding

    def _fault(self) -> str:
        for kind, left in self.mode.first.items():
            if left > 0:
                self.mode.first[kind] = left - 1
                return kind
        chance = self._random.random() if self.mode.faults else 1.0
        for kind, share in self.mode.faults.items():
            if chance < share:
                return kind
            chance -= share
        return ""

    def _refuse(self, fault: str, key: str) -> web.Response:
        headers = {"Retry-After": self.mode.retry_after} if fault == "429" else {}
        words = f"ordered fault {fault} {key}".strip()  # with the caller's key, as rude servers do
        return _error(NOT_BILLED[fault], words, headers=headers)


class Made(NamedTuple):
    """A reply and what it costs; ``cached_tokens`` are among those of the input."""

    raw: bytes
    input_tokens: int
    output_tokens: int
    cached_tokens: int


def completion(body: bytes, fault: str = "", *, cached: int = 0) -> Made:
    """Return the reply to a request of which ``cached`` tokens are known; equal bodies get equal replies."""
    request, digest = orjson.loads(body), hashlib.sha256(body).hexdigest()
    text, finish = _text(request, digest, fault), ENDS.get(fault, "stop")
    tokens = (100 if fault == "cut" else len(body) // BYTES_PER_TOKEN, len(text) // BYTES_PER_TOKEN)
    message = {"role": "assistant", "content": text, "refusal": None} | MESSAGES.get(fault, {})
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    reply = orjson.dumps(
        {
            "id": f"chatcmpl-{digest[:24]}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": request.get("model", ""),
            "choices": [] if fault == "no_choice" else [choice],
            "usage": {
                "prompt_tokens": tokens[0],
                "completion_tokens": tokens[1],
                "total_tokens": sum(tokens),
                "prompt_tokens_details": {"cached_tokens": cached},
            },
        }
    )
    return Made(reply[: len(reply) // 2] if fault == "truncated" else reply, *tokens, cached)


def _text(request: dict[str, Any], digest: str, fault: str) -> str:
    if fault == "huge":
        return "x" * HUGE_BYTES
    if fault in USELESS:
        return USELESS[fault]
    content = next(one["content"] for one in request["messages"] if one["role"] == "user")
    schema = _schema(request, content)
    return orjson.dumps(answer(schema, content, digest)).decode() if schema else "Yes."


def _schema(request: dict[str, Any], content: str) -> dict[str, Any] | None:
    shape = request.get("response_format") or {}
    if shape.get("type") == "json_schema":
        return shape["json_schema"]["schema"]
    _, found, text = content.rpartition("JSON schema:\n")
    return orjson.loads(text) if found else None


def answer(schema: dict[str, Any], content: str, digest: str) -> Any:
    """Return a value that satisfies ``schema`` and quotes sentences of the document in ``content``."""
    document = content[: min(8000, max(len(content) // 3, 600))].partition("\n</document ")[0]
    sentences = [found[0] for found in SENTENCE.finditer(document) if found[0].count(" ") >= 4]
    return _fill(schema, "", Document(document, sentences), random.Random(digest))


class Document(NamedTuple):
    """What can be quoted: the text, and whole sentences of it."""

    text: str
    sentences: list[str]

    def passage(self, chance: random.Random) -> str:
        """Return a sentence, half of the time with the next one if it follows at once."""
        place = chance.randrange(len(self.sentences))
        both = " ".join(self.sentences[place : place + 2])
        return both if chance.random() < 0.5 and both in self.text else self.sentences[place]


def _fill(schema: dict[str, Any], name: str, document: Document, chance: random.Random) -> Any:
    if "anyOf" in schema:
        schema = next(option for option in schema["anyOf"] if option.get("type") != "null")
    if "enum" in schema:
        return "randomised_trial" if "randomised_trial" in schema["enum"] else chance.choice(schema["enum"])
    if "properties" in schema:
        return _object(schema, document, chance)
    kinds = schema.get("type")
    kind = next(k for k in kinds if k != "null") if isinstance(kinds, list) else kinds
    if kind == "array":
        return [_fill(schema["items"], name, document, chance)] if document.sentences else []
    if kind == "string":
        if document.sentences and "quote" in name:
            return document.passage(chance)
        return " ".join(chance.sample(REASONS, chance.choice((1, 2))))
    return {"integer": 0, "number": 0.0, "boolean": True}.get(kind)


def _object(schema: dict[str, Any], document: Document, chance: random.Random) -> Any:
    names = schema["properties"]
    if set(names) == {"value", "quote"}:
        return _count(document.sentences)
    made = {name: _fill(part, name, document, chance) for name, part in names.items()}
    if "quotes" in made and "not_reported" in made.values():
        made["quotes"] = []
    return made


def _count(sentences: list[str]) -> dict[str, Any]:
    for sentence in sentences:
        if number := re.search(r"(?<![\d.,])\d{1,4}(?![\d.,%])", sentence):
            return {"value": int(number[0]), "quote": sentence}
    return {"value": None, "quote": ""}


def _json(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


def _error(status: int, message: str, *, code: str = "", headers: Any = None) -> web.Response:
    error = {"message": message, "type": "ordered", "param": None, "code": code or None}
    body = orjson.dumps({"error": error})
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _hang_up(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:  # else the client was quicker
        request.transport.abort()
    return web.Response(status=499)


@asynccontextmanager
async def serving(port: int = 0, **mode: Any) -> AsyncIterator[OpenAIServer]:
    """Serve on the loopback interface inside; port 0 takes a free one."""
    server = OpenAIServer(Mode(**mode))
    async with listening(server, port):
        yield server


@asynccontextmanager
async def listening(server: OpenAIServer, port: int = 0) -> AsyncIterator[None]:
    """Let ``server`` be reached inside; it learns its ``url``."""
    handler = web.Server(server.handle, access_log=None)
    runner = web.ServerRunner(handler, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=4096)
    await site.start()
    server.url = "http://{}:{}/v1".format(*runner.addresses[0])
    try:
        yield
    finally:
        await runner.cleanup()


async def main(options: argparse.Namespace) -> None:
    """Serve until ended; print the address as one JSON line."""
    async with serving(**given(options)) as server:
        print(
            json.dumps({"url": server.url, "counts": server.url.removesuffix("/v1") + "/counts"}), flush=True
        )
        await asyncio.Event().wait()


def given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the port and the fields of ``Mode`` from the command line."""
    return vars(options) | {"faults": dict(options.faults), "first": dict(options.first)}


def arguments() -> argparse.ArgumentParser:
    """Return the command line: the fields of ``Mode`` and the port."""

    def fault(kind: type) -> Any:
        return lambda text: (text.partition("=")[0], kind(text.partition("=")[2]))

    parser = argparse.ArgumentParser(description=__doc__, epilog=f"faults: {', '.join(FAULTS)}")
    numbers = {"port": int, "latency": float, "jitter": float, "seed": int, "padding": int}
    for name, kind in (numbers | {"reading": float, "writing": float}).items():
        parser.add_argument(f"--{name}", type=kind, default=kind())
    parser.add_argument("--retry-after", default="0.01")
    parser.add_argument("--fixed", action="store_true")
    parser.add_argument("--cache", choices=KINDS, default="")
    parser.add_argument("--fault", dest="faults", action="append", type=fault(float), default=[])
    parser.add_argument("--first", action="append", type=fault(int), default=[])
    return parser


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(arguments().parse_args()))
