"""Several keys or addresses of one model: each takes its share, and one that is out harms nobody."""

from __future__ import annotations

from collections import Counter

import anyio

from robasync.errors import BadKey, ServerFault
from robasync.gate.breaker import ROW, Breaker
from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.limits import Limits
from robasync.gate.retry import Policy
from robasync.gate.sending import Lane
from robasync.model import Prompt
from robasync.settings.models import ModelSettings
from tests.desk import PROMPT, Desk
from tests.memory_store import MemoryJournal, MemoryReplies


class Entry:
    """An entry of a pool: a name of its own, answers or an error."""

    model = "m"

    def __init__(self, name: str, error: type[Exception] | None = None) -> None:
        self.endpoint = name
        self.error = error
        self.asked: list[str] = []

    async def complete(self, prompt: Prompt) -> bytes:
        self.asked.append(prompt.document)
        await anyio.lowlevel.checkpoint()

        if self.error is not None:
            raise self.error(f"m at {self.endpoint}: no")

        return b"yes"

    def read(self, raw: bytes):
        return Desk([]).provider.read(raw)


def gate_of(*lanes: Lane, replies: MemoryReplies | None = None) -> Gate:
    replies = replies or MemoryReplies("own")

    return Gate(
        lanes,
        MemoryJournal(replies, "own"),
        replies=replies,
        session="own",
        budget=Budget(None),
        policy=Policy(attempts=4, first_pause=0.0),
    )


async def ask_all(gate: Gate, count: int) -> list[str]:
    answers: list[str] = []

    async def one(number: int) -> None:
        prompt = Prompt(system="", document=f"Trial {number}.", questions="Random?", schema=b"{}")
        answers.append(await gate.ask(prompt, document=f"{number}.txt", parse=lambda reply: reply.text))

    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(one, number)

    return answers


async def test_calls_go_where_there_is_room():
    """Entries share the calls by their width: twice as many where twice as many may run."""
    narrow, wide = Entry("one"), Entry("two")
    gate = gate_of(
        Lane(narrow, limits=Limits(max_concurrency=10)), Lane(wide, limits=Limits(max_concurrency=20))
    )

    assert await ask_all(gate, 30) == ["yes"] * 30
    assert (len(narrow.asked), len(wide.asked)) == (10, 20)


async def test_an_entry_whose_key_is_refused_is_left_to_the_others():
    """Its calls are made by the others; it is not asked again, and the run does not end."""
    ends = []
    bad, good = Entry("one", BadKey), Entry("two")
    gate = gate_of(Lane(bad, breaker=Breaker(end=ends.append)), Lane(good, breaker=Breaker(end=ends.append)))
    answers = []

    for number in range(12):
        try:
            answers += await ask_all(gate, 1 + number % 2)
        except* BadKey:
            pass

    assert len(bad.asked) == ROW == 3
    assert len(ends) == 1
    assert set(answers) == {"yes"}


async def test_one_call_at_a_time_sees_whether_an_entry_is_back():
    """While one address is down the other does the work; the one call that tries it waits for it."""
    down, up = Entry("one"), Entry("two")
    lanes = [Lane(down), Lane(up)]
    for document in ("a", "b", "c"):
        lanes[0].breaker.failed(ServerFault("m at one: no"), document)

    async def rest(seconds: float) -> None:
        while len(up.asked) < 19:
            await anyio.lowlevel.checkpoint()

    lanes[0].breaker.rest = rest

    assert await ask_all(gate_of(*lanes), 20) == ["yes"] * 20
    assert (len(down.asked), len(up.asked)) == (1, 19)


async def test_entries_share_their_keys():
    """What one entry answered is not asked of another: they are one endpoint to the journal."""
    replies = MemoryReplies("own")
    first, second = Entry("one"), Entry("two")
    gate = gate_of(Lane(first), Lane(second), replies=replies)
    await gate.ask(PROMPT, document="a", parse=lambda reply: reply.text)
    await gate.ask(PROMPT, document="a", parse=lambda reply: reply.text)

    assert Counter(first.asked + second.asked) == {PROMPT.document: 1}


def test_an_entry_is_the_model_with_another_key_or_address():
    """What it leaves out is the model's, but another server is never shown the model's key."""
    model = ModelSettings(
        model_name="m",
        base_url="http://one/v1",
        api_key="${ONE}",
        timeout=5,
        pool=[{"api_key": "${TWO}", "max_concurrency": 3}, {"base_url": "http://two/v1"}],
    )
    own, key, address = model.entries

    assert own is model
    assert (key.base_url, key.api_key.get_secret_value(), key.timeout) == ("http://one/v1", "${TWO}", 5)
    assert key.max_concurrency == 3
    assert (address.base_url, address.api_key) == ("http://two/v1", None)
