"""Rounds: the work of a plan, killed as often as it says, finished, and judged."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from robasync.errors import RobasyncError
from tests.acceptance.books import NUMBER
from tests.crash.campaign import judge
from tests.crash.campaign.harm import do_harm
from tests.crash.campaign.lives import Lived, live
from tests.crash.campaign.plan import Inputs, Life, Plan, draw
from tests.crash.campaign.scene import PAPER, write
from tests.servers.openai_server import OpenAIServer, serving

UNREADABLE = (OSError, ValueError, LookupError, RobasyncError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A round that is over. ``twice`` counts bodies that were billed more than once."""

    plan: Plan
    lives: tuple[Lived, ...]
    complaints: tuple[str, ...]
    requests: int
    uncertain: int
    twice: int
    seconds: float
    folder: Path

    def __str__(self) -> str:
        kills = "; ".join(_told(lived) for lived in self.lives if lived.life.kill)
        counts = f"{self.requests} requests, {self.uncertain} uncertain, {self.twice} bought twice"
        verdict = "ok" if not self.complaints else "FAILED"

        return f"seed {self.plan.seed}: {kills}: {counts}, {self.seconds:.1f} s: {verdict}"


class Campaign:
    """The rounds of some seeds; the folder of the first that fails is kept, and all with ``keep``."""

    def __init__(self, folder: Path, *, keep: bool, tell: Callable[[Judged, int], None]) -> None:
        self._rounds = Rounds(folder)
        self._keep = keep
        self._tell = tell
        self.judged: list[Judged] = []

    @property
    def failed(self) -> list[Judged]:
        """The rounds in which something did not hold."""
        return [judged for judged in self.judged if judged.complaints]

    async def run(self, seeds: Iterable[int], jobs: int) -> None:
        """Work a round off for every seed, ``jobs`` of them at once."""
        left = iter(seeds)
        _listen_to_all_signals()

        async with anyio.create_task_group() as tasks:
            for _ in range(jobs):
                tasks.start_soon(self._work, left)

    async def _work(self, seeds: Iterator[int]) -> None:
        for seed in seeds:
            judged = await self._rounds.work(draw(seed))
            self.judged.append(judged)

            if not self._keep and self.failed[:1] != [judged]:
                shutil.rmtree(judged.folder)

            self._tell(judged, len(self.judged))


class Rounds:
    """Works rounds off below ``folder``; keeps what uninterrupted runs left, by their inputs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted: dict[Inputs, judge.Results] = {}
        self._one = anyio.Lock()

    async def work(self, plan: Plan) -> Judged:
        """Return the judged round; its folder is left in place."""
        began = time.monotonic()
        wanted = await self._in_peace(plan.inputs)
        folder = self._prepare(f"seed-{plan.seed}-", plan.inputs)

        async with serving(latency=plan.latency, jitter=plan.jitter, seed=plan.seed) as server:
            server.change({"first": {"hang": plan.hanging}, "faults": _faults(plan)})
            round_ = _Round(folder, server, wanted)

            await round_.work(plan)

            return Judged(
                plan=plan,
                lives=tuple(round_.lives),
                complaints=tuple(round_.complaints),
                requests=server.counts.requests,
                uncertain=round_.uncertain,
                twice=sum(times > 1 for times in server.counts.billed.values()),
                seconds=time.monotonic() - began,
                folder=folder,
            )

    async def _in_peace(self, inputs: Inputs) -> judge.Results:
        async with self._one:
            if inputs not in self._wanted:
                folder = self._prepare("peace-", inputs)

                async with serving() as server:
                    total = len(list((folder / "in").iterdir()))
                    ended = await live(Life(workers=4, batch_size=50), folder, server, number=1, total=total)

                self._wanted[inputs] = judge.results(folder / "out", ended)
                shutil.rmtree(folder)

        return self._wanted[inputs]

    def _prepare(self, prefix: str, inputs: Inputs) -> Path:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=self._folder))
        write(folder / "in", inputs)

        return folder


@dataclass
class _Round:
    folder: Path
    server: OpenAIServer
    wanted: judge.Results
    lives: list[Lived] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    harmed: list[bytes] = field(default_factory=list)

    @property
    def uncertain(self) -> int:
        return self.lives[-1].after.uncertain.total() if self.lives else 0

    async def work(self, plan: Plan) -> None:
        try:
            for number, life in enumerate(plan.lives, 1):
                await self._live(life, number)

            await self._finish()

        except UNREADABLE as error:
            self.complaints.append(f"life {len(self.lives)} left what cannot be read: {error!r}")

    async def _live(self, life: Life, number: int) -> None:
        total = len(list((self.folder / "in").iterdir()))

        if life.kill is None:
            self.server.change({"first": {}})  # else what hangs would hang for ever

        self.harmed.append(do_harm(life.harm, self.folder))
        lived = await live(life, self.folder, self.server, number=number, total=total)
        found = judge.judge_life(lived, self.folder, code=self.wanted.code, total=total, harmed=self.harmed)
        self.complaints += [f"life {number}: {complaint}" for complaint in found]
        self.lives.append(lived)

    async def _finish(self) -> None:
        books, requests = self.lives[-1].after, self.server.counts.requests
        bills = _by_document(self.server)
        found = judge.results(self.folder / "out", self.lives[-1])
        self.complaints += judge.judge_round(self.folder, found, self.wanted, books)
        self.complaints += judge.judge_bills(bills, requests, books)
        self.complaints += judge.judge_processes(self.lives)
        self.complaints += await judge.judge_check(self.folder)


def _listen_to_all_signals() -> None:
    """Undo what a shell does for a command in the background: ignored signals stay so in its children."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _faults(plan: Plan) -> dict[str, float]:
    return {"lost": plan.dropped, "reset": plan.dropped} if plan.dropped else {}


def _by_document(server: OpenAIServer) -> Counter[str]:
    """Return how often each document was billed."""
    bought: Counter[str] = Counter()

    for digest, text in server.asked.items():
        found = NUMBER.search(text)
        bought[f"trial-{int(found[1]):05}.txt" if found else PAPER] += server.counts.billed[digest]

    return bought


def _told(lived: Lived) -> str:
    assert lived.life.kill is not None
    missed = "" if lived.sent else " (missed)"
    harm = f"{lived.life.harm}, " if lived.life.harm else ""

    return f"{harm}{lived.life.kill.name} at {lived.life.moment} {lived.life.share:.2f}{missed}"
