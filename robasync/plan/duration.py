"""How long a load likely takes: what bounds it, and by how much."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

from robasync.plan.load import Load, Measured
from robasync.plan.tokens import Tokens

#: Before the first reply: what is waited for an answer to begin, and what is written of it in a second.
#: Assumed; models served by their vendors are in this order of magnitude.
SECONDS_TO_BEGIN = 1.0
TOKENS_A_SECOND = 60.0

WIDER_SECONDS = 1.0  # after which twice as many calls are made, where the limits are to be found
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

    ``workers`` documents at a time, ``at_once`` calls. Where the limits are still to be found,
    ``first`` calls are made at once to begin with, and twice as many after each of them, or each second.
    ``is_instant`` says that no model is waited for: the baseline answers at once.
    """

    workers: int
    at_once: int | None = None
    first: int | None = None
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    input_tokens_per_minute: float | None = None
    output_tokens_per_minute: float | None = None
    is_instant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """How long it takes, and what for; ``a_call`` is the seconds that a call takes.

    It is a guess where it depends on a speed that nobody has measured or stated.
    """

    seconds: float
    bound: Bound
    a_call: float
    is_guess: bool


def likely(
    load: Load, tokens: Tokens, measured: Measured, *, pace: Pace, reading_seconds: float = 0.0
) -> Duration:
    """Return how long the load takes, at the pace, where reading its files takes ``reading_seconds``."""
    a_call = 0.0 if pace.is_instant else a_call_takes(load, tokens, measured)
    waits = {
        Bound.REPLIES: _in_turn(load, pace, a_call=a_call),
        Bound.REQUESTS: _at_rate(load.calls, pace.requests_per_minute),
        Bound.TOKENS: max(
            _at_rate(tokens.input + tokens.output, pace.tokens_per_minute),
            _at_rate(tokens.input, pace.input_tokens_per_minute),
            _at_rate(tokens.output, pace.output_tokens_per_minute),
        ),
        Bound.READING: reading_seconds,
    }
    bound = max(waits, key=lambda one: waits[one])

    is_guess = bound is Bound.REPLIES and a_call > 0 and bool(load.calls) and not measured.replies

    return Duration(seconds=waits[bound], bound=bound, a_call=a_call, is_guess=is_guess)


def a_call_takes(load: Load, tokens: Tokens, measured: Measured) -> float:
    """Return the seconds that a call takes on average; one that writes more takes longer."""
    written = tokens.output / max(load.calls, 1)

    if not measured.replies:
        return SECONDS_TO_BEGIN + written / TOKENS_A_SECOND

    known = measured.seconds / measured.replies
    begin = min(SECONDS_TO_BEGIN, known)
    before = measured.output_tokens / measured.replies

    return begin + (known - begin) * (written / before if before else 1.0)


def makespan(documents: int, calls: int, pace: Pace, *, a_call: float) -> float:
    """Return the seconds until all ``calls`` on each of ``documents`` have ended; each takes ``a_call``.

    The first call on a document goes ahead, the others follow together, as far as ``pace`` lets them;
    whoever has waited longest comes first.
    """
    widest, step = max(pace.at_once or pace.workers * calls, 1), min(a_call, WIDER_SECONDS)
    width = min(pace.first or widest, widest)
    waiting, under_way = deque[int](), list[tuple[float, int]]()
    unanswered: dict[int, int] = {}
    now, wider, begun = 0.0, step, 0

    while begun < documents or unanswered:
        while begun < documents and len(unanswered) < max(pace.workers, 1):
            unanswered[begun] = calls
            waiting.append(begun)
            begun += 1

        while waiting and len(under_way) < width:
            heappush(under_way, (now + a_call, waiting.popleft()))

        if waiting and width < widest and wider < under_way[0][0]:
            now, wider, width = wider, wider + step, min(2 * width, widest)
            continue

        now, document = heappop(under_way)
        _answered(document, calls, unanswered, waiting)

        while width < widest and wider <= now:
            wider, width = wider + step, min(2 * width, widest)

    return now


def _answered(document: int, calls: int, unanswered: dict[int, int], waiting: deque[int]) -> None:
    """Count the end of a call: after the first on a document the others may go, after the last it is done."""
    unanswered[document] -= 1

    if unanswered[document] == calls - 1:
        waiting.extend([document] * (calls - 1))

    if not unanswered[document]:
        del unanswered[document]


def _in_turn(load: Load, pace: Pace, *, a_call: float) -> float:
    if not load.calls or not a_call:
        return 0.0

    calls = max(round(load.calls / max(load.documents, 1)), 1)
    shown = min(max(load.documents, 1), max(MOST_SCHEDULED, 4 * pace.workers))
    needed = makespan(shown, calls, pace, a_call=a_call)

    # What is left over of a last, half empty turn counts only where all of it was lined up.
    return needed if load.calls == shown * calls else max(a_call, needed * load.calls / (shown * calls))


def _at_rate(amount: int, per_minute: float | None) -> float:
    return amount / per_minute * 60 if per_minute else 0.0
