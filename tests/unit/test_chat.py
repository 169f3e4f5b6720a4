"""Reading chat completions."""

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
    ReplyFiltered,
    ReplyRefused,
    UnparsableReply,
)
from robasync.model import Completion, Usage
from robasync.providers import chat
from tests.hostile import JSON

ANSWER = {"role": "assistant", "content": "Yes."}


def reply(message=ANSWER, *, reason="stop", **body):
    """Return a raw reply; ``body`` replaces its entries."""
    choice = {"index": 0, "message": message, "finish_reason": reason}
    usage = {"prompt_tokens": 20, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}}

    return orjson.dumps({"model": "m-1", "choices": [choice], "usage": usage} | body)


def read(raw):
    """Read ``raw`` as the reply of a model called m."""
    return chat.read(raw, who="m at x")


USAGE = Usage(input_tokens=20, output_tokens=3, cached_tokens=8)


@pytest.mark.parametrize("before", [b"", b"\n         \n\n  "])
def test_text_model_and_usage_are_read(before):
    """A plain reply, also behind the blank lines that keep a connection alive."""
    assert read(before + reply()) == Completion(text="Yes.", model="m-1", usage=USAGE)


def test_parts_are_joined():
    """Content may be a list of parts; only text counts."""
    thought = {"type": "thinking", "thinking": []}
    parts = [{"type": "text", "text": "Ye"}, thought, {"type": "text", "text": "s."}]

    assert read(reply({"content": parts})).text == "Yes."


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        (reply({"content": None, "refusal": "No."}), ReplyRefused, "declined: No"),
        (reply({"content": "Ye"}, reason="content_filter"), ReplyFiltered, "filter"),
        (reply(None, reason="content_filter"), ReplyFiltered, "filter"),
        (reply({"content": "Ye"}, reason="length"), ReplyCutShort, "after 3 tokens"),
        (reply({"content": ""}), EmptyReply, "no text"),
        (reply({"content": None, "tool_calls": [{}]}), EmptyReply, "tool call"),
        (reply({"content": None, "reasoning_content": "Hm."}), ReasoningOnly, "reasoning only"),
        (reply({"content": [{"type": "thinking", "thinking": []}]}), ReasoningOnly, "reasoning only"),
        (reply(choices=[]), NoChoice, "no choice"),
        (reply(choices=None, error={"message": "overloaded"}), UnparsableReply, "overloaded"),
        (reply(choices=[3]), UnparsableReply, "not an object"),
        (reply(choices=[{"message": 3}]), UnparsableReply, "no message"),
    ],
)
def test_a_reply_that_is_no_answer_has_its_class_and_its_usage(raw, kind, said):
    """What was paid for is known even where there is no answer."""
    with pytest.raises(kind, match=said) as caught:
        read(raw)

    assert type(caught.value) is kind
    assert caught.value.usage == USAGE


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b"3", b'{"choices": [', b"\xff\xfe", b"[" * 5000])
def test_no_json_object_is_unparsable(raw):
    """Whatever the bytes, the error is typed."""
    with pytest.raises(UnparsableReply):
        read(raw)


@pytest.mark.parametrize("usage", [None, 3, {}, {"prompt_tokens": "9", "completion_tokens": -1}])
def test_nonsense_usage_counts_as_unknown(usage):
    """Numbers that are none never enter the books."""
    assert read(reply(usage=usage)).usage == Usage()


def test_reasoning_is_counted_apart():
    """It is part of the output, and said where it is stated."""
    usage = {"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 7}}

    assert read(reply(usage=usage)).usage == Usage(output_tokens=9, reasoning_tokens=7)


def test_a_tool_called_unasked_is_read_where_it_is_ours():
    """A server that turns a schema into a tool call answers in its arguments."""
    call = {"function": {"name": "answers", "arguments": '{"a": 1}'}}

    assert read(reply({"content": None, "tool_calls": [call]})).text == '{"a": 1}'


def test_cached_tokens_of_deepseek():
    """Its count of cached tokens has a name of its own."""
    assert read(reply(usage={"prompt_tokens": 9, "prompt_cache_hit_tokens": 4})).usage.cached_tokens == 4


@given(st.dictionaries(st.sampled_from(["choices", "usage", "model", "error"]), JSON), JSON, JSON)
def test_hostile_json_ends_in_a_completion_or_a_reply_error(body, message, content):
    """No shape of JSON brings out anything else."""
    messages = [message, {"content": content}]
    shapes = [body, *({"choices": [{"message": one}]} | body for one in messages)]
    for shape in shapes:
        try:
            assert read(orjson.dumps(shape)).text.strip()
        except ReplyError:
            continue
