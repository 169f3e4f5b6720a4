"""A rehearsal of a run: all that it would do, but that nothing is sent and nothing is written.

The documents go the way that they go in a run, through the same pipeline and the same gate. Only
the ends differ: the journal keeps nothing, the disk is only looked at, and a call whose reply is
not recorded ends where it would be sent. So what is counted is what a run would do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Protocol

import anyio

from robasync.ahead import at_hand
from robasync.app import assessors, lanes
from robasync.app.live import Job
from robasync.app.run import SHOW_SECONDS, Show, reading, way
from robasync.batches import Batch
from robasync.batches import plan as plan_batches
from robasync.detection import Work
from robasync.errors import Stopped
from robasync.forecast import Tally
from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.sending import Lane, Provider
from robasync.inquiry import Answered, Ends, Inquiry, merged
from robasync.model import Completion, Prompt
from robasync.records import Entry
from robasync.service.progress import measure
from robasync.service.signals import Signals
from robasync.settings import sizes
from robasync.stop import Stop
from robasync.store.looking import LookingFiles
from robasync.store.null import NullJournal
from robasync.store.replies import RecordedReplies

#: 1,024 tokens: the least that OpenAI's cache keeps (https://platform.openai.com/docs/guides/prompt-caching),
#: and most of Anthropic's and Google's models; some keep no less than 2,048 or 4,096.
LEAST_CACHED_BYTES = 4_096


class Mute:
    """A provider that reads replies as the real one does, and to which nothing can be sent."""

    def __init__(self, provider: Provider) -> None:
        self.endpoint = provider.endpoint
        self.model = provider.model
        self._provider = provider

    async def complete(self, prompt: Prompt) -> bytes:
        """Raise Stopped: the document is left, as by a run that ends here."""
        raise Stopped("A rehearsal sends nothing.")

    def read(self, raw: bytes) -> Completion:
        """See ``Provider``."""
        return self._provider.read(raw)


class Watcher(Protocol):
    """Looks at what a run would record."""

    @property
    def looked_at(self) -> int:
        """How many documents it has taken in."""

    def observe(self, entries: Sequence[Entry]) -> None:
        """Take in what would have been recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed(Inquiry):
    """Goes through all calls on a document in turn, those that would wait for another one's reply too."""

    tally: Tally

    async def ask(self, prompts: Sequence[Prompt], *, document: str, ends: Ends) -> Answered:
        """Return what recorded replies say. Raises Stopped where any call would be sent."""
        answered: list[Answered] = []
        unsent: Stopped | None = None

        if prompts[0].shared:
            self.tally.shares(document, _common(prompts[0]))

        for number, prompt in enumerate(prompts):
            try:
                answered.append(await self.one(number, prompt, document=document))
            except Stopped as stopped:
                unsent = stopped

            if number == 0 and answered and ends(answered[0].answers):
                break

        if unsent is not None:
            self.tally.left(document)
            raise unsent

        return merged(answered)


def _common(prompt: Prompt) -> int:
    """Return the bytes that all calls on a document begin with; 0 where no cache keeps so few."""
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in (prompt.system, prompt.document))

    return size if size >= LEAST_CACHED_BYTES else 0


def go_through(
    job: Job, work: Work, watcher: Watcher, *, kind: Callable[..., Inquiry], signals: Signals, show: Show
) -> None:
    """Show ``watcher`` what the job would record of ``work``, with inquiries of that ``kind``.

    Changes not one byte and opens no connection; ``job.batches`` is left untouched. Raises Stopped where a
    signal ends it, StorageError.
    """
    anyio.run(partial(_ended, job, work, watcher, kind=kind, signals=signals, show=show))


async def _ended(
    job: Job, work: Work, watcher: Watcher, *, kind: Callable[..., Inquiry], signals: Signals, show: Show
) -> None:
    stop = Stop()
    _attach(signals, stop)

    try:
        await _go_through(job, work, watcher, kind=kind, stop=stop, show=show)
    finally:
        signals.detach()

    if stop.reason is not None:
        raise stop.reason

    if signals.count:
        raise Stopped("Ended before everything was looked at. Nothing was sent, nothing was changed.")


async def _go_through(
    job: Job, work: Work, watcher: Watcher, *, kind: Callable[..., Inquiry], stop: Stop, show: Show
) -> None:
    files, place = LookingFiles(), job.opened.place
    replies = RecordedReplies(files, place, session=job.session_id, keys=job.opened.keys, others=job.others)
    await replies.load()
    journal = NullJournal(on_commit=watcher.observe)

    async with lanes.way_to(job.plan.model) as provider, anyio.create_task_group() as beside:
        gate = Gate(
            [Lane(Mute(provider))],
            journal,
            replies=replies,
            session=job.session_id,
            budget=Budget(),
            price=job.plan.price,
            policy=assessors.policy(job.settings, job.plan.model),
        )
        inquiry = assessors.inquiry(job.plan, gate, kind=kind)
        assessor = assessors.asking(job.plan, job.settings, inquiry)
        reader = reading(job)
        beside.start_soon(_tick, job, work, watcher, show)
        await reader.start()
        await way(job, reader, assessor=assessor, journal=journal).run(at_hand(_batches(job, work)), stop)
        beside.cancel_scope.cancel()


def _batches(job: Job, work: Work) -> Iterator[Batch]:
    names = chain(filter(work.left.__contains__, job.folder.names), work.new)

    return plan_batches(names, (), size=sizes.batch_size(job.settings), is_left=work.left.__contains__)


async def _tick(job: Job, work: Work, watcher: Watcher, show: Show) -> None:
    total, began = len(work.left) + len(work.new), time.monotonic()

    while True:
        show(
            measure(
                total=total,
                done=watcher.looked_at,
                failed=0,
                at_start=0,
                elapsed=time.monotonic() - began,
                cost=0.0,
                currency=job.settings.cost_tracking.currency,
            )
        )
        await anyio.sleep(SHOW_SECONDS)


def _attach(signals: Signals, stop: Stop) -> None:
    loop = asyncio.get_running_loop()
    signals.attach(stop=lambda: loop.call_soon_threadsafe(stop.request), snapshot=lambda: None)
