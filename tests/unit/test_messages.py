"""Reading Anthropic's replies."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import (
    EmptyReply,
    NoChoice,
    ReasoningOnly,
    ReplyCutShort,
    ReplyError,
    ReplyRefused,
    UnparsableReply,
)
from robasync.model import Completion, Usage
from robasync.providers import messages
from tests.hostile import JSON

TEXT = {"type": "text", "text": "Yes."}
THOUGHT = {"type": "thinking", "thinking": "Hm."}
USAGE = Usage(input_tokens=35, output_tokens=9, cached_tokens=20, reasoning_tokens=4, written_tokens=5)


def reply(*content, reason="end_turn", **body):
    """Return a raw reply; ``body`` replaces its entries."""
    usage = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 5,
        "cache_read_input_tokens": 20,
        "output_tokens": 9,
        "output_tokens_details": {"thinking_tokens": 4},
    }

    return orjson.dumps(
        {"type": "message", "model": "m-1", "content": content, "stop_reason": reason, "usage": usage} | body
    )


def read(raw):
    """Read ``raw`` as the reply of a model called m."""
    return messages.read(raw, who="m at x")


def test_text_model_and_usage_are_read():
    """Thoughts are no text; what a cache took or gave is input."""
    assert read(reply(THOUGHT, TEXT)) == Completion(text="Yes.", model="m-1", usage=USAGE)


def test_the_tools_input_is_the_answer():
    """The answers stand in the call of our tool, whatever is said beside it."""
    called = {"type": "tool_use", "name": "answers", "input": {"a": 1}}

    assert read(reply(TEXT, called, reason="tool_use")).text == '{"a":1}'


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        (reply(TEXT, reason="refusal"), ReplyRefused, "declined: Yes"),
        (reply(reason="refusal", stop_details={"explanation": "Harm."}), ReplyRefused, "declined: Harm"),
        (reply(TEXT, reason="max_tokens"), ReplyCutShort, "9 tokens, 4 of them for reasoning"),
        (reply(TEXT, reason="model_context_window_exceeded"), ReplyCutShort, "cut off"),
        (reply(), NoChoice, "no content"),
        (reply(THOUGHT), ReasoningOnly, "reasoning only"),
        (reply({"type": "tool_use", "name": "other", "input": {}}), EmptyReply, "tool call"),
        (reply({"type": "text", "text": " "}), EmptyReply, "no text"),
    ],
)
def test_a_reply_that_is_no_answer_has_its_class_and_its_usage(raw, kind, said):
    """What was paid for is known even where there is no answer."""
    with pytest.raises(kind, match=said) as caught:
        read(raw)

    assert type(caught.value) is kind
    assert caught.value.usage == USAGE


def test_an_error_object_is_no_reply():
    """A journal may hold what a gateway passed off as a reply."""
    with pytest.raises(UnparsableReply, match="Overloaded"):
        read(b'{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}')


@given(st.dictionaries(st.sampled_from(["content", "usage", "model", "error", "stop_reason"]), JSON), JSON)
def test_hostile_json_ends_in_a_completion_or_a_reply_error(body, block):
    """No shape of JSON brings out anything else."""
    for shape in (body, {"content": [block, {"type": "text", "text": block}, {"type": block}]} | body):
        try:
            assert read(orjson.dumps(shape)).text.strip()
        except ReplyError:
            continue
