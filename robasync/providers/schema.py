"""The answer's schema in the dialect of each wire, and in words for servers that take none.

A prompt's schema has neither limits nor extensions, so that one call has one key on every
wire; what a wire can enforce beyond that is added here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from robasync.model import LONGEST_TEXT, MOST_QUOTES

if TYPE_CHECKING:
    from robasync.model import Prompt

NAME = "answers"  # what the schema, or the tool that takes the answers, is called


def in_words(prompt: Prompt) -> str:
    """Return the questions with the schema after them, for a server that enforces none."""
    schema = prompt.schema.decode()

    return f"{prompt.questions}\n\nAnswer with one JSON object that satisfies this JSON schema:\n{schema}"


@lru_cache(maxsize=64)  # one for all documents of a run
def limited(schema: bytes) -> bytes:
    """Return the schema with at most as many quotes as are read.

    OpenAI's strict mode, vLLM's and llama.cpp's grammars take ``maxItems``; ``maxLength`` is
    refused by the first and makes grammars of the others explode, so it is left to the parser.
    """
    return orjson.dumps(_mapped(orjson.loads(schema), texts=False))


@lru_cache(maxsize=64)
def gemini(schema: bytes, *, bounds: bool) -> bytes:
    """Return the schema as Gemini's subset of OpenAPI 3.0: ``nullable``, order stated, no strangers.

    Source: https://ai.google.dev/api/caching#Schema, and ``google.genai.types.Schema``.
    """
    found = orjson.loads(schema)

    return orjson.dumps(_subset(_mapped(found, texts=True) if bounds else found))


def _mapped(node: dict[str, Any], *, texts: bool) -> dict[str, Any]:
    """Return a node with limits on its lists, and on its ``texts`` if asked for."""
    inner: dict[str, Any] = {
        name: {key: _mapped(part, texts=texts) for key, part in value.items()}
        for name, value in node.items()
        if name == "properties"
    }
    if node.get("type") == "array":
        inner |= {"items": _mapped(node["items"], texts=texts), "maxItems": MOST_QUOTES}

    if texts and node.get("type") == "string" and "enum" not in node:
        inner |= {"maxLength": LONGEST_TEXT}

    return node | inner


def _subset(node: dict[str, Any]) -> dict[str, Any]:
    kinds = node.get("type")
    kept = {name: value for name, value in node.items() if name != "additionalProperties"}
    if isinstance(kinds, list):
        kept["type"] = next(kind for kind in kinds if kind != "null")
        kept["nullable"] = "null" in kinds

    kept["type"] = str(kept.get("type", "object")).upper()
    if "items" in node:
        kept["items"] = _subset(node["items"])

    if "properties" in node:
        kept["properties"] = {name: _subset(part) for name, part in node["properties"].items()}
        kept["propertyOrdering"] = list(node["properties"])

    return kept
