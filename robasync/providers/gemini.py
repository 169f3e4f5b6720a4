"""Gemini's generateContent: requests, and the way to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from robasync.providers import candidates, joining, schema, turns
from robasync.providers.remote import Remote, versioned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from robasync.model import Completion, Prompt
    from robasync.providers.dialect import Dialect


class Gemini(Remote):
    """One model behind one base URL that ends before ``/models/NAME:generateContent``."""

    wire = "gemini"
    mark = b'"candidates"'

    def _target(self, base: str, *, streaming: bool) -> str:
        name = quote(self.model.removeprefix("models/"), safe="")

        method = "streamGenerateContent?alt=sse" if streaming else "generateContent"

        return f"{versioned(base, 'v1beta')}/models/{name}:{method}"

    def _index(self, base: str) -> str:
        return f"{versioned(base, 'v1beta')}/models"

    def _headers(self, secret: str) -> Mapping[str, str]:
        return {"x-goog-api-key": secret} if secret else {}

    def _encoded(self, prompt: Prompt, dialect: Dialect) -> bytes:
        return encode(prompt, dialect=dialect)

    def _joined(self, events: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        return joining.candidates(events)

    def _completion(self, raw: bytes) -> Completion:
        return candidates.read(raw, who=self._who)


def encode(prompt: Prompt, *, dialect: Dialect) -> bytes:
    """Return the request's body: the document in a part of its own, then the questions."""
    strict = dialect.answer_format == "json_schema"
    questions = prompt.questions if strict else schema.in_words(prompt)
    system = {"systemInstruction": {"parts": [{"text": prompt.system}]}} if prompt.system else {}
    sampling = {"temperature": prompt.temperature} if dialect.sampling else {}
    config = {**sampling, "maxOutputTokens": prompt.max_tokens, **_form(prompt, dialect)}
    contents = [_content("user", prompt.document, questions)]
    contents += [_content(role, text) for role, text in turns.after(prompt, model="model")]

    return orjson.dumps({**system, "contents": contents, "generationConfig": config})


def _content(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text} for text in texts]}


def _form(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    if dialect.answer_format == "text":
        return {}

    form: dict[str, Any] = {"responseMimeType": "application/json"}
    if dialect.answer_format == "json_schema":
        form["responseSchema"] = orjson.Fragment(schema.gemini(prompt.schema, bounds=dialect.bounds))

    return form
