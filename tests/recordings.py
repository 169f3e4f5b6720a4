"""Recorded exchanges with real providers: which of them are of our wires, and why others are not.

    python -m tests.recordings

prints the tables that docs/providers.md holds.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import orjson

from tests import corpus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

KINDS = ("plain", "structured", "stream", "error", "batch")
#: What ends the path of a request on each of our wires.
ENDS = {"/chat/completions": "openai", "/messages": "anthropic", ":generateContent": "gemini"}
#: Why a recording is not replayed, by a part of its address; the first that fits.
REASONS = {
    "/responses": "OpenAI's Responses API (also of xAI, DeepSeek and OpenRouter): another wire",
    "/api/chat": "Ollama's own API: its OpenAI wire is used",
    "/api/generate": "Ollama's own API: its OpenAI wire is used",
    "batch": "Batch interfaces: calls are made live",
    "/v1/files": "Batch interfaces: calls are made live",
    "/files/": "Files, threads and token counts: not asked for",
    "/threads/": "Files, threads and token counts: not asked for",
    "count_tokens": "Files, threads and token counts: not asked for",
    "input_tokens": "Files, threads and token counts: not asked for",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One recorded request and its answer. ``wire`` is "" for one that is not ours."""

    provider: str
    kind: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    request: Mapping[str, Any] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The path of the request; an address may be written as a placeholder."""
        return urlsplit(self.url.replace("<OLLAMA_API_BASE>", "http://127.0.0.1/v1")).path

    @property
    def wire(self) -> str:
        """Which of our wires this is."""
        found = next((wire for end, wire in ENDS.items() if self.path.endswith(end)), "")

        return "azure" if found == "openai" and self.provider == "azure-openai" else found

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream of events."""
        return self.body.lstrip()[:6].startswith((b"data:", b"event:", b":"))

    @property
    def asked_stream(self) -> bool:
        """Whether the request asked for a stream, answered or refused."""
        return self.request.get("stream") is True

    @property
    def model(self) -> str:
        """The model that was asked for: in the body, or in the path."""
        named = self.path.rpartition("/models/")[2].removesuffix(":generateContent")

        return unquote(named) if self.wire == "gemini" else str(self.request.get("model", "unnamed"))

    @property
    def base(self) -> str:
        """The path of the base URL that makes our adapter send this request."""
        path = self.path
        for end in (f"/models/{self.model}:generateContent", *ENDS):
            path = path.removesuffix(end)

        return path

    @property
    def reason(self) -> str:
        """Why this one is not replayed."""
        return next(reason for part, reason in REASONS.items() if part in self.url)


def exchanges() -> Iterator[Exchange]:
    """Yield all recordings, by file; skips where there are none."""
    for path in sorted(corpus.folder("wire").glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            row = orjson.loads(line)
            names = ("provider", "kind", "method", "url", "status", "headers")
            yield Exchange(
                **{name: row[name] for name in names},
                request=_object(row["request_body"]),
                body=_bytes(row["body"]),
            )


def tables(found: Iterable[Exchange]) -> str:
    """Return, in Markdown, what is replayed by provider and kind, and what is not, with the reason."""
    total, ours, others = Counter(), Counter(), Counter()

    for exchange in found:
        cell = (exchange.provider, exchange.kind)
        total[cell] += 1
        ours[cell] += bool(exchange.wire)

        if not exchange.wire:
            others[exchange.reason] += 1

    providers = sorted({provider for provider, _ in total})
    lines = [f"| provider | {' | '.join(KINDS)} | in all |", f"|---|{'--:|' * (len(KINDS) + 1)}"]

    for provider in providers:
        cells = [_cell(ours[provider, kind], total[provider, kind]) for kind in KINDS]
        sums = [sum(counts[provider, kind] for kind in KINDS) for counts in (ours, total)]
        lines.append(f"| {provider} | {' | '.join([*cells, _cell(*sums)])} |")

    sums = [_cell(*(sum(counts[p, kind] for p in providers) for counts in (ours, total))) for kind in KINDS]
    lines.append(f"| **all** | {' | '.join([*sums, _cell(ours.total(), total.total())])} |")
    lines += ["", "| not replayed | why |", "|--:|---|"]
    lines += [f"| {count} | {reason} |" for reason, count in sorted(others.items())]

    return "\n".join(lines) + "\n"


def _cell(ours: int, total: int) -> str:
    return f"{ours} of {total}" if total else ""


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        return {}

    return found if isinstance(found, dict) else {}


def _bytes(text: str) -> bytes:
    """Return a recorded body; some were recorded in base64."""
    try:
        return base64.b64decode(text, validate=True) if text.startswith("ZGF0YT") else text.encode()
    except binascii.Error:
        return text.encode()


if __name__ == "__main__":
    print(tables(exchanges()))
