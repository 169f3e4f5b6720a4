"""What a load costs and takes: tokens, money and time, by assumptions and by what was measured. Pure."""

from __future__ import annotations

from dataclasses import asdict, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import cost
from robasync.model import Usage
from robasync.plan import duration, tokens
from robasync.plan.duration import Bound, Pace, makespan
from robasync.plan.estimate import Terms, estimate
from robasync.plan.load import Load, Measured
from robasync.plan.tokens import OUTPUT_PER_QUESTION, Tokens

PRICE = cost.Price(input=Decimal(1), output=Decimal(2), cached=Decimal("0.5"))
TERMS = Terms(
    price=PRICE,
    currency="USD",
    wire="openai",
    max_tokens=1_000,
    attempts=3,
    replies=2,
    pace=Pace(workers=1),
)
REPLY = {
    "size": 4_000,
    "questions": 10,
    "input_tokens": 1_200,
    "cached_tokens": 300,
    "output_tokens": 450,
    "seconds": 2.0,
}

counts = st.integers(0, 10**6)


@st.composite
def replies(draw):
    """Draw replies as servers may report them, sensible or not."""
    found = Measured()

    for _ in range(draw(st.integers(0, 3))):
        found = found.with_reply(
            size=draw(counts),
            questions=draw(st.integers(0, 20)),
            input_tokens=draw(counts),
            cached_tokens=draw(counts),
            written_tokens=draw(counts),
            output_tokens=draw(counts),
            seconds=draw(st.floats(0, 100)),
        )

    return found


@st.composite
def loads(draw):
    """Draw loads as a rehearsal counts them: every attempt reserves what its prompt may cost."""
    calls, size = draw(st.integers(0, 500)), draw(st.integers(0, 20_000))
    reserved = PRICE.worst(input_tokens=size + 256, output_tokens=TERMS.max_tokens)

    return Load(
        documents=min(calls, draw(st.integers(1, 50))),
        calls=calls,
        size=calls * size,
        questions=calls * draw(st.integers(1, 15)),
        reserved=calls * reserved,
        shared=draw(st.integers(0, calls)) * size // 2,
        repeated=draw(st.integers(0, calls)) * size // 2,
    )


@given(loads(), replies())
def test_the_likely_cost_is_never_above_the_most(load, measured):
    """Whatever replies have told: 0 <= likely <= most, and most is at least one attempt at each call."""
    found = estimate(load, measured, TERMS)

    assert 0 <= found.likely <= found.most
    assert found.most >= cost.number(load.reserved)
    assert found.duration.seconds >= 0
    assert found.tokens.output <= load.calls * TERMS.max_tokens
    assert found.tokens.cached + found.tokens.written <= found.tokens.input


@given(st.integers(1, 100), st.integers(1, 50))
def test_a_load_like_the_measured_one_is_reckoned_as_it_was_billed(replies, calls):
    """So many calls of the same kind cost as much each: to the token, whatever a call's share was."""
    measured = Measured()

    for _ in range(replies):
        measured = measured.with_reply(**REPLY)

    load = Load(documents=calls, calls=calls, size=calls * 4_000, questions=calls * 10, reserved=10**12)
    one = PRICE.cost(Usage(input_tokens=1_200, cached_tokens=300, output_tokens=450))
    found = estimate(load, measured, TERMS)

    assert found.tokens == Tokens(input=calls * 1_200, cached=calls * 300, output=calls * 450)
    assert found.likely == cost.number(calls * one)
    assert (found.replies, found.duration.a_call) == (replies, pytest.approx(2.0))


def test_a_long_input_is_dear_for_each_call_not_for_their_sum():
    """Rates for calls above so many tokens do not apply because many short ones add up to that."""
    tier = cost.Tier(above=2_000, input=Decimal(10), output=Decimal(20))
    load = Load(documents=100, calls=100, size=400_000, questions=100, reserved=10**12)
    flat, tiered = (
        estimate(load, Measured(), replace(TERMS, price=replace(PRICE, tiers=tiers)))
        for tiers in ((), (tier,))
    )

    assert flat.likely == tiered.likely


def test_before_the_first_reply_the_assumptions_count():
    """Bytes by the wire's share of a token, a hundred tokens for each question, and sixty a second."""
    load = Load(documents=1, calls=1, size=7_000, questions=3)
    assumed = [
        tokens.likely(load, Measured(), wire=wire, max_tokens=4_096) for wire in ("openai", "anthropic")
    ]

    assert [one.input for one in assumed] == [1_750, 2_000]
    assert assumed[0].output == 3 * OUTPUT_PER_QUESTION
    assert duration.a_call_takes(load, assumed[0], Measured()) == 1 + 300 / 60


