"""Consent: who is asked when, what the answer covers, and what it limits the session to."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import cost
from robasync.app import agreeing, assembly
from robasync.app.budgeting import budget
from robasync.errors import UsageError
from robasync.plan.consent import Consent, How, limit
from robasync.session import Session
from robasync.settings import load
from robasync.store.null import NullJournal

MODEL = {"name": "m", "base_url": "http://127.0.0.1:9/v1", "price": {"input": 1, "output": 2}}


@dataclass
class Payer:
    """Answers as it is told to, and remembers what it was shown."""

    yes: bool = False
    says: bool = True
    is_there: bool = True
    shown: list[float] = field(default_factory=list)
    looks: int = 0  # at the files, on their behalf

    def be_there(self) -> None:
        if not self.is_there:
            raise UsageError("nobody")

    def agrees(self, forecast) -> bool:
        self.shown.append(forecast.estimate.most)

        return self.says


def agreed(payer, *, known=None, most=3.0, calls=5, documents=10, spent=0.0, cap=None, **model):
    """Return the consent, and how often a forecast was made for it."""
    settings = load(
        overrides={"llm_models": [MODEL | model], "cost_tracking.max_cost_threshold": cap}, environment=False
    )
    session = Session()
    session.consent = known.body if known else {}

    if spent:
        session.spend["m"] = SimpleNamespace(cost=spent)

    def foresee():
        payer.looks += 1

        return SimpleNamespace(calls=calls, estimate=SimpleNamespace(most=most))

    consent = agreeing.consent(
        payer,
        plan=assembly.plan(settings, model=None),
        settings=settings,
        session=session,
        documents=documents,
        foresee=foresee,
    )

    return consent, payer.looks


def test_a_yes_to_the_question_is_a_cap():
    """Whoever is shown "at most 3" agrees to that and no more; what was spent before is part of it."""
    payer = Payer()
    consent, looks = agreed(payer, spent=0.5)

    assert (consent.how, consent.amount, looks, payer.shown) == (How.ASKED, 3.5, 1, [3.0])
    assert limit(None, consent.body) == 3.5


def test_what_was_agreed_to_is_the_budget():
    """The account of the run knows the sum as its cap; a cap of the settings takes its place."""
    session = Session()
    session.consent = agreed(Payer())[0].body
    opened = SimpleNamespace(session=session, spent=0.0)

    def cap(amount):
        settings = load(overrides={"cost_tracking.max_cost_threshold": amount}, environment=False)

        return budget(settings, opened, journal=NullJournal(on_commit=lambda _: None)).cap

    assert [cap(None), cap(7.0)] == [cost.units(3.0), cost.units(7.0)]


def test_a_no_ends_it():
    """Without consent nothing is sent."""
    with pytest.raises(UsageError, match="Nothing was sent"):
        agreed(Payer(says=False))


def test_nobody_reads_a_folder_for_a_question_that_nobody_can_answer():
    """Without a terminal the command ends at once, not after minutes of reading."""
    payer = Payer(is_there=False)

    with pytest.raises(UsageError, match="nobody"):
        agreed(payer)

    assert payer.looks == 0


@pytest.mark.parametrize(("how", "options"), [(How.YES, {}), (How.CAP, {"cap": 5.0})])
def test_a_yes_beforehand_and_a_cap_delay_nothing(how, options):
    """Neither a question nor a look at the files comes before the first call."""
    payer = Payer(yes=how is How.YES, is_there=False)
    consent, looks = agreed(payer, **options)

    assert (consent.how, consent.amount, looks) == (how, options.get("cap"), 0)
    assert limit(options.get("cap"), consent.body) == options.get("cap")


@pytest.mark.parametrize("how", [How.YES, How.ASKED])
def test_on_the_same_terms_nobody_is_asked_again(how):
    """A restart, for the same documents or fewer, needs nobody: not even a look at the rest."""
    first, _ = agreed(Payer(yes=how is How.YES))

    assert agreed(Payer(is_there=False), known=first) == (first, 0)
    assert agreed(Payer(is_there=False), known=first, documents=9) == (first, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"documents": 11},
        {"price": {"input": 1, "output": 3}},
        {"base_url": "http://127.0.0.1:10/v1"},
        {"model_name": "other"},
    ],
)
@pytest.mark.parametrize("how", list(How))
def test_on_other_terms_whoever_pays_is_asked_anew(how, other):
    """New documents, another price, host or model: unless the rest stays within the agreed amount."""
    first, _ = agreed(Payer(yes=how is How.YES), cap=3.0 if how is How.CAP else None)
    payer = Payer()
    again, _ = agreed(payer, known=first, most=4.0, **other)

    assert (payer.shown, again.how, again.amount) == ([4.0], How.ASKED, 4.0)

    payer = Payer(is_there=False)

    if how is How.YES:  # there is no amount to stay within
        with pytest.raises(UsageError, match="nobody"):
            agreed(payer, known=first, most=2.0, **other)
    else:
        within, _ = agreed(payer, known=first, most=2.0, spent=1.0, **other)
        assert (within.how, within.amount, payer.shown) == (How.ASKED, 3.0, [])


def test_a_cap_that_is_lifted_is_no_consent_to_more():
    """On the same terms too: only what stays within it goes on without a question, and within it."""
    first, _ = agreed(Payer(), cap=3.0)
    payer = Payer()

    assert agreed(payer, known=first, most=4.0)[0].amount == 4.0
    assert payer.shown == [4.0]
    assert agreed(Payer(is_there=False), known=first, most=2.0)[0].amount == 3.0


@pytest.mark.parametrize("price", [{"input": 0, "output": 0}, {"input": 0, "output": 0, "cached": 0}])
def test_what_costs_nothing_asks_nobody(price):
    """A local model is used as freely as the baseline."""
    assert agreed(Payer(is_there=False), price=price) == (None, 0)


def test_where_nothing_is_asked_nobody_is():
    """All answers are recorded: the run is free, whatever its model costs."""
    payer = Payer()

    assert agreed(payer, calls=0) == (None, 1)
    assert not payer.shown


consents = st.builds(
    Consent,
    how=st.sampled_from([How.ASKED, How.CAP]),
    amount=st.floats(0, 1e6),
    currency=st.just("USD"),
    terms=st.text(max_size=5),
    documents=st.integers(0, 10**6),
)


@given(consents)
def test_a_consent_is_read_as_it_was_written(consent):
    """From the journal comes back what went into it."""
    assert Consent.from_body(consent.body) == consent


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(consents, st.sampled_from(["how", "amount", "currency", "terms", "documents"]), json_values)
def test_a_forged_consent_is_none_or_has_a_limit(consent, name, value):
    """Whatever a record holds: no consent, or one whose sum is a number; none lacks it but by --yes."""
    found = Consent.from_body(consent.body | {name: value})

    assert found is None or found.how is How.YES or found.amount >= 0
