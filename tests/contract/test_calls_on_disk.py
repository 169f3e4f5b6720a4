"""The gate with the real journal, the real wire and a server that misbehaves: the bills agree."""

from __future__ import annotations

from decimal import Decimal

import anyio
import orjson

from robasync import cost
from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.limits import Limits
from robasync.gate.retry import Policy
from robasync.gate.sending import Lane
from robasync.model import Prompt
from robasync.providers.client import open_client
from robasync.providers.openai import OpenAI
from robasync.records import Kind
from robasync.store.files import DiskFiles
from robasync.store.journal import Journal
from robasync.store.recovery import Tail
from robasync.store.replies import RecordedReplies
from tests.servers.openai_server import serving
from tests.stores import place_in

PRICE = cost.Price(input=Decimal("2.5"), output=Decimal(10))
FAULTS = {"429": 0.1, "500": 0.1, "reset": 0.05, "lost": 0.05}
SCHEMA = {"type": "object", "properties": {"quote": {"type": "string"}}, "required": ["quote"]}
PROMPTS = [
    Prompt(
        system="Be exact.",
        document=f"Report {number}. The patients were allocated by a list of random numbers. " * 9,
        questions="Was the sequence random?",
        schema=orjson.dumps(SCHEMA),
        max_tokens=64,
    )
    for number in range(60)
]


async def ask_all(folder, server):
    """Ask every prompt at once; return the answers, the budget and what the journal holds."""
    place, files, answers = place_in(folder), DiskFiles(), {}
    replies = RecordedReplies(files, place, session="own")
    await replies.load()
    committed = []

    def commit(entries):
        replies.observe(entries)
        committed.extend(entries)

    open_journal = Journal(files, place, tail=Tail(), on_commit=commit, headroom=0)
    async with open_journal as store, open_client(connections=20) as client:
        budget = Budget(cost.units(1))
        provider = OpenAI(client, base_url=server.url, model="m", api_key="sk-not-a-real-key")
        gate = Gate(
            [Lane(provider, limits=Limits(max_concurrency=20))],
            store,
            replies=replies,
            session="own",
            budget=budget,
            price=PRICE,
            policy=Policy(attempts=30, first_pause=0.001),
        )

        async def one(number: int) -> None:
            prompt = PROMPTS[number]
            answers[number] = await gate.ask(prompt, document=f"{number}.txt", parse=lambda reply: reply.text)

        async with anyio.create_task_group() as tasks:
            for number in range(len(PROMPTS)):
                tasks.start_soon(one, number)

    return answers, budget, committed


async def test_every_answer_is_bought_once_and_the_bills_agree(tmp_path):
    """Through failures of all kinds each prompt gets one reply; what the server bills is in the books."""
    async with serving(faults=FAULTS, retry_after="0.001") as server:
        answers, budget, entries = await ask_all(tmp_path, server)
        billed = cost.units(server.counts.input_tokens * 2.5e-6 + server.counts.output_tokens * 10e-6)
        kinds = [entry.record.kind for entry in entries]
        lost = sum(server.counts.billed.values()) - len(PROMPTS)

        assert len(answers) == kinds.count(Kind.REPLY) == len(PROMPTS)
        assert kinds.count(Kind.INTENT) == server.counts.requests
        assert lost >= 0
        assert budget.spent <= billed <= budget.spent + budget.uncertain


async def test_next_process_buys_nothing(tmp_path):
    """With the journal of the first run, the same questions are answered without a request."""
    async with serving() as server:
        first, _, _ = await ask_all(tmp_path, server)
        second, budget, entries = await ask_all(tmp_path, server)

    assert (second, server.counts.requests, entries, budget.spent) == (first, len(PROMPTS), [], 0)