@pytest.mark.parametrize(("wire", "written"), [("openai", 0), ("gemini", 0), ("anthropic", 2_000)])
def test_before_the_first_reply_what_calls_repeat_of_a_document_is_cached(wire, written):
    """The first call on a document brings it into the cache, for money on one wire; the others read it."""
    load = Load(documents=1, calls=3, size=24_000, questions=3, shared=7_000, repeated=14_000)
    found = tokens.likely(load, Measured(), wire=wire, max_tokens=4_096)

    assert found.cached == 14_000 / tokens.bytes_per_token(wire)
    assert found.written == written


def test_replies_to_other_questions_do_not_tell_what_is_cached():
    """A pilot of one call a document says nothing of several on each, and the other way round."""
    together = Measured().with_reply(**{**REPLY, "questions": 15, "cached_tokens": 0})
    divided = Measured().with_reply(**{**REPLY, "questions": 1, "cached_tokens": 900})
    one = Load(documents=1, calls=1, size=4_000, questions=15)
    many = Load(documents=1, calls=14, size=56_000, questions=15, shared=3_000, repeated=39_000)

    def cached(load, measured):
        return tokens.likely(load, measured, max_tokens=4_096).cached

    assert cached(many, together) == round(39_000 * 0.3)
    assert cached(many, divided) == round(56_000 * 0.3 * 0.75)
    assert cached(one, together) == cached(one, divided) == 0


def test_writing_to_a_cache_is_part_of_the_likely_cost():
    """Where it has a price of its own, the first call on each document is dearer by it."""
    load = Load(documents=1, calls=2, size=8_000, questions=2, reserved=10**12, shared=3_500, repeated=3_500)
    terms = replace(TERMS, wire="anthropic", price=replace(PRICE, cached=Decimal(0), written=Decimal(3)))
    free = replace(terms, price=replace(terms.price, written=Decimal(1)))

    assert estimate(load, Measured(), terms).tokens.written == 1_000
    assert estimate(load, Measured(), terms).likely == pytest.approx(
        estimate(load, Measured(), free).likely + 1_000 * 2 / 1e6
    )


def test_a_call_that_writes_more_takes_longer():
    """What a pilot took is told apart into waiting for an answer to begin and writing it."""
    measured = Measured().with_reply(**{**REPLY, "seconds": 10.0})
    load = Load(documents=1, calls=1, size=4_000, questions=10)
    times = [
        duration.a_call_takes(load, Tokens(input=1_000, cached=0, output=written), measured)
        for written in (450, 0, 900)
    ]

    assert times == [10.0, 1.0, 19.0]


@pytest.mark.parametrize(
    ("pace", "measured", "is_guess"),
    [
        (Pace(workers=10), Measured(), True),
        (Pace(workers=10), Measured().with_reply(**REPLY), False),
        (Pace(workers=10, requests_per_minute=60), Measured(), False),
        (Pace(workers=10, requests_per_minute=6_000), Measured(), True),
        (Pace(workers=10, is_instant=True), Measured(), False),
    ],
)
def test_a_time_that_nobody_has_measured_or_stated_is_a_guess(pace, measured, is_guess):
    """It depends on an assumed speed only where that is what a run would wait for."""
    load = Load(documents=100, calls=100, size=10_000, questions=1_000)
    taken = Tokens(input=20_000, cached=0, output=45_000)

    assert duration.likely(load, taken, measured, pace=pace).is_guess is is_guess


def test_the_baseline_takes_no_longer_than_reading():
    """No model is waited for."""
    load = Load(documents=100, calls=100, size=10_000, questions=1_000)
    pace = Pace(workers=1, is_instant=True)
    found = duration.likely(
        load, Tokens(input=0, cached=0, output=0), Measured(), pace=pace, reading_seconds=3.0
    )

    assert (found.seconds, found.bound) == (3.0, Bound.READING)


