"""How many tokens a load likely takes: by what replies counted, before the first by assumptions.

No tokenizer is asked for: those of the vendors are not public, or are fetched from the network
at their first use. What a model itself has counted, of these very prompts, is nearer anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from robasync.plan.load import Load, Measured

#: UTF-8 bytes to a token of an English report, by wire. OpenAI's and Google's documentation say about four
#: characters, Anthropic's about three and a half; in reports each of them is, but for a few, one byte.
BYTES_PER_TOKEN: Mapping[str, float] = {"anthropic": 3.5}
USUAL_BYTES_PER_TOKEN = 4.0

OUTPUT_PER_QUESTION = 100.0  # of an answer: its words, one or two quotes, a reason; assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Likely tokens of all calls together; ``cached`` ones are input too."""

    input: int
    cached: int
    output: int


def bytes_per_token(wire: str) -> float:
    """Return what is assumed before the first reply of a model on that wire."""
    return BYTES_PER_TOKEN.get(wire, USUAL_BYTES_PER_TOKEN)


def likely(load: Load, measured: Measured, *, wire: str = "", max_tokens: int) -> Tokens:
    """Return the tokens of the load if each call is made once and answers up to ``max_tokens``."""
    if not (measured.replies and measured.size and measured.questions):
        size, output = load.size / bytes_per_token(wire), load.questions * OUTPUT_PER_QUESTION

        return Tokens(input=round(size), cached=0, output=_output(output, load, max_tokens))

    size = load.size * measured.input_tokens / measured.size
    cached = min(measured.cached_tokens, measured.input_tokens) / max(measured.input_tokens, 1)
    output = load.questions * measured.output_tokens / measured.questions

    return Tokens(input=round(size), cached=round(size * cached), output=_output(output, load, max_tokens))


def _output(tokens: float, load: Load, max_tokens: int) -> int:
    return min(round(tokens), load.calls * max_tokens)
