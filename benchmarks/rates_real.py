"""``rates.py --real``: two gates on one limited server over HTTP, on the real clock.

For four minutes one gate asks as fast as it finds it may; for the second and third of them a neighbour with
a gate of its own asks under the same key. The limit is halved for the last minute and a half.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import AsyncExitStack

import anyio

from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.limits import Limits
from robasync.gate.sending import Lane
from robasync.model import Prompt
from robasync.providers.client import open_client
from robasync.providers.openai import OpenAI
from tests.memory_store import MemoryJournal, MemoryReplies
from tests.servers.limited_server import Hidden, LimitedServer, serving

REQUESTS, BURST, LATENCY, WORKERS = 1_200.0, 10.0, 0.5, 60
NEIGHBOUR, HALVED, END = (60.0, 150.0), 150.0, 240.0  # seconds
SETTLED = 30.0  # after each change
SHARE, REFUSED = 0.90, 0.01


class Gates:
    """Who had how many answers, by second and gate."""

    def __init__(self, server: LimitedServer) -> None:
        self.server = server
        self.answers: Counter[tuple[int, str]] = Counter()
        self.began = time.monotonic()

    async def ask(self, who: str, begin: float, end: float) -> None:
        """Keep one gate busy from one second to another."""
        await anyio.sleep(begin)
        limits = Limits()

        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(open_client(connections=WORKERS, told=limits.told))
            provider = OpenAI(client, base_url=self.server.url, model="m")
            replies = MemoryReplies(who)
            journal = MemoryJournal(replies, who)
            lane = Lane(provider, limits=limits)
            gate = Gate([lane], journal, replies=replies, session=who, budget=Budget(None))

            with anyio.move_on_after(end - begin):
                async with anyio.create_task_group() as tasks:
                    for number in range(WORKERS):
                        tasks.start_soon(self._work, gate, f"{who} {number}")

    async def _work(self, gate: Gate, who: str) -> None:
        for number in range(1_000_000):
            name = f"{who} {number}"
            prompt = Prompt(system="s", document=name, questions="q", schema=b"{}", max_tokens=64)
            await gate.ask(prompt, document=name, parse=lambda reply: reply.text)
            self.answers[int(time.monotonic() - self.began), who.split(maxsplit=1)[0]] += 1

    def rate(self, start: float, end: float, who: str = "") -> float:
        """Return the answers a minute."""
        count = sum(n for (at, name), n in self.answers.items() if start <= at < end and who in ("", name))

        return count / (end - start) * 60


async def _play() -> bool:
    async with serving(Hidden(requests=REQUESTS, burst=BURST, tells_wait=True), latency=LATENCY) as server:
        gates = Gates(server)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gates.ask, "own", 0.0, END)
            tasks.start_soon(gates.ask, "neighbour", *NEIGHBOUR)
            await anyio.sleep(HALVED)
            server.limit(requests=REQUESTS / 2)

        refused = server.counts.statuses["429"] / server.counts.requests

    begin, halved = NEIGHBOUR[0], HALVED
    alone = gates.rate(SETTLED, begin) / REQUESTS
    both = gates.rate(begin + SETTLED, halved) / REQUESTS
    less = gates.rate(halved + SETTLED, END - 1) / (REQUESTS / 2)
    shares = [gates.rate(begin + SETTLED, halved, who) / REQUESTS for who in ("own", "neighbour")]
    print(
        f"alone {alone:.1%} of {REQUESTS:.0f} a minute; both {both:.1%} ({shares[0]:.1%} and {shares[1]:.1%})"
    )
    print(f"of half of it {less:.1%}; refused {refused:.2%} of {server.counts.requests} requests")

    return min(alone, both, less) >= SHARE and refused <= REFUSED and min(shares) > 0.1


def main() -> bool:
    """Play it, print what came of it, and return whether the bars hold."""
    return anyio.run(_play)
