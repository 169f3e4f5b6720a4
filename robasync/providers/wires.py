"""The ways to a model by the name of the wire that is spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robasync.providers.anthropic import Anthropic
from robasync.providers.azure import Azure
from robasync.providers.gemini import Gemini
from robasync.providers.openai import OpenAI

if TYPE_CHECKING:
    from robasync.providers.remote import Remote


def remote(wire: str) -> type[Remote]:
    """Return the way to models that speak ``wire``: openai, azure, anthropic or gemini."""
    ways: dict[str, type[Remote]] = {
        "openai": OpenAI,
        "azure": Azure,
        "anthropic": Anthropic,
        "gemini": Gemini,
    }

    return ways[wire]
