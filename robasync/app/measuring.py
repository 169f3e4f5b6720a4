"""What a model's recorded replies tell of it: how many tokens it counts, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from robasync.app.live import Job
from robasync.plan.load import Measured
from robasync.records import Entry, Kind
from robasync.store.files import Files
from robasync.store.latest import latest

MOST_JOURNALS = 20  # of other sessions that are looked into
ENOUGH = 3  # replies; with fewer the next journal is asked too


class Told(NamedTuple):
    """What one reply tells; ``size`` and ``questions`` are those of its prompt."""

    size: int
    questions: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    seconds: float
    written_tokens: int = 0


def measured(files: Files, job: Job, *, endpoint: str, model: str) -> Measured:
    """Return what the replies of the model at ``endpoint`` told: of this session, else of the newest.

    It looks at the latest records only. Raises nothing: what cannot be read tells nothing.
    """
    places = [job.opened.place, *(place for place, _ in islice(job.others, MOST_JOURNALS))]
    found = Measured()

    for place in places:
        entries = latest(files, place, kinds=(Kind.INTENT, Kind.REPLY))

        for one in told(entries, endpoint=endpoint, model=model):
            found = found.with_reply(**one._asdict())

        if found.replies >= ENOUGH:
            break

    return found


def told(entries: Iterable[Entry], *, endpoint: str, model: str) -> Iterator[Told]:
    """Yield what each reply tells whose intent stands before it, told apart by their keys.

    A reply that was taken over from another session, or whose tokens were not counted, tells nothing.
    """
    asked: dict[str, Entry] = {}

    for entry in entries:
        body, key = entry.record.body, entry.record.key

        if not isinstance(body, dict):
            continue

        if entry.record.kind is Kind.INTENT:
            if (body.get("endpoint"), body.get("model")) == (endpoint, model):
                asked[key] = entry
        elif key in asked and (one := _told(asked.pop(key), entry)) is not None:
            yield one


def _told(intent: Entry, reply: Entry) -> Told | None:
    usage, asked = reply.record.body.get("usage"), intent.record.body
    counts = [_count(asked, name) for name in ("size", "asks")]
    counts += [_count(usage, name) for name in ("input_tokens", "cached_tokens", "output_tokens")]
    size, questions, taken, cached, written = counts
    kept = _count(usage, "written_tokens")

    if "from_session" in reply.record.body or not (size and questions and taken):
        return None

    return Told(size, questions, taken, cached, written, _seconds(intent.time, reply.time), kept)


def _count(values: Any, name: str) -> int:
    value = values.get(name, 0) if isinstance(values, dict) else 0

    return value if type(value) is int and 0 <= value < 10**12 else 0


def _seconds(begun: str, ended: str) -> float:
    try:
        return max((datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds(), 0.0)
    except (ValueError, TypeError):  # a time that is none, or one without its offset beside one with it
        return 0.0
