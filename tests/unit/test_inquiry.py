"""What is asked about a document in several calls: who goes first, what is bought, what it makes together."""

from __future__ import annotations

from dataclasses import replace

import anyio
import orjson
import pytest

from robasync import attempts, instruments, prompt
from robasync.app.rehearsal import Mute, Rehearsed
from robasync.errors import BudgetReached, Rejected, Stopped, UnparsableReply
from robasync.forecast import Tally
from robasync.inquiry import Inquiry
from robasync.model import Prompt, Usage
from robasync.providers.anthropic import encode
from robasync.providers.dialect import Dialect
from robasync.providers.scripted import Scripted
from robasync.records import Entry, Kind
from robasync.store.null import NOWHERE
from tests import replies
from tests.desk import Desk

ROBUST = instruments.load("robust-rct")
PARTS = prompt.parts(ROBUST, ROBUST.items, outcome="proposed", calls_per="domain")
EXTRACT = replies.extract(replies.QUOTE * 20)
USAGE = Usage(input_tokens=5_000, output_tokens=100)
REPLIES = {part.schema: orjson.dumps(replies.body(part)) for part in PARTS}


def favourable(asked: Prompt) -> bytes:
    """Answer what is asked as favourably as can be."""
    return REPLIES[asked.schema]


def desk(script=favourable, **more):
    """Return a gate to a model that answers as told."""
    return Desk(Scripted(script, usage=USAGE), **more)


def wrong(number, *answers):
    """Return a script that answers the part of that number otherwise, as often as told."""
    left = list(answers)

    return lambda asked: left.pop() if left and asked.schema == PARTS[number].schema else favourable(asked)


class Held(Scripted):
    """Answers when it is let go; ``most`` is how many it was asked at a time."""

    def __init__(self):
        super().__init__(favourable, usage=USAGE)
        self.open, self.most, self.go = 0, 0, anyio.Event()

    async def complete(self, prompt):
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            raw = await super().complete(prompt)
            await self.go.wait()

            return raw
        finally:
            self.open -= 1


def inquiry(gate, *, kind=Inquiry, parts=PARTS, **more):
    return kind(gate=gate, parts=parts, max_tokens=100, temperature=0.0, **more)


async def ask(at, *, ends=lambda answers: False, **more):
    asked = inquiry(at.gate, **more)

    return await asked.ask(asked.prompts(EXTRACT), document="a.pdf", ends=ends)


def test_each_item_is_asked_once_and_the_kind_of_paper_first():
    """However a questionnaire is divided, nothing is asked twice and nothing is left out."""
    for calls_per, number in (("instrument", 1), ("domain", 4), ("item", len(ROBUST.items))):
        parts = prompt.parts(ROBUST, ROBUST.items, outcome="proposed", calls_per=calls_per)
        asked = [item.id for part in parts for item in part.items]

        assert len(parts) == number
        assert sorted(asked) == sorted(item.id for item in ROBUST.items)
        assert [("design" in orjson.loads(part.schema)["properties"]) for part in parts] == [
            position == 0 for position in range(number)
        ]
        assert ["design: what kind" in part.questions for part in parts] == [
            part.asks_design for part in parts
        ]


def test_an_undivided_questionnaire_is_what_it_always_was():
    """One call per instrument has the same bytes whether or not it could have been divided."""
    whole = prompt.questionnaire(ROBUST, ROBUST.items, outcome="proposed")

    assert prompt.parts(ROBUST, ROBUST.items, outcome="proposed", calls_per="instrument") == (whole,)


def test_the_key_of_the_default_call_is_pinned():
    """Another wording of any part would have every answer in every journal bought again."""
    whole = prompt.questionnaire(ROBUST, ROBUST.items, outcome="proposed")
    asked = whole.prompt(replies.extract("A trial of 120 people."), temperature=0.0, max_tokens=4096, run=1)
    call = attempts.identify(asked, document="a.pdf", endpoint="openai http://127.0.0.1:8000/v1", model="m")

    assert call.attempt(1).key == "36d8aa2d0fc44754c419983751108fd8ff6cd9ef1e4d99f3d936f1cbeb2e5bb4"


def test_all_calls_lead_with_the_very_same_document():
    """It is one object: byte-identical, and in memory once; each call says that it is not alone."""
    first, *others = inquiry(desk().gate).prompts(EXTRACT)

    assert others
    assert all(one.document is first.document and one.system is first.system for one in others)
    assert all(one.shared for one in (first, *others))
    assert not prompt.questionnaire(ROBUST, ROBUST.items, outcome="proposed").is_part


def test_that_a_document_is_shared_never_enters_a_key():
    """A mark for a provider's cache is transport: a reply counts for the call with it or without."""
    one = inquiry(desk().gate).prompts(EXTRACT)[0]
    digests = {
        attempts.identify(each, document="a", endpoint="e", model="m").digest
        for each in (one, replace(one, shared=False))
    }

    assert len(digests) == 1


