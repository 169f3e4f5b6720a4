"""What is asked of which model, for the how many-th time, and the records that this leaves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from robasync.model import Usage
from robasync.records import Kind, Record

if TYPE_CHECKING:
    from robasync.model import Prompt

FRAMING_TOKENS = 256  # what servers add around messages and schema, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A prompt to one model, digested once. ``size`` is the prompt's length in UTF-8 bytes."""

    prompt: Prompt
    document: str
    endpoint: str
    model: str
    digest: bytes = field(repr=False)
    size: int

    @property
    def most_tokens(self) -> int:
        """The most input tokens that the prompt can be: no tokeniser makes two of one byte."""
        return self.size + FRAMING_TOKENS

    @property
    def likely_tokens(self) -> int:
        """About how many input tokens the prompt is."""
        return self.size // 4

    def attempt(self, number: int) -> Attempt:
        """Return the ``number``-th attempt, counted from 1, with the key that is its own."""
        key = hashlib.sha256(self.digest + number.to_bytes(8, "big")).hexdigest()

        return Attempt(call=self, number=number, key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One numbered attempt at a call; ``key`` is in hex."""

    call: Call
    number: int
    key: str

    def intent(self, reserved: float | None) -> Record:
        """Return the record that must be durable before anything is sent."""
        call = self.call

        return self._record(
            Kind.INTENT,
            endpoint=call.endpoint,
            reserved=reserved,
            **self._stage,
            attempt=self.number,
            size=call.size,
            asks=call.prompt.asks,
        )

    @property
    def _stage(self) -> dict[str, str]:
        """What the call is besides a first one, for the accounts; before what a glance leaves out."""
        if self.call.prompt.correction:
            return {"stage": "correction"}

        return {"stage": "retry"} if self.number > 1 else {}

    def reply(self, raw: bytes, *, usage: Usage, amount: float | None) -> Record:
        """Return the record of a reply that was just bought for ``amount`` of the currency."""
        return self._record(Kind.REPLY, usage=_tokens(usage), cost=amount, raw=raw)

    def copied(self, raw: bytes, *, session: str) -> Record:
        """Return the record of a reply that another session bought: no tokens, no cost."""
        return self._record(Kind.REPLY, usage=_tokens(Usage()), cost=0.0, raw=raw, from_session=session)

    def failed(self, error: Exception, *, certain: bool) -> Record:
        """Return the record of an attempt without a reply; ``certain`` means that it cost nothing."""
        return self._record(Kind.CALL_FAILED, error=type(error).__name__, message=str(error), certain=certain)

    def _record(self, kind: Kind, **body: Any) -> Record:
        return Record(kind, {"document": self.call.document, "model": self.call.model, **body}, self.key)


def identify(prompt: Prompt, *, document: str, endpoint: str, model: str) -> Call:
    """Return the call that ``prompt`` is at ``endpoint`` for ``model``.

    The digest is the SHA-256 over every field that the answer depends on, each preceded by
    its length, so that no two prompts run together into one; the document enters by its own
    SHA-256; a correction comes after all else. ``document`` is only a label.
    """
    sampling = f"{float(prompt.temperature)!r} {prompt.max_tokens} {prompt.run}"
    frame, size = _frame(endpoint, model, prompt.system, prompt.questions, prompt.schema, sampling)
    digest = frame.copy()
    _add(digest, prompt.digest or hashlib.sha256(prompt.document.encode("utf-8", "surrogatepass")).digest())
    turns = _turns(prompt)

    for part in turns:
        _add(digest, part)

    return Call(
        prompt=prompt,
        document=document,
        endpoint=endpoint,
        model=model,
        digest=digest.digest(),
        size=size + _bytes(prompt.document) + sum(map(len, turns)),
    )


@lru_cache(maxsize=64)  # the same for all documents of a run, and a quarter of what is hashed
def _frame(
    endpoint: str, model: str, system: str, questions: str, schema: bytes, sampling: str
) -> tuple[hashlib._Hash, int]:
    digest = hashlib.sha256()
    texts = (system.encode(), questions.encode(), schema)

    for part in (endpoint.encode(), model.encode(), *texts, sampling.encode()):
        _add(digest, part)

    return digest, sum(map(len, texts))


def _turns(prompt: Prompt) -> tuple[bytes, ...]:
    correction = prompt.correction

    return (correction.rejected.encode(), correction.request.encode()) if correction else ()


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _add(digest: hashlib._Hash, part: bytes) -> None:
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)


def _tokens(usage: Usage) -> dict[str, int]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        **({"reasoning_tokens": usage.reasoning_tokens} if usage.reasoning_tokens else {}),
        **({"written_tokens": usage.written_tokens} if usage.written_tokens else {}),
    }
