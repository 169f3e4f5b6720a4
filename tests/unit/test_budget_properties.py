"""Long lives of one budget: calls that end in every way, kills, resumes with other caps, releases.

The server keeps a bill of its own, also of what it did for nobody. Whatever happens, what the records
add up to covers that bill, spent plus reserved stays within the cap, no unit gets lost, and the
check of the session finds its books in order.

What is drawn does not depend on how far the calls are: that is a matter of time, and hypothesis wants the
same draws to follow the same ones. A rule that does not apply does nothing.

Longer lives: pytest tests/unit/test_budget_properties.py --hypothesis-profile=long
"""

from __future__ import annotations

import asyncio
import tempfile
from decimal import Decimal
from itertools import compress
from pathlib import Path

import anyio
import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from robasync import cost
from robasync.errors import BudgetReached, ConnectionLost, RateLimited, RobasyncError, UnparsableReply
from robasync.findings import Level, Subject
from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.limits import Limits
from robasync.gate.retry import Policy
from robasync.gate.sending import Lane
from robasync.model import Completion, Prompt, Usage
from robasync.records import Kind, Record
from robasync.store.fsck.check import check
from tests.memory_store import MemoryJournal, MemoryReplies
from tests.stores import QuickFiles, place_in, session_of, started, write_checkpoint, write_groups

PRICE = cost.Price(input=Decimal(3), output=Decimal(9))
MOST_TOKENS = 266  # of input, framing included, that a prompt of these can be
MAX_TOKENS = 64
WORST = PRICE.worst(input_tokens=MOST_TOKENS, output_tokens=MAX_TOKENS)
STEPS = 40  # of the event loop, in which whatever can go on does
ENDS = st.sampled_from(["answer", "answer", "answer", "no usage", "half a usage", "lost", "refused"])
SHARES = st.floats(0, 1)
CAPS = st.builds(lambda calls, rest: calls * WORST + rest, st.integers(0, 12), st.integers(0, WORST))


class Till:
    """A provider whose calls wait until they are told how to end; ``bill`` is what it charges, in units."""

    endpoint = "till"
    model = "m"

    def __init__(self) -> None:
        self.bill = 0
        self.waiting: list[tuple[anyio.Event, list[object]]] = []

    async def complete(self, prompt: Prompt) -> bytes:
        """Wait for the end that ``serve`` gives it."""
        came, end = anyio.Event(), []
        self.waiting.append((came, end))
        await came.wait()

        if isinstance(end[0], RobasyncError):
            raise end[0]

        return orjson.dumps(end[0])

    def read(self, raw: bytes) -> Completion:
        """Return the completion. Raises UnparsableReply for the reply without a usage."""
        counts = orjson.loads(raw)

        if counts is None:
            raise UnparsableReply("nothing that can be read")

        return Completion(text="yes", model="m", usage=Usage(input_tokens=counts[0], output_tokens=counts[1]))

    def charge(self, share: float, *, excess: int = 1) -> tuple[int, int]:
        """Do the work of a call, and return its tokens: never none, ``excess`` times what may be."""
        tokens = excess * (1 + int(share * (MOST_TOKENS - 1))), excess * (1 + int(share * (MAX_TOKENS - 1)))
        self.bill += PRICE.cost(Usage(input_tokens=tokens[0], output_tokens=tokens[1]))

        return tokens

    def serve(self, number: int, how: str, share: float, *, excess: int = 1) -> None:
        """End the ``number``-th waiting call."""
        came, end = self.waiting.pop(number)
        came.set()

        if how == "refused":
            end.append(RateLimited("slow", retry_after=0.0))
            return

        given = self.charge(share, excess=excess)
        ends = {
            "answer": list(given),
            "no usage": None,
            "half a usage": [given[0], 0],
            "lost": ConnectionLost("gone"),
        }
        end.append(ends[how])


