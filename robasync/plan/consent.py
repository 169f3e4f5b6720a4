"""Who agreed to what a run costs: nobody pays more than that. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

MOST = 1e12  # of a currency; nobody agrees to more


class How(StrEnum):
    """How somebody agreed."""

    ASKED = "asked"  # shown the plan, and answered yes
    YES = "yes"  # beforehand, to whatever it costs
    CAP = "cap"  # beforehand, to a cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the session may cost in all: ``amount``, None for whatever it costs.

    It is for up to so many ``documents``, asked of whom and at the price that ``terms`` names.
    """

    how: How
    amount: float | None
    currency: str
    terms: str
    documents: int

    @property
    def limit(self) -> float | None:
        """What an answer to the question limits the session to; None where nothing does, or the cap does."""
        return self.amount if self.how is How.ASKED else None

    def is_for(self, terms: str, documents: int) -> bool:
        """Return whether it covers so many documents on these terms, whatever each of them costs."""
        return self.how is not How.CAP and self.terms == terms and documents <= self.documents

    def leaves(self, amount: float, currency: str) -> bool:
        """Return whether the session may cost ``amount`` in all."""
        return self.amount is not None and self.currency == currency and amount <= self.amount

    @property
    def body(self) -> dict[str, Any]:
        """The consent as the journal keeps it."""
        return {
            "how": self.how.value,
            "amount": self.amount,
            "currency": self.currency,
            "terms": self.terms,
            "documents": self.documents,
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self | None:
        """Return the consent that a journal holds; None for anything else, which nobody agreed to."""
        how, amount = body.get("how"), body.get("amount")
        currency, terms, documents = (body.get(name) for name in ("currency", "terms", "documents"))

        if (
            how not in tuple(How)
            or not (amount is None or (type(amount) in (int, float) and 0 <= amount < MOST))
            or (amount is None and how != How.YES)
            or not (isinstance(currency, str) and isinstance(terms, str) and type(documents) is int)
        ):
            return None

        return cls(how=How(how), amount=amount, currency=currency, terms=terms, documents=documents)


def limit(cap: float | None, consent: Mapping[str, Any]) -> float | None:
    """Return what a session may cost in all: its cap, else what was agreed to; None for no limit."""
    known = Consent.from_body(consent)

    return known.limit if cap is None and known is not None else cap
