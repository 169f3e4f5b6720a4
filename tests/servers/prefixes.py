"""What a provider's prompt cache remembers: the beginnings of prompts, in blocks."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_BYTES = 512  # 128 tokens of four bytes: what vendors count cached input in
LEAST_BYTES = 4096  # 1,024 tokens: a shorter beginning is not looked for
KINDS = ("", "prompt", "schema")


class Prefixes:
    """A cache of ``kind``: "" has none, "prompt" sees the messages, "schema" the answer's schema before them.

    vLLM and llama.cpp enforce a schema beside the prompt; OpenAI and Anthropic put it ahead of it,
    so that another schema is another beginning.
    """

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def known(self, body: bytes, kind: str) -> int:
        """Return how many bytes of a request's beginning are remembered."""
        found = 0
        for number, block in enumerate(_blocks(body, kind), start=1):
            if block not in self._known:
                break
            found = number * BLOCK_BYTES
        return found if found >= LEAST_BYTES else 0

    def keep(self, body: bytes, kind: str) -> None:
        """Remember a request's beginning, up to every length of it."""
        self._known.update(_blocks(body, kind))


def _blocks(body: bytes, kind: str) -> Iterator[bytes]:
    """Yield a digest of all up to the end of each whole block."""
    text = _text(orjson.loads(body), kind) if kind else b""
    running = hashlib.sha256()
    for start in range(0, len(text) - BLOCK_BYTES + 1, BLOCK_BYTES):
        running.update(text[start : start + BLOCK_BYTES])
        yield running.digest()


def _text(request: dict[str, Any], kind: str) -> bytes:
    messages = orjson.dumps(request["messages"])
    return messages if kind == "prompt" else orjson.dumps(request.get("response_format")) + messages