def test_anthropic_is_told_where_the_shared_document_ends():
    """Its cache keeps what it is told to, at a price: only where more calls are about the document."""
    shared = inquiry(desk().gate).prompts(EXTRACT)[1]
    (document, asked), (alone, _) = (
        orjson.loads(encode(one, model="m", dialect=Dialect()))["messages"][0]["content"]
        for one in (shared, replace(shared, shared=False))
    )

    assert document == {"type": "text", "text": shared.document, "cache_control": {"type": "ephemeral"}}
    assert "cache_control" not in asked
    assert "cache_control" not in alone


async def test_the_first_call_goes_ahead_and_the_others_go_together():
    """Until the first reply is there nothing else is sent; then all the rest is."""
    held = Desk(Held())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, held)
        await anyio.wait_all_tasks_blocked()
        assert [one.schema for one in held.provider.prompts] == [PARTS[0].schema]

        held.provider.go.set()

    assert held.provider.calls == len(PARTS)

    held = Desk(Held())
    held.provider.go.set()
    await ask(held, parts=PARTS[:1])
    held.provider.go = anyio.Event()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, held)
        await anyio.wait_all_tasks_blocked()
        assert held.provider.open == len(PARTS) - 1

        held.provider.go.set()


async def test_the_answers_of_all_calls_are_one():
    """Design of the first, every item once, one model's name."""
    answers, model = await ask(desk())

    assert model == "scripted"
    assert answers.design is not None
    assert sorted(one.item for one in answers.answers) == sorted(item.id for item in ROBUST.items)


async def test_the_first_reply_may_spare_the_others():
    """A paper that is no report of a trial costs one call."""
    office = desk()
    answers, _ = await ask(office, ends=lambda answers: True)

    assert office.provider.calls == 1
    assert len(answers.answers) == len(PARTS[0].items)


@pytest.mark.parametrize("number", range(len(PARTS)))
async def test_a_call_that_fails_fails_the_document_and_what_was_answered_is_free(number):
    """The next time only what is missing is bought."""
    office = desk(wrong(number, Rejected("no such model")))

    with pytest.raises(Rejected):
        await ask(office)

    bought = len(office.journal.of(Kind.REPLY))
    office.journal.commit()
    again = desk(replies=office.replies)
    await ask(again)

    assert again.provider.calls == len(PARTS) - bought


async def test_calls_in_flight_beside_one_that_fails_are_recorded():
    """What is being paid for is not thrown away for another call's sake."""
    office = desk(wrong(2, Rejected("no such model")))

    with pytest.raises(Rejected):
        await ask(office)

    intents, settled = office.journal.of(Kind.INTENT), office.journal.of(Kind.REPLY)

    assert len(intents) == len(settled) + len(office.journal.of(Kind.CALL_FAILED))


async def test_each_call_has_its_own_correction():
    """A reply beside the schema costs one more call for its part, and none for the others."""
    office = desk(wrong(1, b"Sorry."))
    await ask(office)

    assert office.provider.calls == len(PARTS) + 1

    with pytest.raises(UnparsableReply):
        await ask(desk(lambda asked: b"Sorry." if asked.schema == PARTS[1].schema else favourable(asked)))


async def test_each_call_reserves_for_itself():
    """A cap that leaves no room for the next call ends the run between two calls, not beyond it."""
    office = desk()
    await ask(office)
    reserved = [record.body["reserved"] for record in office.journal.of(Kind.INTENT)]
    capped = desk(cap=round(1.2 * max(reserved) * 1e9))

    assert len(reserved) == len(PARTS)
    assert all(reserved)

    with pytest.raises(BudgetReached):
        await ask(capped)

    assert capped.budget.spent <= capped.budget.cap


async def test_an_end_between_the_calls_leaves_the_document():
    """What came before the end is recorded; no further call begins."""
    office = desk()

    def end(answers):
        office.gate.close()
        return False

    with pytest.raises(Stopped):
        await ask(office, ends=end)

    assert office.kinds == ["intent", "reply"]


def observed(tally):
    """Return a desk that sends nothing, whose records ``tally`` counts as they come."""
    office = Desk(Mute(Scripted(favourable)))
    append = office.journal.append

    def counted(*records):
        tally.observe([Entry(1, 1, "", record, NOWHERE) for record in records])

        return append(*records)

    office.journal.append = counted

    return office


async def test_a_rehearsal_counts_every_call_of_a_document():
    """Those that would wait for another one's reply count too; the same bytes again count no call."""
    tally = Tally()

    for _ in ("a.pdf", "the same under another name"):
        with pytest.raises(Stopped):
            await ask(observed(tally), kind=Rehearsed, tally=tally)

    assert (tally.load.calls, tally.looked_at) == (len(PARTS), 2)
