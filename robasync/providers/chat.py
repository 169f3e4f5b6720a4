"""Reading chat completions: the OpenAI wire's replies, as every server of it writes them."""

from __future__ import annotations

from typing import Any

import orjson

from robasync.errors import EmptyReply, ReplyCutShort, ReplyRefused, UnparsableReply
from robasync.model import Completion, Usage
from robasync.providers.status import words


def read(raw: bytes, *, who: str) -> Completion:
    """Return what the reply says; ``who`` names model and endpoint for messages.

    White space before the object is allowed: some servers keep a connection alive with it.
    Raises UnparsableReply, EmptyReply, ReplyRefused and ReplyCutShort, with the usage
    where it could be read.
    """
    body = _object(raw, who=who)
    usage = _usage(body.get("usage"))
    choice = _choice(body, raw, who=who, usage=usage)
    message = choice.get("message")
    _check_end(choice.get("finish_reason"), message, who=who, usage=usage)

    if not isinstance(message, dict):
        raise UnparsableReply(f"{who}: the reply's choice holds no message.", usage=usage)

    text = _text(message.get("content"))
    if not text.strip():
        raise EmptyReply(f"{who}: the reply holds {_instead(message)}.", usage=usage)

    model = body.get("model")

    return Completion(text=text, model=model if isinstance(model, str) else "", usage=usage)


def _object(raw: bytes, *, who: str) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise UnparsableReply(f"{who}: the reply is not JSON ({error}).") from None

    if not isinstance(body, dict):
        raise UnparsableReply(f"{who}: the reply is JSON but not an object.")

    return body


def _choice(body: dict[str, Any], raw: bytes, *, who: str, usage: Usage) -> dict[str, Any]:
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None

    if choice is None and body.get("error"):
        raise UnparsableReply(f"{who}: the reply is an error. Server: {words(raw)}", usage=usage)

    if choice is None:
        raise EmptyReply(f"{who}: the reply holds no choice.", usage=usage)

    if not isinstance(choice, dict):
        raise UnparsableReply(f"{who}: the reply's choice is not an object.", usage=usage)

    return choice


def _check_end(reason: Any, message: Any, *, who: str, usage: Usage) -> None:
    """Raise where the reply ended otherwise than by the model; a withheld one may lack a message."""
    refusal = message.get("refusal") if isinstance(message, dict) else None

    if isinstance(refusal, str) and refusal.strip():
        raise ReplyRefused(f"{who}: the model declined: {refusal.strip()[:300]}", usage=usage)

    if reason == "content_filter":
        raise ReplyRefused(f"{who}: the provider's content filter withheld the reply.", usage=usage)

    if reason == "length":
        written = usage.output_tokens or "all its"
        raise ReplyCutShort(
            f"{who}: the reply was cut off after {written} tokens; raise max_tokens and resume.", usage=usage
        )


def _text(content: Any) -> str:
    """Return the text of ``content``: a string, or a list of parts of which text ones count."""
    if isinstance(content, str):
        return content

    if not isinstance(content, list):
        return ""

    texts = (part.get("text") for part in content if isinstance(part, dict))

    return "".join(text for text in texts if isinstance(text, str))


def _instead(message: dict[str, Any]) -> str:
    if message.get("tool_calls") or message.get("function_call"):
        return "a tool call and no text"

    if message.get("reasoning") or message.get("reasoning_content"):
        return "reasoning only and no answer"

    return "no text"


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, dict):
        return Usage()

    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None

    return Usage(
        input_tokens=_tokens(usage.get("prompt_tokens")),
        output_tokens=_tokens(usage.get("completion_tokens")),
        cached_tokens=_tokens(cached or usage.get("prompt_cache_hit_tokens")),
    )


def _tokens(number: Any) -> int:
    """Return a count that a server stated, 0 where it is none."""
    return number if type(number) is int and 0 <= number < 10**12 else 0
