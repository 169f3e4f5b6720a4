"""The answer's schema in each wire's dialect."""

from __future__ import annotations

import orjson
import pytest
from google.genai.types import Schema

from robasync.model import LONGEST_TEXT, MOST_QUOTES
from robasync.providers import schema
from tests.prompts import PROMPT, SCHEMA


def nodes(node):
    """Yield every schema inside a schema."""
    yield node

    for inner in [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]:
        yield from nodes(inner)


def test_lists_are_limited_to_what_is_read():
    """OpenAI's strict mode: every list has the parser's limit, no text has one, all else stays."""
    limited = orjson.loads(schema.limited(SCHEMA))
    lists = [node for node in nodes(limited) if node.get("type") == "array"]

    assert lists
    assert all(node.pop("maxItems") == MOST_QUOTES for node in lists)
    assert limited == orjson.loads(SCHEMA)


def test_strict_mode_is_kept_to():
    """Every object names all its properties as required and allows no other."""
    objects = [node for node in nodes(orjson.loads(schema.limited(SCHEMA))) if node.get("type") == "object"]

    assert all(node["additionalProperties"] is False for node in objects)
    assert all(node["required"] == list(node["properties"]) for node in objects)


@pytest.mark.parametrize("bounds", [True, False])
def test_gemini_takes_the_subset(bounds):
    """It is of Google's own type, says the same, and keeps the order: quotes before answers."""
    made = orjson.loads(schema.gemini(SCHEMA, bounds=bounds))
    found, given = list(nodes(made)), list(nodes(orjson.loads(SCHEMA)))

    Schema.model_validate(made)
    assert len(found) == len(given)
    assert all("additionalProperties" not in node for node in found)
    assert all(node.get("enum") == old.get("enum") for node, old in zip(found, given, strict=True))
    assert all(node["propertyOrdering"] == list(node["properties"]) for node in found if "properties" in node)
    assert {node["type"] for node in found} == {"OBJECT", "ARRAY", "STRING", "INTEGER"}
    assert all(node["nullable"] for node in found if node["type"] == "INTEGER")
    limits = {node.get("maxLength") for node in found if node["type"] == "STRING" and "enum" not in node}
    assert limits == {LONGEST_TEXT if bounds else None}


def test_words_hold_the_whole_schema():
    """A server that enforces nothing is told the form."""
    words = schema.in_words(PROMPT)

    assert words.startswith(f"{PROMPT.questions}\n\n")
    assert words.endswith(SCHEMA.decode())
