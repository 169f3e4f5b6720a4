"""Streams: from bytes to events, and from events to the reply they make."""

from __future__ import annotations

import orjson
import pytest
from anthropic.lib.streaming._messages import accumulate_event
from hypothesis import given
from hypothesis import strategies as st
from openai._streaming import SSEDecoder
from openai.types.chat import ChatCompletionChunk

from robasync.errors import ReplyError
from robasync.providers import candidates, chat, events, joining, messages
from tests import recordings

READERS = {joining.chat: chat, joining.messages: messages, joining.candidates: candidates}
#: What the joining of any wire looks at.
NAMES = [
    *["choices", "delta", "content", "finish_reason", "tool_calls", "index", "function", "usage", "x_groq"],
    *["type", "message", "content_block", "stop_reason", "partial_json", "model", "error"],
    *["candidates", "finishReason", "promptFeedback", "parts"],
]


def pieces(*texts, end="stop"):
    """Return the events of a chat completion that says ``texts``."""
    deltas = [{"choices": [{"delta": {"content": text}}]} for text in texts]

    return [*deltas, {"choices": [{"delta": {}, "finish_reason": end}]}]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_events_are_read_whatever_ends_their_lines(newline):
    """Comments, names and blank lines are passed over; data of several lines is one; the mark ends it."""
    lines = [b": wait", b"", b"event: x", b'data: {"a":', b"data: 1}", b"", b'data:{"b": 2}', b""]
    body = newline.join([*lines, b"data: [DONE]", b"", b"data: never", b""])

    assert list(events.read(body)) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("body", [b"data: x\n\n", b"data: [1]\n\n", b"data: {\n\n", b"data: \xff\n\n"])
def test_other_data_is_no_event(body):
    """Whatever the bytes, the error is one."""
    with pytest.raises(ValueError, match=r".+"):
        list(events.read(body))


def test_a_stream_is_known_by_its_type_or_its_start():
    """Some servers send one under the type of JSON, and keep alive with comments first."""
    assert events.is_stream(b"", content_type="text/event-stream; charset=utf-8")
    assert events.is_stream(b"\n: PROCESSING\n\ndata: {}", content_type="application/json")
    assert not events.is_stream(b'{"data": 1}', content_type="application/json")


def test_chunks_are_joined():
    """Text in order, the last usage, the first model."""
    found = joining.chat(
        [*pieces("Ye", "s."), {"usage": {"prompt_tokens": 3}, "model": "m-1", "choices": []}]
    )

    assert chat.read(orjson.dumps(found), who="m").text == "Yes."
    assert (found["model"], found["usage"]) == ("m-1", {"prompt_tokens": 3})


@pytest.mark.parametrize("join", READERS)
def test_a_stream_without_its_end_is_none(join):
    """Half an answer is never taken for a whole one."""
    assert join([]) is None
    assert join([{"choices": [{"delta": {"content": "{"}}], "candidates": [{"content": {}}]}]) is None


LEAVES = st.sampled_from([None, True, 0, -1, 2**60, 0.5, "", " ", "x", "stop", '{"a": 1}', [], {}, [[]]])
INNER = st.dictionaries(st.sampled_from(NAMES), LEAVES, max_size=2)
PARTS = st.dictionaries(st.sampled_from(NAMES), LEAVES | INNER | st.lists(INNER, max_size=2), max_size=2)
EVENTS = st.dictionaries(st.sampled_from(NAMES), LEAVES | PARTS | st.lists(PARTS, max_size=2), max_size=4)


@given(st.sampled_from(list(READERS)), st.lists(EVENTS, max_size=3))
def test_hostile_events_end_in_a_reply_or_none(join, found):
    """No shape of JSON brings out anything but a reply, a typed reply error or nothing."""
    reply = join(found)
    if reply is not None:
        try:
            assert READERS[join].read(orjson.dumps(reply), who="m").text.strip()
        except ReplyError:
            return


def test_recorded_messages_are_joined_as_the_vendors_library_joins_them():
    """Content, end and tokens of every recorded stream of Anthropic's."""
    streams = [each for each in recordings.exchanges() if each.wire == "anthropic" and each.streamed]

    for exchange in streams:
        ours, theirs, written = joining.messages(list(events.read(exchange.body))), None, {}

        for event in events.read(exchange.body):
            if event["type"] != "ping":
                theirs = accumulate_event(event=event, current_snapshot=theirs, json_bufs=written)

        assert theirs.stop_reason == ours["stop_reason"]
        assert theirs.usage.output_tokens == ours["usage"]["output_tokens"]
        for block, own in zip(theirs.content, ours["content"], strict=True):
            assert getattr(block, "text", None) == own.get("text")
            assert block.type != "tool_use" or block.input == own["input"]

    assert streams


def test_recorded_chunks_are_joined_as_the_vendors_library_decodes_them():
    """Text, calls of tools, end and tokens of every recorded stream of chat completions."""
    streams = [each for each in recordings.exchanges() if each.wire in {"openai", "azure"} and each.streamed]

    for exchange in streams:
        ours = joining.chat(list(events.read(exchange.body)))["choices"][0]
        decoded = [event.data for event in SSEDecoder().iter_bytes(iter([exchange.body]))]
        chunks = [ChatCompletionChunk.construct(**orjson.loads(data)) for data in decoded if data != "[DONE]"]
        choices = [chunk.choices[0] for chunk in chunks if chunk.choices and chunk.choices[0].delta]
        calls = [call for choice in choices for call in choice.delta.tool_calls or []]
        written = "".join(call.function.arguments or "" for call in calls)
        called = ours["message"].get("tool_calls", [])

        assert (ours["message"]["content"] or "") == "".join(map(_content, choices))
        assert "".join(call["function"]["arguments"] for call in called) == written
        assert ours["finish_reason"] == [each.finish_reason for each in choices if each.finish_reason][-1]

    assert len(streams) == 45


def _content(choice):
    content = choice.delta.content or ""

    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
