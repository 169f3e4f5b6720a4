"""Reading Gemini's replies."""

from __future__ import annotations

import orjson
import pytest
from google.genai.types import FinishReason
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import (
    EmptyReply,
    NoChoice,
    ReasoningOnly,
    ReplyCutShort,
    ReplyError,
    ReplyFiltered,
    UnparsableReply,
)
from robasync.model import Completion, Usage
from robasync.providers import candidates
from tests.hostile import JSON

THOUGHT = {"text": "Hm.", "thought": True}
USAGE = Usage(input_tokens=32, output_tokens=7, cached_tokens=8, reasoning_tokens=4)


def reply(*parts, reason="STOP", **body):
    """Return a raw reply; ``body`` replaces its entries."""
    candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": reason}
    usage = {
        "promptTokenCount": 30,
        "toolUsePromptTokenCount": 2,
        "cachedContentTokenCount": 8,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 4,
    }

    return orjson.dumps({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "g-1"} | body)


def read(raw):
    """Read ``raw`` as the reply of a model called m."""
    return candidates.read(raw, who="m at x")


def test_text_model_and_usage_are_read():
    """Parts are joined, thoughts are no text but are billed as output."""
    found = read(reply(THOUGHT, {"text": "Ye"}, {"text": "s."}))

    assert found == Completion(text="Yes.", model="g-1", usage=USAGE)


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        (reply(reason="SAFETY"), ReplyFiltered, "SAFETY"),
        (reply(candidates=None, promptFeedback={"blockReason": "OTHER"}), ReplyFiltered, "prompt .OTHER"),
        (reply({"text": "Ye"}, reason="MAX_TOKENS"), ReplyCutShort, "7 tokens, 4 of them for reasoning"),
        (reply({"text": "{"}, reason="MALFORMED_RESPONSE"), UnparsableReply, "MALFORMED"),
        (reply(candidates=[]), NoChoice, "no candidate"),
        (reply(candidates=[3]), UnparsableReply, "not an object"),
        (reply(candidates=None, error={"message": "busy"}), UnparsableReply, "busy"),
        (reply(THOUGHT), ReasoningOnly, "reasoning only"),
        (reply({"functionCall": {"name": "x"}}), EmptyReply, "tool call"),
        (reply(), EmptyReply, "no text"),
    ],
)
def test_a_reply_that_is_no_answer_has_its_class_and_its_usage(raw, kind, said):
    """What was paid for is known even where there is no answer."""
    with pytest.raises(kind, match=said) as caught:
        read(raw)

    assert type(caught.value) is kind
    assert caught.value.usage == USAGE


@pytest.mark.parametrize("reason", [reason.value for reason in FinishReason])
def test_every_reason_to_end_that_google_knows_means_something(reason):
    """An answer where the model came to its end, a typed reply error anywhere else."""
    if reason in {"STOP", "FINISH_REASON_UNSPECIFIED"}:
        assert read(reply({"text": "Yes."}, reason=reason)).text == "Yes."
    else:
        with pytest.raises(ReplyError):
            read(reply({"text": "Yes."}, reason=reason))


@given(
    st.dictionaries(st.sampled_from(["candidates", "usageMetadata", "error", "promptFeedback"]), JSON), JSON
)
def test_hostile_json_ends_in_a_completion_or_a_reply_error(body, part):
    """No shape of JSON brings out anything else."""
    candidate = {"content": {"parts": [part, {"text": part}]}}
    for shape in (body, {"candidates": [candidate, part]} | body, {"candidates": [{"content": part}]} | body):
        try:
            assert read(orjson.dumps(shape)).text.strip()
        except ReplyError:
            continue
