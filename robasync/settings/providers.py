"""The providers that robasync knows by name: which wire each speaks, and where it is found."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

RULES = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A provider. ``address`` is its base URL, "" where everyone has one of their own.

    ``wire`` says how it is spoken to. ``hosts`` are further host names, or the ends of such;
    ``port`` is one that only this server uses.
    """

    address: str = ""
    wire: str = "openai"
    hosts: tuple[str, ...] = ()
    port: int | None = None


OPENAI = "openai"
KNOWN: dict[str, Known] = {
    OPENAI: Known(address="https://api.openai.com/v1"),
    "azure": Known(wire="azure", hosts=("openai.azure.com", "services.ai.azure.com")),
    "anthropic": Known(wire="anthropic", address="https://api.anthropic.com/v1"),
    "gemini": Known(wire="gemini", address="https://generativelanguage.googleapis.com/v1beta"),
    "vllm": Known(address="http://127.0.0.1:8000/v1"),
    "ollama": Known(address="http://127.0.0.1:11434/v1", hosts=("ollama.com",), port=11434),
    "litellm": Known(address="http://127.0.0.1:4000/v1"),
    "openrouter": Known(address="https://openrouter.ai/api/v1"),
    "deepseek": Known(address="https://api.deepseek.com/v1"),
    "groq": Known(address="https://api.groq.com/openai/v1"),
    "mistral": Known(address="https://api.mistral.ai/v1"),
    "xai": Known(address="https://api.x.ai/v1"),
}
#: Other names by which people call them.
ALIASES = {"google": "gemini", "claude": "anthropic", "azure-openai": "azure", "grok": "xai"}
#: Wires that are not spoken; many of their models can be had through one that is.
UNKNOWN = frozenset({"bedrock", "vertex", "cohere"})
NAMES = ", ".join(KNOWN)


def named(name: str) -> str:
    """Return the name under which a provider is known, whatever people call it."""
    folded = name.strip().lower()

    return ALIASES.get(folded, folded)


def inferred(base_url: str) -> str:
    """Return the provider at an address; "openai", whose wire most servers speak, for any other.

    Gemini's second address, which ends with ``/openai``, speaks that wire as well.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return OPENAI

    if parts.path.rstrip("/").endswith("/openai") and _is_at(KNOWN["gemini"], host, port=port):
        return OPENAI

    return next((name for name, known in KNOWN.items() if _is_at(known, host, port=port)), OPENAI)


def wire(name: str) -> str:
    """Return the wire format that a provider speaks."""
    return KNOWN[name].wire


def _is_at(known: Known, host: str, *, port: int | None) -> bool:
    own = urlsplit(known.address)
    # A server of one's own is told by its port alone.
    ends = (*known.hosts, *([own.hostname] if own.scheme == "https" else []))

    return port == known.port is not None or any(f".{host}".endswith(f".{end}") for end in ends)
