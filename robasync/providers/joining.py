"""From the events of a stream to the reply that the same wire gives in one piece.

Each function takes all events and returns the reply's object, or None where the end is
missing: such a stream broke off, and what it cost nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from robasync.providers import body as wire

if TYPE_CHECKING:
    from collections.abc import Sequence

Event = dict[str, Any]
_TEXTS = ("content", "refusal", "reasoning", "reasoning_content")
#: What grows in a block of Anthropic's, by the kind of the piece.
_GROWTH = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}


def chat(events: Sequence[Event]) -> Event | None:
    """Join the chunks of a chat completion."""
    firsts = [choice for event in events for choice in wire.parts(event.get("choices"))[:1]]
    ends = [choice["finish_reason"] for choice in firsts if choice.get("finish_reason")]
    if not ends:
        return None

    deltas = [wire.part(choice, "delta") for choice in firsts]
    message: Event = {"role": "assistant", "tool_calls": _calls(deltas)}
    message |= {name: "".join(_said(delta.get(name)) for delta in deltas) for name in _TEXTS}
    kept = {name: value for name, value in message.items() if value}
    usages = [usage for event in events if (usage := wire.part(event, "usage") or _groq(event))]

    return {
        **{name: value for name, value in events[0].items() if name in {"id", "created"}},
        "object": "chat.completion",
        "model": next((event["model"] for event in events if event.get("model")), ""),
        "choices": [{"index": 0, "message": {"content": None, **kept}, "finish_reason": ends[-1]}],
        **({"usage": usages[-1]} if usages else {}),
    }


def messages(events: Sequence[Event]) -> Event | None:
    """Join the events of one of Anthropic's messages."""
    reply: Event = {}
    blocks: dict[int, Event] = {}

    for event in events:
        kind, index = event.get("type"), wire.tokens(event.get("index"))
        if kind == "message_start":
            reply = dict(wire.part(event, "message"))
        elif kind == "content_block_start":
            blocks[index] = dict(wire.part(event, "content_block"))
        elif kind == "content_block_delta":
            _grow(blocks.setdefault(index, {}), wire.part(event, "delta"))
        elif kind == "message_delta":
            usage = {**wire.part(reply, "usage"), **wire.part(event, "usage")}
            reply = {**reply, **wire.part(event, "delta"), "usage": usage}

    content = [_whole(blocks[index]) for index in sorted(blocks)]

    return {**reply, "content": content} if reply.get("stop_reason") else None


def candidates(events: Sequence[Event]) -> Event | None:
    """Join the pieces of one of Gemini's replies."""
    firsts = [found for event in events for found in wire.parts(event.get("candidates"))[:1]]
    ended = any(found.get("finishReason") for found in firsts)
    merged = {name: value for event in events for name, value in event.items()}
    if not ended:
        return merged if wire.part(merged, "promptFeedback") else None

    last = {name: value for found in firsts for name, value in found.items()}
    parts = [part for found in firsts for part in wire.parts(wire.part(found, "content").get("parts"))]

    return {**merged, "candidates": [{**last, "content": {"role": "model", "parts": parts}}]}


def _said(value: Any) -> str:
    """Return the text of a piece: a string, or a list of parts of which text ones count."""
    return wire.text(value) or "".join(wire.text(part.get("text")) for part in wire.parts(value))


def _groq(event: Event) -> Event:
    return wire.part(wire.part(event, "x_groq"), "usage")


def _calls(deltas: Sequence[Event]) -> list[Event]:
    """Join the pieces of tool calls, which are told apart by their index."""
    calls: dict[int, Event] = {}

    for piece in (piece for delta in deltas for piece in wire.parts(delta.get("tool_calls"))):
        call = calls.setdefault(wire.tokens(piece.get("index")), {"name": "", "arguments": ""})
        function = wire.part(piece, "function")

        for name in call:
            call[name] += wire.text(function.get(name))

    return [{"type": "function", "function": call} for call in calls.values()]


def _grow(block: Event, delta: Event) -> None:
    name = _GROWTH.get(wire.text(delta.get("type")))
    if name:
        block[name] = wire.text(block.get(name)) + wire.text(delta.get(name))


def _whole(block: Event) -> Event:
    """Return a block with the input of a tool read from its pieces."""
    written = block.pop("partial_json", "")
    try:
        return {**block, "input": orjson.loads(written)} if written else block
    except orjson.JSONDecodeError:
        return {**block, "input": None}
