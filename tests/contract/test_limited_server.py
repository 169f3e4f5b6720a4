"""A lane beside a server with limits, over HTTP: what is told arrives, and nobody fails for being fast."""

from __future__ import annotations

import anyio
import pytest

from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.limits import Limits
from robasync.gate.retry import Policy
from robasync.gate.sending import Lane
from robasync.model import Prompt
from robasync.providers.client import open_client
from robasync.providers.openai import OpenAI
from tests.memory_store import MemoryJournal, MemoryReplies
from tests.servers.limited_server import Hidden, serving


async def ask(server, limits, names):
    """Ask about all names at once through a gate of its own, with one attempt each."""
    answers = []

    async def one(name):
        prompt = Prompt(system="s", document=name, questions="q", schema=b"{}", max_tokens=64)
        answers.append(await gate.ask(prompt, document=name, parse=lambda reply: reply.text))

    async with open_client(connections=50, told=limits.told) as client:
        provider = OpenAI(client, base_url=server.url, model="m")
        replies = MemoryReplies("own")
        gate = Gate(
            [Lane(provider, limits=limits)],
            MemoryJournal(replies, "own"),
            replies=replies,
            session="own",
            budget=Budget(None),
            policy=Policy(attempts=1),
        )
        async with anyio.create_task_group() as tasks:
            for name in names:
                tasks.start_soon(one, name)

    return answers


async def test_nobody_fails_because_others_were_faster():
    """Thirty calls at once on ten a second: refused ones are asked again, with a single attempt allowed."""
    async with serving(Hidden(requests=600, burst=1, tells_wait=True)) as server:
        limits = Limits(max_concurrency=30)
        answers = await ask(server, limits, [f"Report {number}" for number in range(30)])

        assert len(answers) == 30
        assert server.counts.statuses["429"] > 0
        assert limits.standing.refused == server.counts.statuses["429"]


async def test_a_server_that_tells_is_asked_at_its_rate():
    """The headers of the first reply are enough to refuse nothing any more."""
    async with serving(Hidden(requests=1200, burst=10, tells_room=True)) as server:
        limits = Limits()
        await ask(server, limits, [f"Report {number}" for number in range(20)])

        assert server.counts.statuses == {"200": 20}
        assert limits.standing.requests_per_minute == pytest.approx(1200, rel=0.1)


async def test_two_gates_share_one_key():
    """Both have their answers, though the server grants less than either could take."""
    async with serving(Hidden(requests=1200, burst=1)) as server:
        counts = {}

        async def gate(who):
            counts[who] = len(await ask(server, Limits(), [f"{who} {number}" for number in range(25)]))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gate, "one")
            tasks.start_soon(gate, "two")

        assert counts == {"one": 25, "two": 25}
        assert server.counts.billed.total() == 50


async def test_limits_change_while_it_runs():
    """What was refused is let through once more is granted."""
    async with serving(Hidden(requests=1, burst=1)) as server:
        server.limit(requests=60_000)
        await ask(server, Limits(), [f"Report {number}" for number in range(10)])

        assert server.counts.statuses["200"] == 10
