"""A session as those see it who only have its files: a status, and what was finished last. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from robasync.books import LoggedError, Spend
from robasync.service.progress import Progress
from robasync.service.status import Money, State, Status, Used
from robasync.session import Session

WINDOW_SECONDS = 300.0  # of the newest outcomes, whose rate is told
NEWEST_ERRORS = 20  # that a status names


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A document with an outcome: ``words`` say what came of it, ``time`` is ISO 8601."""

    time: str
    document: str
    status: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A status, and what the files tell besides.

    ``worker`` names the process that works on the session, "" for none; ``newest_record`` is when the
    newest was made, ISO 8601. ``finished`` has the newest outcome first. ``problem`` says why the
    files cannot be read just now; then the rest is as it was before.
    """

    status: Status
    worker: str
    newest_record: str
    finished: tuple[Finished, ...]
    problem: str = ""


class Pace:
    """How many documents a second were finished in the last minutes, by the times of their records.

    Times are seconds on one clock, that of the process which wrote the records.
    """

    def __init__(self, *, window: float = WINDOW_SECONDS) -> None:
        self._window = window
        self._times: deque[float] = deque()
        self._began = 0.0

    def begin(self, time: float) -> None:
        """Take note that the work began, or went on, at ``time``: the rest before does not count."""
        self._began = time
        self._times.clear()

    def add(self, time: float) -> None:
        """Take note of an outcome."""
        self._times.append(time)

        while self._times[0] < time - self._window:
            self._times.popleft()

    def rate(self, now: float) -> float:
        """Return documents per second over the window that ends ``now``."""
        begin = max(now - self._window, self._began)
        recent = [time for time in self._times if begin <= time]

        # Of work whose beginning was not seen, the first outcome begins the time that is known.
        since = begin if self._began else min(recent, default=now)
        count = len(recent) if self._began else len(recent) - 1

        return count / (now - since) if now > since and count > 0 else 0.0


def status(
    session: Session, *, name: str, state: State, time: str, rate: float, since: str, money: Money
) -> Status:
    """Return the session at ``time``; ``since`` is when whoever works on it began, "" for nobody.

    Calls that were begun after that may be under way still; those before it are uncertain.
    """
    uncertain = sum(not since or is_before(call.time, since) for call in session.uncertain.values())

    return Status(
        session=session.id,
        name=name,
        state=state,
        time=time,
        started=session.started,
        progress=_progress(session, rate=rate, money=money),
        assessed=session.assessed,
        refused=session.refused,
        money=money,
        batch=session.current_batch,
        batches=session.total_batches,
        uncertain=uncertain,
        errors=newest_errors(session),
        errors_total=session.errors_total,
        records=session.last_sequence,
        workers=session.workers if since else None,
        calls_in_flight=len(session.uncertain) - uncertain if since else None,
        used=tuple(used(model, spend) for model, spend in session.spend.items()),
    )


def used(model: str, spend: Spend) -> Used:
    """Return what a model has answered."""
    return Used(
        model=model,
        replies=spend.replies,
        input_tokens=spend.input_tokens,
        output_tokens=spend.output_tokens,
        cached_tokens=spend.cached_tokens,
        cost=spend.cost,
        unpriced=spend.unpriced,
    )


def newest_errors(session: Session) -> tuple[LoggedError, ...]:
    """Return the newest errors, the newest last."""
    return tuple(session.errors)[-NEWEST_ERRORS:]


def seconds(time: str) -> float:
    """Return an ISO 8601 time as seconds since 1970, 0.0 for what is none."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0


def is_before(time: str, other: str) -> bool:
    """Return whether one ISO 8601 time is before the other."""
    return seconds(time) < seconds(other)


def _progress(session: Session, *, rate: float, money: Money) -> Progress:
    return Progress(
        total=session.total,
        done=session.completed,
        failed=session.failed,
        rate=rate,
        seconds_left=session.left / rate if rate > 0 else None,
        cost=money.spent,
        currency=money.currency,
    )
