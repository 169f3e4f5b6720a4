"""A prompt for tests of wires, with a schema that has every shape that questions have."""

from __future__ import annotations

from typing import Any

import orjson

from robasync.model import Prompt


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


TEXT = {"type": "string"}
CHOICE = {"type": "string", "enum": ["definitely_yes", "not_reported"]}
COUNT = _object(quote=TEXT, value={"type": ["integer", "null"]})
ITEM = _object(quotes={"type": "array", "items": TEXT}, reason=TEXT, step1=CHOICE)
SCHEMA = orjson.dumps(_object(design=_object(kind=CHOICE, quote=TEXT), items=_object(a=ITEM, b=COUNT)))
PROMPT = Prompt(system="Be exact.", document="A trial.", questions="Random?", schema=SCHEMA, max_tokens=512)
