"""A gate of calls with all that it needs, in memory."""

from __future__ import annotations

from decimal import Decimal

from robasync import cost
from robasync.gate.budget import Budget
from robasync.gate.calls import Gate
from robasync.gate.limits import Limits
from robasync.gate.retry import Policy
from robasync.gate.sending import Lane
from robasync.model import Prompt
from robasync.providers.scripted import Scripted
from tests.memory_store import MemoryJournal, MemoryReplies

PROMPT = Prompt(system="Be exact.", document="A trial of 120 people.", questions="Random?", schema=b"{}")
PRICE = cost.Price(input=Decimal("2.5"), output=Decimal(10), cached=Decimal("1.25"))
QUICK = Policy(attempts=3, first_pause=0.0)


class Desk:
    """A gate with all that it needs, in memory."""

    def __init__(self, script, *, replies=None, session="own", cap=None, price=PRICE, policy=QUICK, **gate):
        self.replies = replies or MemoryReplies(session)
        self.journal = MemoryJournal(self.replies, session)
        self.provider = script if hasattr(script, "complete") else Scripted(script)
        self.budget = Budget(cap)
        self.limits = gate.pop("limits", None) or Limits()
        breaker = gate.pop("breaker", None)
        self.gate = Gate(
            [Lane(self.provider, limits=self.limits, breaker=breaker)],
            self.journal,
            replies=self.replies,
            session=session,
            budget=self.budget,
            price=price,
            policy=policy,
            **gate,
        )

    async def ask(self, prompt=PROMPT, parse=lambda completion: completion.text, document="a.pdf"):
        return await self.gate.ask(prompt, document=document, parse=parse)

    @property
    def kinds(self):
        return [record.kind.value for record in self.journal.appended]
