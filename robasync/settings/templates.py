"""A settings file to begin with, written from the tree so that it is never out of date."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from robasync.settings import fields
from robasync.settings.layers import snapshot
from robasync.settings.tree import Settings

if TYPE_CHECKING:
    from pydantic import BaseModel

WELCOME = (
    "Settings of robasync. Keys that begin with _ are comments. Keep keys out of this file: "
    "write ${NAME} and set the environment variable NAME."
)
EXAMPLE = {
    "name": "gpt",
    "model_name": "gpt-4o",
    "base_url": "https://api.openai.com/v1",
    "api_key": "${OPENAI_API_KEY}",
    "requests_per_minute": 500,
    "price": {"input": 2.5, "output": 10.0, "cached": 1.25, "currency": "USD"},
}


def template(*, commented: bool) -> str:
    """Return a JSON settings file with every default; it loads unchanged.

    With ``commented`` each key is preceded by what it means, and a model is shown.
    """
    defaults = snapshot(Settings.model_validate({}))
    content = {"_comment": WELCOME, **_commented(Settings, defaults)} if commented else defaults

    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _commented(model: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in values.items():
        field = model.model_fields[name]
        inner = fields.section_of(field.annotation)
        result[f"_{name}"] = field.description
        result[name] = _commented(inner, value) if inner and isinstance(value, dict) else value
        if name == "llm_models":
            result["_llm_models_example"] = [EXAMPLE]

    return result
