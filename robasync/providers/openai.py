"""Chat completions: OpenAI and every server that speaks its wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from robasync.providers import chat, joining, schema, turns
from robasync.providers.dialect import Dialect
from robasync.providers.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from robasync.model import Completion, Prompt

#: Hosts whose caches begin with the schema. Others enforce it while they write, behind the prompt.
_SCHEMA_FIRST = ("api.openai.com", ".openai.azure.com")


class OpenAI(Remote):
    """One model behind one base URL that ends before ``/chat/completions``."""

    wire = "openai"
    mark = b'"choices"'

    def _target(self, base: str, *, streaming: bool) -> str:
        return f"{base}/chat/completions"

    def _headers(self, secret: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {secret}"} if secret else {}

    def _encoded(self, prompt: Prompt, dialect: Dialect) -> bytes:
        cached = prompt.shared and urlsplit(self._url).netloc.endswith(_SCHEMA_FIRST)

        return encode(prompt, model=self.model, dialect=dialect.in_words() if cached else dialect)

    def _joined(self, events: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        return joining.chat(events)

    def _completion(self, raw: bytes) -> Completion:
        return chat.read(raw, who=self._who)


def encode(prompt: Prompt, *, model: str, dialect: Dialect) -> bytes:
    """Return the request's body: system, the document followed by the questions, what came of them."""
    strict = dialect.answer_format == "json_schema"
    questions = prompt.questions if strict else schema.in_words(prompt)
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    user = {"role": "user", "content": f"{prompt.document}\n\n{questions}"}
    sampling = {"temperature": prompt.temperature} if dialect.sampling else {}

    return orjson.dumps(
        {
            "model": model,
            **sampling,
            dialect.limit_name: prompt.max_tokens,
            **_form(prompt, dialect),
            **_stream(dialect),
            "messages": [*system, user, *turns.messages(prompt)],
        }
    )


def _form(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    if dialect.answer_format == "json_schema":
        wanted = schema.limited(prompt.schema) if dialect.bounds else prompt.schema
        shape = {"name": schema.NAME, "strict": True, "schema": orjson.Fragment(wanted)}

        return {"response_format": {"type": "json_schema", "json_schema": shape}}

    return {"response_format": {"type": "json_object"}} if dialect.answer_format == "json_object" else {}


def _stream(dialect: Dialect) -> dict[str, Any]:
    if not dialect.streaming:
        return {}

    return {"stream": True, **({"stream_options": {"include_usage": True}} if dialect.stream_usage else {})}