class Lives(RuleBasedStateMachine):
    """One session; between two of its lives there are only its durable records."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.till = Till()
        self.asked = 0
        self.has_overrun = False
        self.words: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.scopes: list[anyio.CancelScope] = []

    def teardown(self) -> None:
        self._end()
        self.runner.close()

    @initialize(cap=CAPS)
    def begin(self, cap) -> None:
        self._live([started(1, config=_config(cap))], cap)

    @rule(count=st.integers(1, 9))
    def ask(self, count) -> None:
        """Ask about some more documents at once."""
        self.runner.run(self._ask(count))

    @rule(which=SHARES, how=ENDS, share=SHARES)
    def serve(self, which, how, share) -> None:
        """End a call that is under way."""
        if self.till.waiting:
            self.till.serve(_at(which, self.till.waiting), how, share)
            self.runner.run(_steps())

    @rule(excess=st.integers(2, 9))
    def overrun(self, excess) -> None:
        """Bill more than was asked for, once."""
        if not self.till.waiting or self.has_overrun:
            return

        self.till.serve(0, "answer", 1.0, excess=excess)
        self.has_overrun = True
        self.runner.run(_steps())

        assert len(self.words) == 1

    @rule()
    def hold_the_disk(self) -> None:
        """Let nothing become durable for a while."""
        if self.journal.disk.is_set():
            self.journal.disk = anyio.Event()

    @rule()
    def let_the_disk(self) -> None:
        """Let everything become durable."""
        self.journal.disk.set()
        self.runner.run(_steps())

    @rule(which=SHARES)
    def cancel(self, which) -> None:
        """Cancel whoever asks; what is under way goes on."""
        if self.tasks:
            self.runner.run(self._cancel(self.scopes[_at(which, self.scopes)]))

    @rule(written=SHARES, done=SHARES, share=SHARES, released=st.lists(st.booleans()), cap=st.none() | CAPS)
    def kill(self, written, done, share, released, cap) -> None:
        """End the process; go on with the same cap or another, and perhaps with calls released."""
        if not self.tasks:
            return

        safe = len(self.journal.durable)
        records = self.journal.appended[: safe + int(written * (len(self.journal.appended) - safe))]
        pending = len(self.till.waiting)
        self._end()

        for _ in range(round(done * pending)):
            self.till.charge(share)  # the server does the work, though nobody is there any more

        given_up = compress(session_of(*records).uncertain.values(), released)
        cap = self.budget.cap if cap is None else cap
        resumed = Record(Kind.SESSION_RESUMED, {"config": _config(cap)})
        self._live([*records, *(call.released for call in given_up), resumed], cap)

    @invariant()
    def the_cap_holds(self) -> None:
        """Keep spent plus reserved, in memory and on the disk, within the cap, or what was gone before it."""
        if not hasattr(self, "budget") or self.has_overrun:
            return

        session = session_of(*self.journal.durable)

        assert self.budget.spent + self.budget.reserved <= self.most
        assert cost.units(session.spent) + cost.units(session.reserved) <= self.most

    @invariant()
    def the_books_cover_the_bill(self) -> None:
        """Know of no less than the server charged: of an overrun nobody knows until its reply is durable."""
        if hasattr(self, "budget") and not self.has_overrun:
            session = session_of(*self.journal.durable)
            known = map(cost.units, (session.spent, session.reserved, session.given_up))

            assert self.till.bill <= sum(known)

    @invariant()
    def no_unit_is_lost(self) -> None:
        """Keep the account that the records add up to; reserved beyond it is only what is not asked yet."""
        if hasattr(self, "budget"):
            session = session_of(*self.journal.appended)

            assert self.budget.spent == cost.units(session.spent)
            assert self.budget.reserved >= cost.units(session.reserved)

            if all(task.done() for task in self.tasks):
                assert self.budget.reserved == cost.units(session.reserved)

    async def _ask(self, count: int) -> None:
        for _ in range(count):
            self.asked += 1
            self.scopes.append(anyio.CancelScope())
            self.tasks.append(asyncio.create_task(self._one(self.asked, self.scopes[-1])))

        await _steps()

    async def _cancel(self, scope: anyio.CancelScope) -> None:
        scope.cancel()
        await _steps()

    async def _one(self, number: int, scope: anyio.CancelScope) -> None:
        prompt = Prompt(
            system="s", document=f"{number:06}", questions="q", schema=b"{}", max_tokens=MAX_TOKENS
        )
        try:
            with scope:
                await self.gate.ask(prompt, document=f"{number}.txt", parse=lambda reply: reply.text)
        except BudgetReached as error:
            assert error.least > cost.number(self.budget.cap)
        except RobasyncError:
            return

    def _live(self, records: list[Record], cap: int) -> None:
        session = session_of(*records)
        spent, uncertain = cost.units(session.spent), cost.units(session.reserved)
        replies = MemoryReplies()
        self.journal = MemoryJournal(replies)
        self.journal.append(*records)
        self.journal.commit()
        self.budget = Budget(cap, spent=spent, uncertain=uncertain, say=self.words.append)
        self.most = max(cap, spent + uncertain)
        self.gate = Gate(
            [Lane(self.till, limits=Limits(max_concurrency=50))],
            self.journal,
            replies=replies,
            session="own",
            budget=self.budget,
            price=PRICE,
            policy=Policy(attempts=2, first_pause=0.0),
        )
        self.words.clear()

    def _end(self) -> None:
        """Have the process die, and look at what it left."""
        self._check(self.journal.durable)
        self.runner.run(self._stop())
        self.tasks.clear()
        self.scopes.clear()
        self.till.waiting.clear()

    async def _stop(self) -> None:
        self.gate.stop_calls()

        for scope in self.scopes:
            scope.cancel()

        self.journal.disk.set()
        await asyncio.gather(*self.tasks)  # an error of the test, or of ours, comes up here

    def _check(self, records: list[Record]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            place = place_in(Path(folder))
            write_groups(place, [[record] for record in records])
            write_checkpoint(place)
            found = check(QuickFiles(), place, backup_folder=Path(folder), derived=lambda session: ())

        books = {Subject.JOURNAL, Subject.CALLS, Subject.COSTS, Subject.CHECKPOINT}
        wrong = [one for one in found.findings if one.subject in books and one.level is not Level.NOTE]

        assert not wrong


def _at(share: float, some: list) -> int:
    """Return a place in ``some``, ``share`` of the way to its end."""
    return round(share * (len(some) - 1))


async def _steps() -> None:
    for _ in range(STEPS):
        await asyncio.sleep(0)


def _config(cap: int) -> dict:
    model = {"name": "m", "model_name": "m", "price": {"input": 3, "output": 9}}

    return {"llm_models": [model], "cost_tracking": {"max_cost_threshold": cost.number(cap)}}


LONG = settings.get_current_profile_name() == "long"

TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=1_000 if LONG else 60,
    stateful_step_count=60 if LONG else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
