"""What is sent on Anthropic's and Gemini's wires: of the official types in every tier, no secret in it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import orjson
import pytest
from aiohttp import web
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from google.genai import types
from pydantic import TypeAdapter

from robasync import errors
from robasync.providers import anthropic, gemini
from robasync.providers.client import open_client
from robasync.providers.dialect import Dialect
from robasync.providers.wires import remote
from tests.prompts import PROMPT, SCHEMA
from tests.servers.answering import answering

#: The library has dropped the temperature, which the newest models refuse and all others take.
KEYS = {*MessageCreateParamsNonStreaming.__annotations__, "temperature"}
REPLIES = {
    "anthropic": {"content": [{"type": "text", "text": "{}"}], "model": "m", "stop_reason": "end_turn"},
    "gemini": {"candidates": [{"content": {"parts": [{"text": "{}"}]}, "finishReason": "STOP"}]},
}


@pytest.mark.parametrize("tier", ["json_schema", "tool", "text"])
def test_messages_are_of_the_official_type(tier):
    """The body validates as the SDK's request and has no key that it lacks; the document is first."""
    body = anthropic.encode(PROMPT, model="m", dialect=Dialect(formats=(tier,)))
    request = orjson.loads(body)
    TypeAdapter(MessageCreateParamsNonStreaming).validate_json(body)

    assert set(request) <= KEYS
    assert request["messages"][0]["content"][0] == {"type": "text", "text": "A trial."}
    assert (request["system"], request["temperature"], request["max_tokens"]) == ("Be exact.", 0.0, 512)


def test_each_tier_of_messages_carries_the_schema():
    """As the form of the output, as the input of a forced tool, or in words."""
    strict, tool, text = (
        orjson.loads(anthropic.encode(PROMPT, model="m", dialect=Dialect(formats=(tier,))))
        for tier in ("json_schema", "tool", "text")
    )

    assert (
        strict["output_config"]["format"]["schema"]
        == tool["tools"][0]["input_schema"]
        == orjson.loads(SCHEMA)
    )
    assert tool["tool_choice"] == {"type": "tool", "name": tool["tools"][0]["name"]}
    assert text["messages"][0]["content"][1]["text"].endswith(SCHEMA.decode())


@pytest.mark.parametrize("tier", ["json_schema", "json_object", "text"])
def test_contents_are_of_the_official_types(tier):
    """Contents, system and configuration validate as the SDK's, which allow no stranger."""
    request = orjson.loads(gemini.encode(PROMPT, dialect=Dialect(formats=(tier,))))
    content = types.Content.model_validate(request["contents"][0])
    config = types.GenerationConfig.model_validate(request["generationConfig"])
    system = types.Content.model_validate(request["systemInstruction"])

    assert set(request) == {"contents", "generationConfig", "systemInstruction"}
    assert content.parts[0].text == "A trial."
    assert (config.max_output_tokens, config.temperature, system.parts[0].text) == (512, 0.0, "Be exact.")
    assert (config.response_mime_type is None) == (tier == "text")
    assert (config.response_schema is None) == (tier != "json_schema")
    assert content.parts[1].text.endswith(SCHEMA.decode()) == (tier != "json_schema")


def sent(wire, base_url, **fields):
    """Return the request that a way to a model makes of the prompt with these fields."""
    way = remote(wire)(None, base_url=base_url, model="m")

    return orjson.loads(way._encoded(replace(PROMPT, **fields), way._dialect))


def test_a_shared_document_is_marked_for_the_cache():
    """Anthropic caches what is marked; the schema, which would stand before it, comes after it in words."""
    once, shared = (sent("anthropic", "https://api.anthropic.com", shared=value) for value in (False, True))
    document, asked = shared["messages"][0]["content"]

    assert document["cache_control"] == {"type": "ephemeral"}
    assert asked["text"].endswith(SCHEMA.decode())
    assert "output_config" not in shared
    assert "cache_control" not in once["messages"][0]["content"][0]
    TypeAdapter(MessageCreateParamsNonStreaming).validate_python(shared)


@pytest.mark.parametrize(
    ("wire", "base_url", "form"),
    [
        ("openai", "https://api.openai.com/v1", "json_object"),
        ("azure", "https://lab.openai.azure.com", "json_object"),
        ("openai", "http://127.0.0.1:8000/v1", "json_schema"),
    ],
)
def test_a_shared_document_is_cached_where_schemas_differ(wire, base_url, form):
    """OpenAI's caches begin with the schema, so it goes behind the document; one's own server keeps it."""
    assert sent(wire, base_url, shared=True)["response_format"]["type"] == form
    assert sent(wire, base_url)["response_format"]["type"] == "json_schema"


