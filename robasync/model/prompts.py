"""What is asked of a model, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from robasync.correction import Correction

CallsPer = Literal["instrument", "domain", "item"]  # what one call asks about a document


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What is asked of a model, free of any wire format.

    ``document`` stands first and is byte-identical across the calls on one document.
    ``schema`` is the JSON schema of the answer, encoded. ``digest`` is the SHA-256 of the text
    that ``document`` is made from, taken once; b"" lets that of ``document`` take its place.
    ``shared`` tells that more calls are on the document, so that a provider's cache of all up to
    its end pays; ``asks`` is how many things are asked. Neither enters a key. ``correction`` follows
    the questions.
    """

    system: str
    document: str
    questions: str
    schema: bytes
    temperature: float = 0.0
    max_tokens: int = 4096
    run: int = 1
    digest: bytes = b""
    shared: bool = False
    asks: int = 1
    correction: Correction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the provider reported them: the cached and the written to a cache are input too."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    written_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a raw reply says once its wire format is taken off."""

    text: str
    model: str
    usage: Usage
