"""Lanes with the real limits beside a server with hidden ones, on virtual time: who got how much."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

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
    ``changes`` are (second, factor of the first limits); ``neighbours`` (second of the begin, of the end),
    each another program with limits of its own that it finds, under the same key.
    """

    requests: float | None = None
    tokens: float | None = None
    burst: float = 1.0
    tells_wait: bool = True
    tells_room: bool = False
    names_unit: bool = False
    latency: float = 1.0
    seconds: float = 900.0
    changes: Sequence[tuple[float, float]] = ()
    neighbours: Sequence[tuple[float, float]] = ()
    seed: int = 1

    @property
    def unit(self) -> Literal["requests", "tokens", ""]:
        """What a refusal names, nothing where it does not."""
        if not self.names_unit:
            return ""

        return "requests" if self.requests else "tokens"

    @property
    def workers(self) -> int:
        most = max([1.0, *(factor for _, factor in self.changes)])
        calls = min(self.requests or math.inf, (self.tokens or math.inf) / 15_000) / 60 * most

        return max(20, int(calls * self.latency * 2))

    def grants(self, start: float, end: float) -> float:
        """Return how many units the limit grants in that time, of what is limited."""
        edges = [(0.0, 1.0), *self.changes, (math.inf, 1.0)]
        spans = pairwise(edges)
        seconds = sum(max(0.0, min(end, till) - max(start, since)) * f for (since, f), (till, _) in spans)

        return (self.requests or self.tokens or 0.0) / 60 * seconds


@dataclass
class Outcome:
    """What became of the calls: for each its second, tokens, whether it was let through, and whose it was."""

    scenario: Scenario
    calls: list[tuple[float, float, bool, int]] = field(default_factory=list)

    def share(self, start: float, end: float, *, of: int | None = None) -> float:
        """Return which share of the limit was used in that time, by all or by one."""
        is_counted = self.scenario.requests is not None
        used = sum(
            1.0 if is_counted else tokens
            for at, tokens, is_through, who in self.calls
            if is_through and start <= at < end and of in (None, who)
        )

        return used / self.scenario.grants(start, end)

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
        news = [at for at, _ in self.scenario.changes] + [
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
    for at, factor in scenario.changes:
        await anyio.sleep(at - clock())

        for meter, first in ((meters.requests, scenario.requests), (meters.tokens, scenario.tokens)):
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
            wait = self._meters.admit(size + REPLY_TOKENS, now)
            self._outcome.calls.append((now, size + REPLY_TOKENS, not wait, self._number))
            headers = told(self._meters, now) if self._scenario.tells_room else {}
            await anyio.sleep(self._chance.uniform(*WAY) + (0.0 if wait else self._taken()))

            if window := ratelimits.window(headers, age=clock() - began):
                self._limits.told(window)

            if wait:
                asked = float(whole(wait)) if self._scenario.tells_wait else None
                permit.failed(RateLimited("", retry_after=asked, unit=self._scenario.unit))
            else:
                permit.answered()
                permit.used(round(size), REPLY_TOKENS)

            return not wait

    def _taken(self) -> float:
        return self._scenario.latency * self._chance.lognormvariate(0, 0.3)
