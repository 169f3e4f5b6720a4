"""A session at one moment, as every view of it shows it: page, metrics, monitor, supervisor. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from robasync.books import LoggedError
from robasync.service.progress import Progress


class State(StrEnum):
    """What a session is doing."""

    WORKING = "working"
    PAUSED = "paused"  # on demand: no document begins
    WAITING = "waiting"  # for new files, or for the disk
    DRAINING = "draining"  # it was asked to stop; calls in flight are finished
    FINISHED = "finished"
    STOPPED = "stopped"  # nobody works on it; work is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What was spent and what calls under way or uncertain may still cost; ``cap`` None is no cap.

    ``spent`` is None where the price of any reply is unknown.
    """

    spent: float | None
    reserved: float
    cap: float | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One way to a model. Rates are per minute, None where none is known.

    Of the calls ``in_flight`` at most ``width`` may be sent, None for no limit. ``refused`` counts those
    that were too many; ``waits`` is the seconds until the server is asked again.
    """

    name: str
    address: str
    in_flight: int
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    is_down: bool = False
    width: int | None = None
    refused: int = 0
    waits: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one model has answered in the session; ``cached_tokens`` are part of ``input_tokens``.

    ``cost`` leaves out ``unpriced`` replies, whose cost is unknown.
    """

    model: str
    replies: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost: float
    unpriced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A session at one moment; what only a living run knows is empty or None for one that is looked at.

    Counts are of studies. ``time`` and ``started`` are ISO 8601. ``name`` means the session in a
    command. ``model_calls`` are under way; ``in_work`` of ``workers`` slots are taken.
    """

    session: str
    name: str
    state: State
    time: str
    started: str
    progress: Progress
    assessed: int
    refused: int
    money: Money
    batch: int
    batches: int
    uncertain: int
    errors: tuple[LoggedError, ...]
    errors_total: int
    records: int
    in_work: int | None = None
    workers: int | None = None
    calls_in_flight: int | None = None
    models: tuple[Model, ...] = ()
    used: tuple[Used, ...] = ()