@asynccontextmanager
async def refusing(wire, named):
    """Serve a wire and refuse every request whose body holds one of the words ``named``."""
    bodies = []

    async def handler(request):
        body = await request.read()
        bodies.append(orjson.loads(body))
        held = next((word for word in named if word.encode() in body), None)
        if held:
            return web.json_response(
                {"error": {"message": f"{held}: Extra inputs are not permitted"}}, status=400
            )

        return web.json_response(REPLIES[wire])

    async with answering(handler) as url:
        yield url, bodies


@pytest.mark.parametrize(
    ("wire", "named", "requests"),
    [
        ("anthropic", ["tools"], 2),
        ("anthropic", ["tools", "output_config"], 3),
        ("gemini", ["responseSchema"], 2),
        ("gemini", ["responseSchema", "responseMimeType"], 3),
        ("gemini", ["maxItems"], 2),
        ("anthropic", ["temperature"], 2),
    ],
)
async def test_a_refused_way_is_left_for_the_next_and_remembered(wire, named, requests):
    """The same attempt goes on more plainly, and the next call begins there."""
    async with refusing(wire, named) as (url, bodies), open_client(connections=1) as client:
        way = remote(wire)(client, base_url=url, model="m", api_key="sk-x")
        first = await way.complete(PROMPT)
        assert len(bodies) == requests
        await way.complete(PROMPT)

    assert way.read(first).text == "{}"
    assert len(bodies) == requests + 1


@pytest.mark.parametrize(("text", "plainer"), [("Yes, it was.", True), (' {"a": 1}', False)])
async def test_a_form_that_is_taken_and_ignored_is_left_too(text, plainer):
    """Who answers a strict schema in prose is told the form in words from the next call on."""
    bodies = []

    async def handler(request):
        bodies.append(await request.read())
        content = [{"type": "text", "text": text}]

        return web.json_response({**REPLIES["anthropic"], "content": content})

    async with answering(handler) as url, open_client(connections=1) as client:
        way = remote("anthropic")(client, base_url=url, model="m")
        for _ in range(3):
            await way.complete(PROMPT)

    assert [b"tool_choice" in body for body in bodies] == [True, not plainer, not plainer]
    assert [b"output_config" in body for body in bodies] == [False, plainer, False]


@pytest.mark.parametrize(
    ("base_url", "asked"),
    [("https://api.anthropic.com", "output_config"), ("http://127.0.0.1:8080", "tool_choice")],
)
def test_the_form_is_enforced_with_the_first_reply_already(base_url, asked):
    """By the vendor's newest means at its own address, elsewhere by the tool that every server knows."""
    assert {"output_config", "tool_choice"} & set(sent("anthropic", base_url)) == {asked}


async def test_a_late_refusal_does_not_undo_what_another_call_found():
    """A call that was refused while another went two steps on goes on where that one is."""
    late, bodies = anyio.Event(), []

    async def handler(request):
        body = await request.read()
        bodies.append(body)
        if len(bodies) == 1:
            await late.wait()

        held = next((word for word in ("output_config", "tools") if word.encode() in body), None)
        if held is None:
            return web.json_response(REPLIES["anthropic"])

        return web.json_response({"error": {"message": f"{held} is not permitted"}}, status=400)

    async with (
        answering(handler) as url,
        open_client(connections=2) as client,
        anyio.create_task_group() as tasks,
    ):
        way = remote("anthropic")(client, base_url=url, model="m")
        tasks.start_soon(way.complete, PROMPT)
        while not bodies:
            await anyio.lowlevel.checkpoint()

        await way.complete(PROMPT)
        late.set()

    assert [b"tool_choice" in body for body in bodies] == [True, True, False, False, False]
    assert [b"output_config" in body for body in bodies] == [False, False, True, False, False]


async def test_a_refusal_of_something_else_is_an_error():
    """What names no part of the dialect is asked once."""
    async with refusing("anthropic", ["messages"]) as (url, bodies), open_client(connections=1) as client:
        with pytest.raises(errors.Rejected, match="Extra inputs"):
            await remote("anthropic")(client, base_url=url, model="m").complete(PROMPT)

    assert len(bodies) == 1


@pytest.mark.parametrize("wire", ["openai", "azure", "anthropic", "gemini"])
def test_the_key_of_a_call_holds_the_wire_and_the_address_alone(wire):
    """Neither streaming nor the key changes the endpoint; nothing shows the key."""
    base = "https://lab.example/v1"
    ways = [
        remote(wire)(None, base_url=base, model="m", api_key="sk-secret", streaming=streaming)
        for streaming in (False, True)
    ]

    assert {way.endpoint for way in ways} == {f"{'openai' if wire == 'azure' else wire} {base}"}
    assert all("sk-secret" not in f"{way!r} {way.endpoint}" for way in ways)
