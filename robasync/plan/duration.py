"""How long a load likely takes: what bounds it, and by how much."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from robasync.plan.load import Load, Measured
from robasync.plan.tokens import Tokens

#: Before the first reply: what is waited for an answer to begin, and what is written of it in a second.
#: Assumed; models served by their vendors are in this order of magnitude.
SECONDS_TO_BEGIN = 1.0
TOKENS_A_SECOND = 60.0

MOST_SCHEDULED = 1_000  # documents whose calls are lined up one by one; more take as long each


class Bound(StrEnum):
    """What a run waits for."""

    REPLIES = "replies"
    REQUESTS = "requests per minute"
    TOKENS = "tokens per minute"
    READING = "reading the files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much goes on at once, and the rates; None means no limit.

    ``workers`` documents at a time, ``at_once`` calls.
    """

    workers: int
    at_once: int | None = None
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """How long it takes, and what for; ``a_call`` is the seconds that a call takes."""

    seconds: float
    bound: Bound
    a_call: float


def likely(
    load: Load, tokens: Tokens, measured: Measured, *, pace: Pace, reading_seconds: float = 0.0
) -> Duration:
    """Return how long the load takes, at the pace, where reading its files takes ``reading_seconds``."""
    a_call = a_call_takes(load, tokens, measured)
    waits = {
        Bound.REPLIES: a_call * _turns(load, pace),
        Bound.REQUESTS: _at_rate(load.calls, pace.requests_per_minute),
        Bound.TOKENS: _at_rate(tokens.input + tokens.output, pace.tokens_per_minute),
        Bound.READING: reading_seconds,
    }
    bound = max(waits, key=lambda one: waits[one])

    return Duration(seconds=waits[bound], bound=bound, a_call=a_call)


def a_call_takes(load: Load, tokens: Tokens, measured: Measured) -> float:
    """Return the seconds that a call takes on average."""
    if measured.replies:
        return measured.seconds / measured.replies

    return SECONDS_TO_BEGIN + tokens.output / max(load.calls, 1) / TOKENS_A_SECOND


def turns(documents: int, calls: int, *, workers: int, at_once: int | None) -> int:
    """Return after how many calls' lengths all ``calls`` on each of ``documents`` have ended.

    ``workers`` documents are in work at a time. The first call on a document goes ahead, the others
    follow together, as far as ``at_once`` lets them; whoever has waited longest comes first.
    """
    waiting, begun = deque[int](), 0
    unanswered: dict[int, int] = {}
    ended = 0

    while begun < documents or unanswered:
        while begun < documents and len(unanswered) < max(workers, 1):
            unanswered[begun] = calls
            waiting.append(begun)
            begun += 1

        for _ in range(min(len(waiting), max(at_once or len(waiting), 1))):
            document = waiting.popleft()
            unanswered[document] -= 1

            if unanswered[document] == calls - 1:
                waiting.extend([document] * (calls - 1))

            if not unanswered[document]:
                del unanswered[document]

        ended += 1

    return ended


def _turns(load: Load, pace: Pace) -> float:
    if not load.calls:
        return 0.0

    calls = max(round(load.calls / max(load.documents, 1)), 1)
    shown = min(max(load.documents, 1), max(MOST_SCHEDULED, 4 * pace.workers))
    needed = turns(shown, calls, workers=pace.workers, at_once=pace.at_once)

    # What is left over of a last, half empty turn counts only where all of it was lined up.
    return needed if load.calls == shown * calls else max(1.0, needed * load.calls / (shown * calls))


def _at_rate(amount: int, per_minute: float | None) -> float:
    return amount / per_minute * 60 if per_minute else 0.0
