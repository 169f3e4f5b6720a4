"""Recorded exchanges with real providers, replayed through a local server and the real adapters.

The official SDKs' types are the independent judge of what a reply says.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import orjson
import pytest
from anthropic.types import Message
from google.genai.types import GenerateContentResponse
from openai.types.chat import ChatCompletion

from robasync import errors
from robasync.providers.client import open_client
from robasync.providers.wires import remote
from tests import recordings
from tests.prompts import PROMPT
from tests.servers.replay_server import replaying

DOCS = Path(__file__).parents[2] / "docs" / "providers.md"
KEY = "sk-not-a-real-key"
HEADERS = {
    "openai": {"authorization": f"Bearer {KEY}"},
    "azure": {"api-key": KEY},
    "anthropic": {"x-api-key": KEY, "anthropic-version": "2023-06-01"},
    "gemini": {"x-goog-api-key": KEY},
}
ERRORS = {
    400: {"Rejected", "ContextTooLong", "GenerationFailed", "BadKey"},
    401: {"BadKey"},
    404: {"UnknownModel"},
    429: {"RateLimited"},
    500: {"ServerFault"},
}


def ours():
    """Return the recordings of our wires."""
    return [exchange for exchange in recordings.exchanges() if exchange.wire]


def versioned(exchange):
    """Return the query with which Azure's version was stated, "" for all others."""
    return exchange.url.partition("?")[2] if "api-version" in exchange.url else ""


async def told(server, client, exchange, number):
    """Have the real adapter ask, and return what it made of the answer: a completion or an error."""
    way = remote(exchange.wire)(
        client,
        base_url=f"{server.url(number)}{exchange.base}?{versioned(exchange)}".rstrip("?"),
        model=exchange.model,
        api_key=KEY,
        streaming=exchange.asked_stream or exchange.streamed,
    )

    try:
        return way.read(await way.complete(PROMPT))
    except errors.AssessmentError as error:
        return error


@pytest.fixture(scope="module")
async def replayed(anyio_backend):
    """Replay all of them once; return (exchange, what came of it, what was asked)."""
    exchanges = ours()
    async with replaying(exchanges) as server, open_client(connections=4) as client:
        found = [await told(server, client, exchange, n) for n, exchange in enumerate(exchanges)]

    return list(zip(exchanges, found, server.asked.values(), strict=True))


@pytest.fixture(scope="module")
def anyio_backend():
    """One event loop for the module."""
    return "asyncio"


def test_every_recording_is_ours_or_has_a_reason():
    """Nothing is left out silently."""
    assert all(exchange.wire or exchange.reason for exchange in recordings.exchanges())


def test_the_table_in_the_docs_is_this_suites(capsys):
    """What is replayed, by provider and kind, stands in docs/providers.md as it is counted here."""
    tables = recordings.tables(recordings.exchanges())
    with capsys.disabled():
        print(f"\n{tables}")

    assert tables in DOCS.read_text()


async def test_requests_go_where_the_recorded_ones_went(replayed):
    """The same path below the same base URL, the key in the header of the wire and in no address."""
    for exchange, _, asked in replayed:
        streams = exchange.wire == "gemini" and exchange.streamed
        method = ":streamGenerateContent" if streams else ":generateContent"
        path = exchange.path.replace(":generateContent", method)
        query = versioned(exchange) or ("alt=sse" if streams else "")

        assert {(request.path, request.query) for request in asked} == {(path, query)}
        assert all(HEADERS[exchange.wire].items() <= request.headers.items() for request in asked)
        assert all(KEY.encode() not in request.body for request in asked)


async def test_what_was_refused_then_has_its_class_now(replayed):
    """Each recorded error of a real server means what its status and words say."""
    seen = Counter()

    for exchange, found, _ in replayed:
        if exchange.status != 200:
            assert type(found).__name__ in ERRORS[exchange.status], (exchange, found)
            assert KEY not in str(found)
            seen[type(found).__name__] += 1

    assert seen == {
        "BadKey": 13,
        "ContextTooLong": 4,
        "GenerationFailed": 2,
        "RateLimited": 5,
        "Rejected": 14,
        "ServerFault": 2,
        "UnknownModel": 11,
    }


async def test_waits_that_servers_asked_for_are_on_the_error(replayed):
    """Azure says so in a header, Gemini in the body."""
    limited = [(each.provider, found) for each, found, _ in replayed if isinstance(found, errors.RateLimited)]
    waits = {provider: found.retry_after for provider, found in limited}

    assert waits == {"azure-openai": 1.0, "gemini": 48.0, "openrouter": None}


async def test_replies_are_read_as_the_official_types_read_them(replayed):
    """Text, model and tokens are those that the provider's own library finds in the same bytes."""
    seen = Counter()

    for exchange, found, _ in replayed:
        if exchange.status == 200 and not exchange.streamed:
            seen[type(found).__name__] += 1

            if not isinstance(found, errors.AssessmentError):
                assert _official(exchange) == (found.text, found.model, found.usage.input_tokens), exchange

    assert seen == {"Completion": 153, "EmptyReply": 42, "ReplyCutShort": 16, "ReplyFiltered": 1}


async def test_streams_are_joined(replayed):
    """Each recorded stream becomes the reply it stands for, or the reason why there is none."""
    seen = Counter(type(found).__name__ for exchange, found, _ in replayed if exchange.streamed)

    assert seen == {"Completion": 36, "EmptyReply": 6, "ReplyCutShort": 13}


def _official(exchange):
    return {"openai": _openai, "azure": _openai, "anthropic": _anthropic, "gemini": _gemini}[exchange.wire](
        exchange.body
    )


def _openai(body):
    reply = ChatCompletion.construct(**orjson.loads(body))
    content = reply.choices[0].message.content
    texts = (
        content if isinstance(content, str) else "".join(part["text"] for part in content if "text" in part)
    )

    return texts, reply.model, reply.usage.prompt_tokens if reply.usage else 0


def _anthropic(body):
    reply = Message.construct(**orjson.loads(body))
    usage = reply.usage
    tokens = (usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
    texts = "".join(block.text for block in reply.content if block.type == "text")

    return texts, reply.model, sum(count or 0 for count in tokens)


def _gemini(body):
    recorded = orjson.loads(body)
    counts = recorded["usageMetadata"].items()
    recorded["usageMetadata"] = {name: count for name, count in counts if name.endswith("TokenCount")}
    reply = GenerateContentResponse.model_validate(recorded)
    parts = reply.candidates[0].content.parts
    texts = "".join(part.text for part in parts if part.text and not part.thought)
    usage = reply.usage_metadata
    tokens = (usage.prompt_token_count, usage.tool_use_prompt_token_count)

    return texts, reply.model_version, sum(count or 0 for count in tokens)
