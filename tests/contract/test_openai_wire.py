"""The OpenAI wire against a real server, the official types, and recorded exchanges."""

from __future__ import annotations

import json
from collections import Counter

import anyio
import openai
import orjson
import pytest
from openai.types.chat import ChatCompletion
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import SecretStr, TypeAdapter

from robasync import errors
from robasync.model import Prompt
from robasync.providers import status
from robasync.providers.client import open_client
from robasync.providers.openai import Dialect, OpenAI, encode
from tests import corpus
from tests.servers.openai_server import FAULTS, completion, serving

KEY = "sk-not-a-real-key"
SCHEMA = {
    "type": "object",
    "properties": {"quote": {"type": "string"}, "step1": {"enum": ["definitely_yes", "not_reported"]}},
    "required": ["quote", "step1"],
    "additionalProperties": False,
}
PROMPT = Prompt(
    system="Be exact.",
    document="The patients were allocated by a computer-generated list of random numbers. " * 20,
    questions="Was the sequence random?",
    schema=orjson.dumps(SCHEMA),
    max_tokens=512,
)


async def ask(server, key=KEY, prompt=PROMPT):
    """Make one attempt against ``server`` and read its reply."""
    async with open_client(connections=4) as client:
        provider = OpenAI(client, base_url=server.url, model="test-model", api_key=key)

        return provider.read(await provider.complete(prompt))


async def test_answer_quotes_the_document():
    """The whole way: request, reply, usage, model; the key goes in the header and nowhere else."""
    async with serving() as server:
        answer = await ask(server, SecretStr(KEY))

    assert orjson.loads(answer.text)["quote"] in PROMPT.document
    assert answer.model == "test-model"
    assert answer.usage.input_tokens > 100
    assert server.counts.requests == sum(server.counts.billed.values()) == 1
    assert server.keys == {f"Bearer {KEY}"}


async def test_no_key_no_header():
    """A server without a key gets no Authorization."""
    async with serving() as server:
        await ask(server, None)

    assert server.keys == {""}


@pytest.mark.parametrize("answer_format", ["json_schema", "json_object", "text"])
def test_request_is_one_of_the_official_types(answer_format):
    """The body validates as the SDK's request; document first, then the questions."""
    body = encode(PROMPT, model="m", dialect=Dialect(formats=(answer_format,)))
    request = TypeAdapter(CompletionCreateParamsNonStreaming).validate_json(body)
    messages = orjson.loads(body)["messages"]

    assert set(orjson.loads(body)) >= {"model", "temperature", "max_tokens"}
    assert request["model"] == "m"
    assert [message["role"] for message in messages] == ["system", "user"]
    assert messages[1]["content"].startswith(f"{PROMPT.document}\n\n{PROMPT.questions}")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429", errors.RateLimited),
        ("500", errors.ServerFault),
        ("401", errors.BadKey),
        ("402", errors.NoCredit),
        ("404", errors.UnknownModel),
        ("context", errors.ContextTooLong),
        ("filter", errors.PromptFiltered),
        ("rejected", errors.Rejected),
        ("garbled", errors.GenerationFailed),
        ("reset", errors.ConnectionLost),
        ("lost", errors.ConnectionLost),
        ("malformed", None),
        ("truncated", errors.UnparsableReply),
        ("length", errors.ReplyCutShort),
        ("huge", errors.ConnectionLost),
        ("empty", errors.EmptyReply),
        ("refusal", errors.ReplyRefused),
        ("filtered", errors.ReplyFiltered),
        ("no_choice", errors.NoChoice),
        ("reasoning", errors.ReasoningOnly),
        ("wrong_schema", None),
        ("cut", None),
        ("format", None),
    ],
)
async def test_every_fault_has_its_class(fault, kind):
    """What a server does wrong arrives as the error that means it; the key is in no message."""
    async with serving(faults={fault: 1.0}, retry_after="3") as server:
        try:
            await ask(server)
            raised = None
        except errors.AssessmentError as error:
            raised = error

    assert type(raised) is (kind or type(None))
    assert KEY not in repr(raised)
    assert raised is None or "test-model at http://127.0.0.1" in str(raised)


def test_every_fault_is_tried():
    """The list above leaves out no fault but those that the gate, or the test, has to end."""
    marks = test_every_fault_has_its_class.pytestmark
    tried = {case[0] for mark in marks if mark.name == "parametrize" for case in mark.args[1]}

    assert tried == set(FAULTS) - {"hang", "hold"}


async def test_retry_after_reaches_the_error():
    """The seconds that the server asks for are on the error."""
    async with serving(faults={"429": 1.0}, retry_after="3") as server:
        with pytest.raises(errors.RateLimited) as caught:
            await ask(server)

    assert caught.value.retry_after == 3.0


async def test_server_that_is_down_is_unreachable():
    """Nothing was sent, so nothing is uncertain."""
    async with serving() as server:
        pass
    with pytest.raises(errors.Unreachable) as caught:
        await ask(server)

    assert caught.value.certain


async def test_hanging_server_is_left_by_cancellation():
    """The deadline is the caller's; the connection is closed, not leaked."""
    async with serving(faults={"hang": 1.0}) as server:
        with anyio.move_on_after(0.2) as scope:
            await ask(server)

    assert scope.cancelled_caught


