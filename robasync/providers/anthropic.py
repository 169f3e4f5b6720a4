"""Anthropic's messages: requests, and the way to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from robasync.providers import joining, messages, schema, turns
from robasync.providers.remote import Remote, versioned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from robasync.model import Completion, Prompt
    from robasync.providers.dialect import Dialect

API_VERSION = "2023-06-01"


class Anthropic(Remote):
    """One model behind one base URL that ends before ``/messages``."""

    wire = "anthropic"
    formats = ("json_schema", "tool", "text")
    # Many servers of this wire, llama.cpp among them, take output_config and pay no heed to it, which
    # each process would find out anew by replies that are paid for; a forced tool they all know.
    formats_elsewhere = ("tool", "json_schema", "text")
    mark = b'"content"'

    def _target(self, base: str, *, streaming: bool) -> str:
        return f"{versioned(base, 'v1')}/messages"

    def _index(self, base: str) -> str:
        return f"{versioned(base, 'v1')}/models"

    def _headers(self, secret: str) -> Mapping[str, str]:
        key = {"x-api-key": secret} if secret else {}

        return {"anthropic-version": API_VERSION, **key}

    def _encoded(self, prompt: Prompt, dialect: Dialect) -> bytes:
        return encode(prompt, model=self.model, dialect=dialect.in_words() if prompt.shared else dialect)

    def _joined(self, events: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        return joining.messages(events)

    def _completion(self, raw: bytes) -> Completion:
        return messages.read(raw, who=self._who)


def encode(prompt: Prompt, *, model: str, dialect: Dialect) -> bytes:
    """Return the request's body: the document in a block of its own, then the questions.

    A document that more calls are about ends what is to be kept in the cache, which this wire
    keeps only where it is told to, and at a price.
    """
    questions = schema.in_words(prompt) if dialect.answer_format == "text" else prompt.questions
    kept = {"cache_control": {"type": "ephemeral"}} if prompt.shared else {}
    content = [
        {"type": "text", "text": prompt.document, **kept},
        {"type": "text", "text": questions},
    ]
    system = {"system": prompt.system} if prompt.system else {}
    sampling = {"temperature": prompt.temperature} if dialect.sampling else {}

    return orjson.dumps(
        {
            "model": model,
            "max_tokens": prompt.max_tokens,
            **sampling,
            **_form(prompt, dialect),
            **({"stream": True} if dialect.streaming else {}),
            **system,
            "messages": [{"role": "user", "content": content}, *turns.messages(prompt)],
        }
    )


def _form(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    # Neither of the two takes limits on the length of lists and texts.
    wanted = orjson.Fragment(prompt.schema)
    if dialect.answer_format == "json_schema":
        return {"output_config": {"format": {"type": "json_schema", "schema": wanted}}}

    if dialect.answer_format == "tool":
        tool = {"name": schema.NAME, "description": "Take the answers.", "input_schema": wanted}

        return {"tools": [tool], "tool_choice": {"type": "tool", "name": schema.NAME}}

    return {}
