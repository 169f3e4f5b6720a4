"""The local server as a command and as a witness: it counts, changes its mode, and bills the absent."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import anyio
import orjson

from robasync import evidence, instruments, prompt, reply
from robasync.model import Extract, Segment
from robasync.providers import chat
from robasync.providers.openai import Dialect, encode
from tests.servers import openai_server

TEXT = (
    "We randomly assigned 120 adults to exercise or to usual care. "
    "The allocation sequence was made by a computer in blocks of four. "
    "Outcome assessors did not know to which group a participant belonged. "
    "All 111 participants who returned at twelve weeks were analysed as assigned. "
) * 20


def post(url, body):
    """Send ``body`` and return the answer, parsed."""
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_command_prints_its_address_counts_and_changes_its_mode():
    """One JSON line, then requests; equal bodies are billed twice under one digest."""
    script = Path(openai_server.__file__)
    with subprocess.Popen([sys.executable, script, "--first", "cut=1"], stdout=subprocess.PIPE) as process:
        try:
            address = json.loads(process.stdout.readline())
            body = b'{"model": "m", "messages": [{"role": "user", "content": "Hello"}]}'
            first = post(f"{address['url']}/chat/completions", body)
            post(address["counts"].replace("/counts", "/mode"), b'{"faults": {"empty": 1.0}}')
            second = post(f"{address['url']}/chat/completions", body)
            counts = post(address["counts"], None)
        finally:
            process.terminate()

    assert first["usage"]["prompt_tokens"] == 100
    assert second["choices"][0]["message"]["content"] == ""
    assert (counts["requests"], list(counts["billed"].values())) == (2, [2])


async def test_reply_is_billed_though_the_client_has_gone():
    """A provider bills what it computed; the connection may be gone by then."""
    async with openai_server.serving(latency=0.05) as server:
        host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
        async with await anyio.connect_tcp(host, int(port)) as stream:
            body = b'{"messages": [{"role": "user", "content": "Hello"}]}'
            head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            await stream.send(head.encode() + body)
            with anyio.fail_after(5):
                while not server.counts.requests:
                    await anyio.lowlevel.checkpoint()
        with anyio.fail_after(5):
            while not server.counts.billed:
                await anyio.lowlevel.checkpoint()

    assert sum(server.counts.billed.values()) == 1


def test_answers_are_plausible_to_the_whole_program():
    """The real parser accepts them, the real finder finds every quote, and they are as long as is asked."""
    instrument = instruments.load("robust-rct")
    questionnaire = prompt.questionnaire(instrument, instrument.items, outcome="proposed")
    extract = Extract(text=TEXT, segments=(Segment(0, 1),), pages=1, media="text/plain", engine="test")
    request = questionnaire.prompt(extract, temperature=0.0, max_tokens=4096, run=1)
    raw = openai_server.completion(encode(request, model="m", dialect=Dialect())).raw
    answers = reply.parse(chat.read(raw, who="m").text, questionnaire)
    finder = evidence.Finder(extract)
    quotes = [quote for answer in answers.answers for quote in answer.quotes] + [answers.design.quote]
    counts = [count for answer in answers.answers for _, count in answer.counts]

    assert quotes
    assert all(finder.find(quote).verification == "exact" for quote in quotes)
    assert counts
    assert all(str(count.value) in count.quote for count in counts)
    assert {answer.reason.count(".") for answer in answers.answers} == {1, 2}
    assert orjson.loads(raw)["choices"][0]["finish_reason"] == "stop"


async def test_wait_answers_once_so_much_is_counted_and_bills_name_what_was_bought():
    """A test that needs a moment of a run waits for it here, without polling."""
    async with openai_server.serving(latency=0.01) as server:
        root = server.url.removesuffix("/v1")
        body = b'{"messages": [{"role": "user", "content": "Hello"}]}'
        waited = {}

        async def wait() -> None:
            waited.update(await anyio.to_thread.run_sync(post, f"{root}/wait?requests=2&billed=2", None))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)

            for _ in range(2):
                await anyio.to_thread.run_sync(post, f"{server.url}/chat/completions", body)

        ((text, times),) = await anyio.to_thread.run_sync(post, f"{root}/bills", None)

    assert waited["requests"] == 2
    assert ("Hello" in text, times) == (True, 2)


async def test_a_prompt_that_begins_as_another_one_did_is_billed_as_cached():
    """In whole blocks, and only for what was read before; ahead of the prompt the schema counts too."""
    text, shape = "words " * 2000, {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}

    def body(question, **form):
        return orjson.dumps({"messages": [{"role": "user", "content": text + question}], **form})

    async def cached(kind):
        async with openai_server.serving(cache=kind) as server:
            for asked in (body("one?"), body("two?"), body("three?", response_format=shape)):
                answer = await anyio.to_thread.run_sync(post, f"{server.url}/chat/completions", asked)
                yield answer["usage"]["prompt_tokens_details"]["cached_tokens"]

    most = len(text) // 512 * 512 // 4

    assert [tokens async for tokens in cached("")] == [0, 0, 0]
    assert [tokens async for tokens in cached("prompt")] == [0, most, most]
    assert [tokens async for tokens in cached("schema")] == [0, most, 0]
