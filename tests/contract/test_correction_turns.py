"""A correction on each wire: of the official types, after the very same beginning."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from google.genai import types
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter

from robasync.correction import correction
from robasync.providers import anthropic, gemini, openai
from robasync.providers.dialect import Dialect
from tests.prompts import PROMPT

TURN = correction('{"verdict": "fine"}', fault="the reply: 'items' is missing")
CORRECTED = replace(PROMPT, correction=TURN)
SHARED = (replace(PROMPT, shared=True), replace(CORRECTED, shared=True))


def bodies(encode, formats):
    """Return the requests without and with a correction, in every tier, alone and with others."""
    for tier in formats:
        for pair in ((PROMPT, CORRECTED), SHARED):
            yield [orjson.loads(encode(one, dialect=Dialect(formats=(tier,)))) for one in pair]


@pytest.mark.parametrize(
    ("wire", "request_type", "formats"),
    [
        (openai, CompletionCreateParamsNonStreaming, ("json_schema", "json_object", "text")),
        (anthropic, MessageCreateParamsNonStreaming, ("json_schema", "tool", "text")),
    ],
)
def test_messages_go_on_after_the_same_beginning(wire, request_type, formats):
    """The assistant's turn is the rejected answer, the user's the request; all else is as it was."""
    for plain, corrected in bodies(
        lambda one, dialect: wire.encode(one, model="m", dialect=dialect), formats
    ):
        TypeAdapter(request_type).validate_python(corrected)
        *before, answer, asked = corrected.pop("messages")

        assert before == plain.pop("messages")
        assert corrected == plain
        assert answer == {"role": "assistant", "content": TURN.rejected}
        assert asked == {"role": "user", "content": TURN.request}


def test_contents_go_on_after_the_same_beginning():
    """Gemini calls the assistant "model"."""
    for plain, corrected in bodies(gemini.encode, ("json_schema", "json_object", "text")):
        *before, answer, asked = corrected.pop("contents")

        assert before == plain.pop("contents")
        assert corrected == plain
        assert (types.Content.model_validate(answer).role, answer["parts"]) == (
            "model",
            [{"text": TURN.rejected}],
        )
        assert types.Content.model_validate(asked).parts[0].text == TURN.request
        assert asked["role"] == "user"


@pytest.mark.parametrize(
    "encode",
    [
        lambda one: openai.encode(one, model="m", dialect=Dialect()),
        lambda one: anthropic.encode(one, model="m", dialect=Dialect()),
        lambda one: gemini.encode(one, dialect=Dialect()),
    ],
)
def test_the_bytes_up_to_the_questions_are_the_same(encode):
    """A provider's cache of the document, and of the questions after it, serves the correction too."""
    plain, corrected = (encode(one) for one in (PROMPT, CORRECTED))
    end = plain.index(b"Random?") + len(b"Random?")

    assert corrected[:end] == plain[:end]
