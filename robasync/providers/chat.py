"""Reading chat completions: the OpenAI wire's replies, as every server of it writes them."""

from __future__ import annotations

from typing import Any

from robasync.errors import (
    EmptyReply,
    NoChoice,
    ReasoningOnly,
    ReplyError,
    ReplyFiltered,
    ReplyRefused,
    UnparsableReply,
)
from robasync.model import Completion, Usage
from robasync.providers import body as wire
from robasync.providers.schema import NAME
from robasync.providers.status import words


def read(raw: bytes, *, who: str) -> Completion:
    """Return what the reply says; ``who`` names model and endpoint for messages.

    Raises UnparsableReply, EmptyReply, NoChoice, ReasoningOnly, ReplyRefused, ReplyFiltered
    and ReplyCutShort, with the usage where it could be read.
    """
    body = wire.parsed(raw, who=who)
    usage = _usage(body.get("usage"))
    choice = _choice(body, raw, who=who, usage=usage)
    message = choice.get("message")
    _check_end(choice.get("finish_reason"), message, who=who, usage=usage)

    if not isinstance(message, dict):
        raise UnparsableReply(f"{who}: the reply's choice holds no message.", usage=usage)

    text = _text(message.get("content"))
    text = text if text.strip() else _called(message)
    if not text.strip():
        raise _nothing(message, who=who, usage=usage)

    return Completion(text=text, model=wire.text(body.get("model")), usage=usage)


def _choice(body: dict[str, Any], raw: bytes, *, who: str, usage: Usage) -> dict[str, Any]:
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None

    if choice is None and body.get("error"):
        raise UnparsableReply(f"{who}: the reply is an error. Server: {words(raw)}", usage=usage)

    if choice is None:
        raise NoChoice(f"{who}: the reply holds no choice.", usage=usage)

    if not isinstance(choice, dict):
        raise UnparsableReply(f"{who}: the reply's choice is not an object.", usage=usage)

    return choice


def _check_end(reason: Any, message: Any, *, who: str, usage: Usage) -> None:
    """Raise where the reply ended otherwise than by the model; a withheld one may lack a message."""
    refusal = wire.text(message.get("refusal")).strip() if isinstance(message, dict) else ""

    if refusal:
        raise ReplyRefused(f"{who}: the model declined: {refusal[:300]}", usage=usage)

    if reason == "content_filter":
        raise ReplyFiltered(f"{who}: the provider's content filter withheld the reply.", usage=usage)

    if reason == "length":
        raise wire.cut_short(who, usage)


def _text(content: Any) -> str:
    """Return the text of ``content``: a string, or a list of parts of which text ones count."""
    if isinstance(content, str):
        return content

    return "".join(wire.text(part.get("text")) for part in wire.parts(content))


def _called(message: dict[str, Any]) -> str:
    """Return what a model that answers by a tool call, unasked, gives to the one that is ours."""
    calls = (wire.part(call, "function") for call in wire.parts(message.get("tool_calls")))

    return next((wire.text(call.get("arguments")) for call in calls if call.get("name") == NAME), "")


def _nothing(message: dict[str, Any], *, who: str, usage: Usage) -> ReplyError:
    if message.get("tool_calls") or message.get("function_call"):
        return EmptyReply(f"{who}: the reply holds a tool call and no text.", usage=usage)

    if message.get("reasoning") or message.get("reasoning_content") or wire.parts(message.get("content")):
        return ReasoningOnly(f"{who}: the reply holds reasoning only and no answer.", usage=usage)

    return EmptyReply(f"{who}: the reply holds no text.", usage=usage)


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, dict):
        return Usage()

    cached = wire.part(usage, "prompt_tokens_details").get("cached_tokens")
    thought = wire.part(usage, "completion_tokens_details").get("reasoning_tokens")

    return Usage(
        input_tokens=wire.tokens(usage.get("prompt_tokens")),
        output_tokens=wire.tokens(usage.get("completion_tokens")),
        cached_tokens=wire.tokens(cached or usage.get("prompt_cache_hit_tokens")),
        reasoning_tokens=wire.tokens(thought),
    )
