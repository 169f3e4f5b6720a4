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

#: Of an answer, assumed; some 400 bytes. About 80 frame it. A quote is of one sentence or two: those of trial
#: reports have 160 bytes on average, quotes in published assessments 235 (median); one answer in four has
#: none. A reason of one sentence or two has 150 more.
OUTPUT_PER_QUESTION = 100.0

#: Wires on which a model's cache keeps what it is told to keep, at a price, and robasync tells it so.
WRITING: frozenset[str] = frozenset({"anthropic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Likely tokens of all calls together; ``cached`` ones and those ``written`` to a cache are input too."""

    input: int
    cached: int
    output: int
    written: int = 0


def bytes_per_token(wire: str) -> float:
    """Return what is assumed before the first reply of a model on that wire."""
    return BYTES_PER_TOKEN.get(wire, USUAL_BYTES_PER_TOKEN)


def likely(load: Load, measured: Measured, *, wire: str = "", max_tokens: int) -> Tokens:
    """Return the tokens of the load if each call is made once and answers up to ``max_tokens``.

    Until replies to questions like these have told what is cached, it is what calls repeat of a document.
    """
    is_known = measured.is_telling
    a_byte = measured.input_tokens / measured.size if is_known else 1 / bytes_per_token(wire)
    a_question = measured.output_tokens / measured.questions if is_known else OUTPUT_PER_QUESTION
    taken = load.size * a_byte
    cached, written = load.repeated * a_byte, load.shared * a_byte * (wire in WRITING)

    if is_known and measured.is_like(load):
        cached, written = (
            taken * tokens / max(measured.input_tokens, 1)
            for tokens in (measured.cached_tokens, measured.written_tokens)
        )

    cached = min(round(cached), round(taken))

    return Tokens(
        input=round(taken),
        cached=cached,
        written=min(round(written), round(taken) - cached),
        output=min(round(load.questions * a_question), load.calls * max_tokens),
    )
