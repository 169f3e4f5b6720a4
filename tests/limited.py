"""Lanes with the real limits beside a server with hidden ones, on virtual time: who got how much."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import anyio

from robasync.errors import RateLimited
from robasync.gate.limits import Limits
from robasync.providers import ratelimits
from tests.servers.limited_server import told
from tests.servers.meters import Meters, whole
from tests.virtual import clock, run

SIZES = (2_000, 40_000)  # tokens of a document, evenly spread
REPLY_TOKENS, MOST_TOKENS = 500, 4_096
WAY = (0.01, 0.03)  # seconds to the server, and back
STEADY = 120.0  # seconds after which a limit has to be found
SPAN, STEP = 120.0, 10.0  # seconds over which a share is taken, and between two such


@dataclass(frozen=True)
class Scenario:
    """A server's limits a minute, what it tells, how they change, and who asks.

    ``names_unit``: a refusal says whether requests or tokens were too many, as OpenAI's and Azure's do.
    ``changes`` are (second, factor of the first limit of requests, of tokens); ``neighbours`` (second of the
    begin, of the end), each another program with limits of its own that it finds, under the same key.
    """

    requests: float | None = None
    tokens: float | None = None
    burst: float = 1.0
    tells_wait: bool = True
    tells_room: bool = False
    names_unit: bool = False
    latency: float = 1.0
    seconds: float = 900.0
    changes: Sequence[tuple[float, float, float]] = ()
    neighbours: Sequence[tuple[float, float]] = ()
    seed: int = 1

    @property
    def workers(self) -> int:
        factors = [(1.0, 1.0), *(change[1:] for change in self.changes)]
        calls = max(
            min((self.requests or math.inf) * more, (self.tokens or math.inf) * larger / 15_000)
            for more, larger in factors
        )

        return max(20, int(calls / 60 * self.latency * 2))

    def grants(self, start: float, end: float) -> tuple[float, float]:
        """Return how many requests and tokens the limits grant in that time."""
        edges = [(0.0, 1.0, 1.0), *self.changes, (math.inf, 1.0, 1.0)]
        more = larger = 0.0

        for (since, *factors), (till, *_) in pairwise(edges):
            seconds = max(0.0, min(end, till) - max(start, since))
            more, larger = more + seconds * factors[0], larger + seconds * factors[1]

        return (self.requests or math.inf) / 60 * more, (self.tokens or math.inf) / 60 * larger


@dataclass
class Outcome:
    """What became of the calls: for each its second, tokens, whether it was let through, and whose it was."""

    scenario: Scenario
    calls: list[tuple[float, float, bool, int]] = field(default_factory=list)

    def share(self, start: float, end: float, *, of: int | None = None) -> float:
        """Return which share was used in that time, of what was nearer its limit, by all or by one."""
        used = [
            tokens
            for at, tokens, is_through, who in self.calls
            if is_through and start <= at < end and of in (None, who)
        ]
        requests, tokens = self.scenario.grants(start, end)

        return max(len(used) / requests, sum(used) / tokens)

    def refused(self, start: float = 0.0, end: float = math.inf) -> float:
        """Return which share of the calls was refused in that time."""
        counted = [is_through for at, _, is_through, _ in self.calls if start <= at < end]

        return counted.count(False) / max(len(counted), 1)

    def found(self, start: float, end: float, *, bar: float = 0.9) -> float:
        """Return the seconds after which no span up to ``end`` brought less than ``bar`` of the limit."""
        begins = [start + STEP * number for number in range(int((end - start - SPAN) / STEP) + 1)]
        poor = [begin for begin in begins if self.share(begin, begin + SPAN) < bar]

        return poor[-1] + STEP - start if poor else 0.0

    @property
    def phases(self) -> list[tuple[float, float]]:
        """The times between changes, of the limits or of who asks."""
        news = [at for at, *_ in self.scenario.changes] + [
            at for pair in self.scenario.neighbours for at in pair
        ]
        edges = [0.0, *news, self.scenario.seconds]

        return list(pairwise(edges))


def simulate(scenario: Scenario) -> Outcome:
    """Play it through on virtual time."""
    outcome = Outcome(scenario)
    run(_play, scenario, outcome)

    return outcome


async def _play(scenario: Scenario, outcome: Outcome) -> None:
    meters = Meters(scenario.requests, scenario.tokens, burst=scenario.burst)
    stays = [(0.0, scenario.seconds), *scenario.neighbours]

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_change, scenario, meters)

        for number, (begin, end) in enumerate(stays):
            lane = _Lane(scenario, meters, outcome, number=number)
            tasks.start_soon(lane.run, begin, end)


async def _change(scenario: Scenario, meters: Meters) -> None:
    firsts = ((meters.requests, scenario.requests), (meters.tokens, scenario.tokens))

    for at, *factors in scenario.changes:
        await anyio.sleep(at - clock())

        for (meter, first), factor in zip(firsts, factors, strict=True):
            if meter is not None and first is not None:
                meter.change(first * factor, clock())


class _Lane:
    """A program that asks as fast as its limits let it."""

    def __init__(self, scenario: Scenario, meters: Meters, outcome: Outcome, *, number: int) -> None:
        self._scenario = scenario
        self._meters = meters
        self._outcome = outcome
        self._number = number
        self._chance = random.Random(scenario.seed + number)
        self._limits = Limits(clock=clock)

    async def run(self, begin: float, end: float) -> None:
        await anyio.sleep(begin)

        async with anyio.create_task_group() as tasks:
            for _ in range(self._scenario.workers):
                tasks.start_soon(self._work, end)

    async def _work(self, end: float) -> None:
        while clock() < end:
            size = self._chance.uniform(*SIZES)

            while clock() < end and not await self._ask(size, end):
                pass

    async def _ask(self, size: float, end: float) -> bool:
        async with self._limits.admit(size, MOST_TOKENS) as permit:
            if clock() >= end:
                return True

            began = clock()
            permit.keep()
            await anyio.sleep(self._chance.uniform(*WAY))
            now = clock()
            refusal = self._meters.admit(size + REPLY_TOKENS, now)
            self._outcome.calls.append((now, size + REPLY_TOKENS, refusal is None, self._number))
            headers = told(self._meters, now) if self._scenario.tells_room else {}
            await anyio.sleep(self._chance.uniform(*WAY) + (self._taken() if refusal is None else 0.0))

            if window := ratelimits.window(headers, age=clock() - began):
                self._limits.told(window)

            if refusal is not None:
                asked = float(whole(refusal.wait)) if self._scenario.tells_wait else None
                unit = refusal.unit if self._scenario.names_unit else ""
                permit.failed(RateLimited("", retry_after=asked, unit=unit))
            else:
                permit.answered()
                permit.used(round(size), REPLY_TOKENS)

            return refusal is None

    def _taken(self) -> float:
        return self._scenario.latency * self._chance.lognormvariate(0, 0.3)
