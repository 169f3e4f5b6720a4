"""Reading the replies of Anthropic's messages."""

from __future__ import annotations

from typing import Any

import orjson

from robasync.errors import EmptyReply, NoChoice, ReasoningOnly, ReplyError, ReplyRefused, UnparsableReply
from robasync.model import Completion, Usage
from robasync.providers import body as wire
from robasync.providers.schema import NAME
from robasync.providers.status import words

_CUT = frozenset({"max_tokens", "model_context_window_exceeded"})


def read(raw: bytes, *, who: str) -> Completion:
    """Return what the reply says; ``who`` names model and endpoint for messages.

    Raises UnparsableReply, EmptyReply, NoChoice, ReasoningOnly, ReplyRefused and
    ReplyCutShort, with the usage where it could be read.
    """
    body = wire.parsed(raw, who=who)
    usage = _usage(wire.part(body, "usage"))
    if "content" not in body and body.get("error"):
        raise UnparsableReply(f"{who}: the reply is an error. Server: {words(raw)}", usage=usage)

    reason, blocks = wire.text(body.get("stop_reason")), wire.parts(body.get("content"))
    if reason == "refusal":
        raise ReplyRefused(f"{who}: the model declined{_why(body, blocks)}.", usage=usage)

    if reason in _CUT:
        raise wire.cut_short(who, usage)

    text = _called(blocks) or _text(blocks)
    if not text.strip():
        raise _nothing(blocks, who=who, usage=usage)

    return Completion(text=text, model=wire.text(body.get("model")), usage=usage)


def _why(body: dict[str, Any], blocks: list[dict[str, Any]]) -> str:
    said = wire.text(wire.part(body, "stop_details").get("explanation")) or _text(blocks)

    return f": {said.strip()[:300]}" if said.strip() else ""


def _text(blocks: list[dict[str, Any]]) -> str:
    return "".join(wire.text(block.get("text")) for block in blocks if block.get("type") == "text")


def _called(blocks: list[dict[str, Any]]) -> str:
    """Return, as text, what the model gave to the tool that takes the answers."""
    given = (block.get("input") for block in blocks if _kind(block) == ("tool_use", NAME))

    return next((orjson.dumps(answers).decode() for answers in given if isinstance(answers, dict)), "")


def _kind(block: dict[str, Any]) -> tuple[Any, Any]:
    return block.get("type"), block.get("name")


def _nothing(blocks: list[dict[str, Any]], *, who: str, usage: Usage) -> ReplyError:
    kinds = {wire.text(block.get("type")) for block in blocks}
    if not blocks:
        return NoChoice(f"{who}: the reply holds no content.", usage=usage)

    if "tool_use" in kinds:
        return EmptyReply(f"{who}: the reply holds a tool call and no text.", usage=usage)

    if kinds <= {"thinking", "redacted_thinking"}:
        return ReasoningOnly(f"{who}: the reply holds reasoning only and no answer.", usage=usage)

    return EmptyReply(f"{who}: the reply holds no text.", usage=usage)


def _usage(usage: dict[str, Any]) -> Usage:
    """Return the counts; ``input_tokens`` of this wire leaves out what a cache gave or took."""
    fresh, taken, given = (
        wire.tokens(usage.get(name))
        for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    )

    return Usage(
        input_tokens=fresh + taken + given,
        output_tokens=wire.tokens(usage.get("output_tokens")),
        cached_tokens=given,
        written_tokens=taken,
        reasoning_tokens=wire.tokens(wire.part(usage, "output_tokens_details").get("thinking_tokens")),
    )
