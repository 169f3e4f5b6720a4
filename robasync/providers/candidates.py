"""Reading the replies of Gemini's generateContent."""

from __future__ import annotations

from typing import Any

from robasync.errors import (
    EmptyReply,
    NoChoice,
    ReasoningOnly,
    ReplyError,
    ReplyFiltered,
    UnparsableReply,
)
from robasync.model import Completion, Usage
from robasync.providers import body as wire
from robasync.providers.status import words

#: Reasons to end that are the provider's decision. Source: google.genai.types.FinishReason.
FILTERS = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "ESCALATION",
        "PUP_LIMITED_DISABLED",
        "MODEL_ARMOR",
    }
)
_CUT = frozenset({"MAX_TOKENS", "CONTINUATION"})
_WHOLE = frozenset({"STOP", "", "FINISH_REASON_UNSPECIFIED"})


def read(raw: bytes, *, who: str) -> Completion:
    """Return what the reply says; ``who`` names model and endpoint for messages.

    Raises UnparsableReply, EmptyReply, NoChoice, ReasoningOnly, ReplyFiltered and
    ReplyCutShort, with the usage where it could be read.
    """
    body = wire.parsed(raw, who=who)
    usage = _usage(wire.part(body, "usageMetadata"))
    candidate = _candidate(body, raw, who=who, usage=usage)
    reason = wire.text(candidate.get("finishReason"))
    parts = wire.parts(wire.part(candidate, "content").get("parts"))
    _check_end(reason, candidate, who=who, usage=usage)

    text = "".join(wire.text(part.get("text")) for part in parts if part.get("thought") is not True)
    if not text.strip():
        raise _nothing(parts, who=who, usage=usage)

    return Completion(text=text, model=wire.text(body.get("modelVersion")), usage=usage)


def _candidate(body: dict[str, Any], raw: bytes, *, who: str, usage: Usage) -> dict[str, Any]:
    found = body.get("candidates")
    candidate = found[0] if isinstance(found, list) and found else None
    blocked = wire.text(wire.part(body, "promptFeedback").get("blockReason"))

    if candidate is None and blocked:
        raise ReplyFiltered(f"{who}: the provider's filter blocked the prompt ({blocked[:60]}).", usage=usage)

    if candidate is None and body.get("error"):
        raise UnparsableReply(f"{who}: the reply is an error. Server: {words(raw)}", usage=usage)

    if candidate is None:
        raise NoChoice(f"{who}: the reply holds no candidate.", usage=usage)

    if not isinstance(candidate, dict):
        raise UnparsableReply(f"{who}: the reply's candidate is not an object.", usage=usage)

    return candidate


def _check_end(reason: str, candidate: dict[str, Any], *, who: str, usage: Usage) -> None:
    if reason in FILTERS:
        raise ReplyFiltered(
            f"{who}: the provider's content filter withheld the reply ({reason}).", usage=usage
        )

    if reason in _CUT:
        raise wire.cut_short(who, usage)

    if reason not in _WHOLE:
        said = wire.text(candidate.get("finishMessage"))[:200]
        raise UnparsableReply(f"{who}: the model ended with {reason[:60]}. {said}".rstrip(), usage=usage)


def _nothing(parts: list[dict[str, Any]], *, who: str, usage: Usage) -> ReplyError:
    if any("functionCall" in part for part in parts):
        return EmptyReply(f"{who}: the reply holds a tool call and no text.", usage=usage)

    if any(part.get("thought") is True for part in parts):
        return ReasoningOnly(f"{who}: the reply holds reasoning only and no answer.", usage=usage)

    return EmptyReply(f"{who}: the reply holds no text.", usage=usage)


def _usage(usage: dict[str, Any]) -> Usage:
    """Return the counts; thoughts are billed as output and not among the candidates' tokens."""
    thought = wire.tokens(usage.get("thoughtsTokenCount"))
    asked = ("promptTokenCount", "toolUsePromptTokenCount")

    return Usage(
        input_tokens=sum(wire.tokens(usage.get(name)) for name in asked),
        output_tokens=wire.tokens(usage.get("candidatesTokenCount")) + thought,
        cached_tokens=wire.tokens(usage.get("cachedContentTokenCount")),
        reasoning_tokens=thought,
    )
