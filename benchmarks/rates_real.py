"""``rates.py --real``: two gates on one limited server over HTTP, on the real clock.

For six minutes one gate asks as fast as it finds it may. From the second on a neighbour with a gate of its
own asks under the same key, for a minute and a half. Then the limit of requests is halved; a minute and a
half later it is whole again, but so few tokens are granted that these are what is limited for the rest.
"""

from __future__ import annotations

import random
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
MANY_TOKENS, FEW_TOKENS = 20e6, 3.2e6  # a minute; the latter are some 800 calls
SIZES = (8_000, 24_000)  # characters of a document, evenly spread
NEIGHBOUR, HALVED, TOKENS, END = (60.0, 150.0), 150.0, 240.0, 360.0  # seconds
SETTLED = 30.0  # after each change of the requests
FOUND = 60.0  # after that of what is limited
SHARE, REFUSED = 0.90, 0.01


class Gates:
    """Who had how many answers, by second and gate, and what the server saw of it."""

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
        chance = random.Random(who)

        for number in range(1_000_000):
            name = f"{who} {number}"
            text = name + " word" * (chance.randint(*SIZES) // 5)
            prompt = Prompt(system="s", document=text, questions="q", schema=b"{}", max_tokens=64)
            await gate.ask(prompt, document=name, parse=lambda reply: reply.text)
            self.answers[int(time.monotonic() - self.began), who.split(maxsplit=1)[0]] += 1

    def rate(self, start: float, end: float, who: str = "") -> float:
        """Return the answers a minute."""
        count = sum(n for (at, name), n in self.answers.items() if start <= at < end and who in ("", name))

        return count / (end - start) * 60

    def tokens(self, start: float, end: float) -> float:
        """Return the tokens a minute that the server let through."""
        passed = [tokens for at, tokens, is_through in self._seen(start, end) if is_through]

        return sum(passed) / (end - start) * 60

    def refused(self, *spans: tuple[float, float]) -> float:
        """Return which share of the calls in these spans was refused."""
        through = [is_through for span in spans for *_, is_through in self._seen(*span)]

        return through.count(False) / len(through)

    def _seen(self, start: float, end: float) -> list[tuple[float, int, bool]]:
        return [one for one in self.server.seen if start <= one[0] - self.began < end]


async def _play() -> bool:
    hidden = Hidden(requests=REQUESTS, tokens=MANY_TOKENS, burst=BURST, tells_wait=True, names_unit=True)

    async with serving(hidden, latency=LATENCY) as server:
        gates = Gates(server)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gates.ask, "own", 0.0, END)
            tasks.start_soon(gates.ask, "neighbour", *NEIGHBOUR)
            await anyio.sleep(HALVED)
            server.limit(requests=REQUESTS / 2)
            await anyio.sleep(TOKENS - HALVED)
            server.limit(requests=REQUESTS, tokens=FEW_TOKENS)

        return _report(gates)


def _report(gates: Gates) -> bool:
    spans = (
        (SETTLED, NEIGHBOUR[0]),
        (NEIGHBOUR[0] + SETTLED, HALVED),
        (HALVED + SETTLED, TOKENS),
        (TOKENS + FOUND, END - 1),
    )
    alone, both, less = (gates.rate(*span) / REQUESTS for span in spans[:3])
    half, tokens = less * 2, gates.tokens(*spans[3]) / FEW_TOKENS
    shares = [gates.rate(*spans[1], who) / REQUESTS for who in ("own", "neighbour")]
    refused = gates.refused(*spans)
    print(
        f"alone {alone:.1%} of {REQUESTS:.0f} requests a minute\n"
        f"both {both:.1%} of them ({shares[0]:.1%} and {shares[1]:.1%})\n"
        f"of half of them {half:.1%}; of {FEW_TOKENS / 1e6:g} M tokens a minute {tokens:.1%}\n"
        f"refused {refused:.2%} once found, {gates.refused((0.0, END)):.2%} of all {len(gates.server.seen)}"
    )

    return min(alone, both, half, tokens) >= SHARE and refused <= REFUSED and min(shares) > 0.1


def main() -> bool:
    """Play it, print what came of it, and return whether the bars hold."""
    return anyio.run(_play)
