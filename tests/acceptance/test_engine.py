"""A real engine: llama.cpp answers, whole or as a stream, over two wires, and is never asked twice.

Its model is tiny and random, so what it judges means nothing; but it is held to the schema by
the engine itself, and what comes back is no answer that we wrote.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass

import aiohttp
import anyio
import orjson
import pytest
from aiohttp import web

from tests.acceptance.harness import ROOT, Command, journal, settings
from tests.servers.answering import answering

MISSING = [name for name in ("xllamacpp", "gguf") if importlib.util.find_spec(name) is None]
EXAMPLES = ROOT / "examples" / "trials"
ASSESSED = 8  # of the examples; one is a plan, one has no text
BUDGET = 110  # seconds for all that is tested here; a fifth of it is usual
PRICE = {"input": 1.0, "cached": 0.5, "output": 2.0}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(MISSING), reason=f"{' and '.join(MISSING)} not installed: pip install -e .[dev]"),
]


@dataclass(frozen=True)
class Engine:
    """A llama.cpp server at ``url``, and the moment when it is ended, come what may."""

    url: str
    ends: float  # of the monotonic clock

    @property
    def left(self) -> float:
        """The seconds that are left for all that is still to be tested."""
        return max(0.0, self.ends - time.monotonic())


@pytest.fixture(scope="module")
def engine():
    """Serve with llama.cpp in a process of its own: for BUDGET seconds in all, so that nothing hangs."""
    command = [sys.executable, ROOT / "tests" / "servers" / "llama_server.py"]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        end = threading.Timer(BUDGET, process.kill)
        ends = time.monotonic() + BUDGET
        end.start()

        try:
            said = process.stdout.readline()
            assert said, "llama.cpp did not begin to serve"
            yield Engine(json.loads(said)["url"].removesuffix("/v1"), ends)
        finally:
            end.cancel()
            process.kill()


class Witness:
    """Stands before the engine and passes everything on, but not before eight are asked at once.

    Until ``killed`` is set only ``first`` requests get through; ``due`` is set when they are answered.
    """

    def __init__(self, client: aiohttp.ClientSession, engine: str, *, first: int) -> None:
        self.bodies: list[dict] = []
        self.replies: list[bytes] = []
        self.due = anyio.Event()
        self.killed = anyio.Event()
        self._client = client
        self._engine = engine
        self._first = first
        self._full = anyio.Event()

    async def handle(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        self.bodies.append(orjson.loads(body))
        number = len(self.bodies)

        if number == ASSESSED:
            self._full.set()

        await self._full.wait()

        if number > self._first:
            self._tell()
            await self.killed.wait()

        headers = {"Content-Type": "application/json"}

        async with self._client.post(self._engine + request.path, data=body, headers=headers) as answer:
            raw = await answer.read()

        self.replies.append(raw)
        self._tell()

        return web.Response(status=answer.status, body=raw, content_type=answer.content_type)

    def _tell(self) -> None:
        if len(self.replies) >= self._first:
            self.due.set()


@pytest.mark.parametrize("is_streaming", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("wire", ["openai", "anthropic"])
async def test_the_examples_are_assessed_by_a_real_engine(tmp_path, engine, *, wire, is_streaming):
    """Eight at once, killed after two, resumed: every document has its answers, recorded and billed once."""
    # The engine hangs up on who has been idle; a connection that is used again may meet that moment.
    connector = aiohttp.TCPConnector(force_close=True)

    async with aiohttp.ClientSession(connector=connector) as client:
        witness = Witness(client, engine.url, first=2)

        async with answering(witness.handle) as url:
            config = configured(tmp_path, url, wire=wire, is_streaming=is_streaming)
            command = Command("run", "-c", config, "-i", EXAMPLES, cwd=tmp_path)

            try:
                with anyio.fail_after(engine.left):
                    await witness.due.wait()
            finally:
                command.kill()
                command.end()

            witness.killed.set()
            command = Command("resume", "-c", config, "--json", cwd=tmp_path)
            ended = await anyio.to_thread.run_sync(command.end, engine.left)

    lines = journal(tmp_path)
    replies = [line for line in lines if line["kind"] == "reply"]
    intents = [line for line in lines if line["kind"] == "intent"]
    outcomes = Counter(line["body"]["status"] for line in lines if line["kind"] == "outcome")

    assert ended.code == 3, ended.err  # one example has no text
    assert outcomes == {"assessed": ASSESSED, "refused": 1, "failed": 1}
    assert len({line["key"] for line in replies}) == len(replies)
    assert len(witness.bodies) <= len(intents)
    assert all(body.get("stream", False) is is_streaming for body in witness.bodies)
    assert accounted(tmp_path, replies) == pytest.approx(ended.facts["cost"])

    assert all(held(body) for body in witness.bodies)
    assert len(replies) == ASSESSED  # no reply was rejected, none bought twice

    if not is_streaming:  # a stream is recorded as the reply that it makes
        assert {line["body"]["raw"].encode() for line in replies} <= set(witness.replies)


def held(body):
    """Say whether a request demands answers in the schema's form, by a means that llama.cpp heeds."""
    if "tools" in body:
        return body["tool_choice"] == {"type": "tool", "name": body["tools"][0]["name"]}

    return body["response_format"]["json_schema"]["strict"]


def configured(folder, url, *, wire, is_streaming):
    model = {
        "provider": wire,
        "model_name": "tiny",
        "temperature": 1.0,
        "price": PRICE,
        "use_streaming": is_streaming,
    }
    address = f"{url}/v1" if wire == "openai" else url
    asked = {"core_items": ["1", "6"], "optional_items": False}

    parallel = {"max_workers": ASSESSED, "patience_seconds": 0}  # an engine that is gone is not waited for

    return settings(folder, address, model=model, rob_framework=asked, parallel=parallel)


def accounted(folder, replies):
    """Return what the recorded replies cost, once the checkpoint agrees on their tokens."""
    total = Counter()

    for line in replies:
        total.update(line["body"]["usage"])

    saved = orjson.loads(next((folder / "checkpoints").glob("*.checkpoint.json")).read_bytes())
    (spend,) = saved["cost_tracking"]["token_usage"].values()

    for name in ("input_tokens", "cached_tokens", "output_tokens"):
        assert spend[name] == total[name]

    assert total["output_tokens"] > 0
    fresh = total["input_tokens"] - total["cached_tokens"]

    return (fresh * 1.0 + total["cached_tokens"] * 0.5 + total["output_tokens"] * 2.0) / 1e6