def test_the_most_counts_every_attempt_and_every_correction():
    """Three failures, or two replies that say nothing, end a call; its correction has three attempts more."""
    load = Load(documents=1, calls=1, size=1_000, questions=1, reserved=1_000)
    shown = PRICE.worst(input_tokens=TERMS.max_tokens + 4_096, output_tokens=0)
    found = estimate(load, Measured(), TERMS)

    assert (found.attempts, found.corrections, found.max_tokens) == ((3 + 2 - 1) + 3, 3, 1_000)
    assert found.most == cost.number(7 * 1_000 + 3 * shown)


def test_an_unknown_price_is_not_made_up():
    """Without a price, of the model or of one call, there are tokens and a time but no sums."""
    load = Load(documents=1, calls=1, size=400, questions=1, reserved=10)
    found = [
        estimate(load, Measured(), replace(TERMS, price=None)),
        estimate(replace(load, reserved=None), Measured(), TERMS),
    ]

    assert [(one.likely, one.most) for one in found] == [(None, None)] * 2
    assert found[0].tokens.input == 100


@given(st.integers(0, 30), st.integers(1, 5), st.integers(1, 8), st.integers(1, 8) | st.none())
def test_a_schedule_is_bounded_by_the_work_and_by_the_slots(documents, calls, workers, at_once):
    """No schedule is shorter than its longest chain or its work over its slots, or longer than one by one."""
    found = makespan(documents, calls, Pace(workers=workers, at_once=at_once), a_call=1.0)
    widest = at_once or workers * calls
    chain = min(calls, 2) if documents else 0

    assert max(chain, -(-documents * calls // widest), -(-documents // workers)) <= found
    assert found <= documents * calls


@pytest.mark.parametrize(
    ("documents", "calls", "workers", "at_once", "expected"),
    [(10, 1, 4, None, 3), (10, 1, 4, 2, 5), (2, 3, 2, None, 2), (2, 3, 1, None, 4), (4, 14, 4, 4, 14)],
)
def test_a_schedule_of_a_few_documents(documents, calls, workers, at_once, expected):
    """One call each goes in waves of the workers; of several the first goes ahead, the rest together."""
    assert makespan(documents, calls, Pace(workers=workers, at_once=at_once), a_call=2.0) == 2.0 * expected


def test_limits_that_are_to_be_found_take_time():
    """Two calls at once, then four, then all eight: after each call, of long ones after each second."""
    pace = Pace(workers=8, first=2)

    assert makespan(30, 1, pace, a_call=0.5) == 2.5
    assert makespan(8, 1, pace, a_call=10.0) == 12.0
    assert makespan(30, 1, replace(pace, first=None), a_call=0.5) == 2.0


@pytest.mark.parametrize(
    ("pace", "reading", "bound", "seconds"),
    [
        (Pace(workers=10), 0.0, Bound.REPLIES, 20.0),
        (Pace(workers=10, requests_per_minute=60), 0.0, Bound.REQUESTS, 100.0),
        (Pace(workers=10, tokens_per_minute=1_000), 0.0, Bound.TOKENS, 3_900.0),
        (Pace(workers=10), 50.0, Bound.READING, 50.0),
    ],
)
def test_the_slowest_part_says_how_long_it_takes(pace, reading, bound, seconds):
    """A hundred calls of two seconds, ten at a time, unless a rate or the reading of the files is slower."""
    load = Load(documents=100, calls=100, size=10_000, questions=1_000)
    taken = Tokens(input=20_000, cached=0, output=45_000)
    found = duration.likely(load, taken, Measured().with_reply(**REPLY), pace=pace, reading_seconds=reading)

    assert (found.bound, found.seconds) == (bound, pytest.approx(seconds))


def test_a_large_folder_takes_as_long_per_document_as_a_small_one():
    """Not each of a million documents is lined up; the time grows with them all the same."""
    taken, measured = Tokens(input=0, cached=0, output=0), Measured().with_reply(**REPLY)

    def seconds(documents):
        load = Load(documents=documents, calls=14 * documents, questions=14 * documents)

        return duration.likely(load, taken, measured, pace=Pace(workers=4, at_once=8)).seconds

    assert seconds(1_000_000) == pytest.approx(1_000 * seconds(1_000))


@given(loads(), st.integers(1, 100), st.integers(1, 100))
def test_a_scaled_load_keeps_its_shares(load, part, more):
    """Each sum grows by the same factor, to the nearest."""
    whole = part + more
    grown = load.scaled(part, whole)

    for name in asdict(load):
        assert abs(getattr(grown, name) - getattr(load, name) * whole / part) <= 0.5 + 1e-6 * getattr(
            grown, name
        )

    assert load.scaled(part, part) is load