async def test_refused_format_falls_back_and_is_remembered():
    """A server without response_format is asked in plain text, and next time at once."""
    async with serving(faults={"format": 1.0}) as server, open_client(connections=1) as client:
        provider = OpenAI(client, base_url=server.url, model="m")
        first = provider.read(await provider.complete(PROMPT))
        await provider.complete(PROMPT)

    assert "quote" in orjson.loads(first.text)
    assert server.counts.statuses == {"400": 2, "200": 2}


@pytest.mark.parametrize(
    ("said", "dialect"),
    [
        (
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            Dialect(limit_name="max_completion_tokens"),
        ),
        ("no (parameter: response_format)", Dialect(formats=("json_object", "text"))),
        ("messages must not be empty", None),
    ],
)
def test_dialect_follows_what_the_server_names(said, dialect):
    """Only a refusal that names a part of the dialect changes it."""
    assert Dialect().without(said) == dialect


async def test_calls_at_once_agree_on_the_dialect():
    """Several calls that are refused at the same time take one step down together, not one each."""
    async with serving(faults={"format": 1.0}) as server, open_client(connections=8) as client:
        provider = OpenAI(client, base_url=server.url, model="m")
        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(provider.complete, PROMPT)

    assert server.counts.statuses == {"400": 16, "200": 8}


async def test_error_inside_a_success_is_an_error():
    """Some gateways send an error object with status 200; it is no paid reply."""
    body = b'{"error": {"message": "upstream is busy", "code": 429}}'

    class Answering:
        async def post(self, *_, **__):
            from robasync.providers.client import Answered

            return Answered(status=200, headers={}, body=body)

    with pytest.raises(errors.RateLimited):
        await OpenAI(Answering(), base_url="http://127.0.0.1/v1", model="m").complete(PROMPT)


@pytest.mark.parametrize("url", ["ftp://x/v1", "http://user:pw@x/v1", "http://x/v1?key=1", "x", ""])
def test_base_url_that_would_break_keys_or_leak_is_refused(url):
    """The base URL is part of every key and message, so it must hold no secret."""
    with pytest.raises(errors.SettingsError) as caught:
        OpenAI(None, base_url=url, model="m")

    assert "pw" not in str(caught.value)


def test_key_is_not_in_the_providers_text():
    """repr, str and the endpoint do not show the key."""
    provider = OpenAI(None, base_url="http://127.0.0.1/v1/", model="m", api_key=KEY)

    assert KEY not in f"{provider!r} {provider} {provider.endpoint}"
    assert provider.endpoint == "openai http://127.0.0.1/v1"


async def test_official_client_gets_along_with_the_server():
    """The server that stands for a provider is held to the wire by the official SDK."""
    async with serving(first={"429": 1}) as server:
        client = openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=2)
        body = orjson.loads(encode(PROMPT, model="m", dialect=Dialect()))
        answer = await client.chat.completions.create(**body)
        await client.close()

    assert json.loads(answer.choices[0].message.content)["step1"] in {"definitely_yes", "not_reported"}
    assert server.counts.statuses == {"429": 1, "200": 1}


def test_servers_replies_are_of_the_official_type_and_depend_on_the_body_alone():
    """Equal bodies get equal answers; every reply validates."""
    body = encode(PROMPT, model="m", dialect=Dialect())
    replies = [ChatCompletion.model_validate_json(completion(body)[0]) for _ in range(2)]

    assert replies[0].choices == replies[1].choices


def recorded():
    """Yield the recorded exchanges of this wire that are not streams; skip where there are none."""
    for path in sorted(corpus.folder("wire").glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            exchange = orjson.loads(line)
            streamed = exchange["kind"] == "stream" or exchange["body"].startswith("data:")
            if "chat/completions" in exchange["url"] and not streamed:
                yield exchange


def test_recorded_replies_are_read():
    """Every recorded reply of a real server is read: text, or the typed reason why there is none."""
    seen = Counter()
    for exchange in recorded():
        if exchange["status"] != 200:
            continue
        provider = OpenAI(None, base_url="http://127.0.0.1/v1", model="m")
        try:
            answer = provider.read(exchange["body"].encode())
            seen["text"] += 1
            assert answer.usage.input_tokens > 0 or '"usage"' not in exchange["body"]
        except errors.ReplyError as error:
            seen[type(error).__name__] += 1

    assert seen == {"text": 94, "EmptyReply": 9, "ReplyCutShort": 7, "ReplyFiltered": 1}


def test_recorded_refusals_have_their_class():
    """Every recorded error of a real server means what its status and words say."""
    expected = {401: {"BadKey"}, 404: {"UnknownModel"}, 429: {"RateLimited"}, 500: {"ServerFault"}}
    expected[400] = {"Rejected", "ContextTooLong", "GenerationFailed"}
    too_long = 0
    for exchange in recorded():
        if exchange["status"] == 200:
            continue
        body, code = exchange["body"].encode(), exchange["status"]
        error = status.failure(code, body, headers=exchange["headers"], who="m")
        assert type(error).__name__ in expected[code]
        too_long += isinstance(error, errors.ContextTooLong)

    assert too_long == 3
