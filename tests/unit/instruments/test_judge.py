"""Judging: the whole legal answer space of every item, and every way an answer is no judgement."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import instruments
from robasync.instruments.absence import searched
from robasync.instruments.counting import shows
from robasync.instruments.judge import judge
from robasync.instruments.schema import Item, Rule, Thresholds
from robasync.model import Answer, Count, Evidence, ItemState, Judgement, Verification

ROBUST = instruments.load("robust-rct")
ANSWERS = [term.id for term in ROBUST.answers]
LEVELS = [term.id for term in ROBUST.levels]
THRESHOLDS = Thresholds()
QUOTE = "All 120 participants were randomised and 111 of them were analysed."
FOUND = Evidence(quote=QUOTE, verification=Verification.EXACT, page=1, start=0, end=67, score=1.0)
LOST = Evidence(quote="words that nobody wrote anywhere", verification=Verification.NOT_FOUND)


def of_rule(*rules: Rule) -> list[Item]:
    """Return the items that are judged by one of these rules."""
    return [item for item in ROBUST.items if item.rule in rules]


def counted(
    randomised: int | None, analysed: int | None, *, thresholds: Thresholds = THRESHOLDS
) -> Judgement:
    """Judge item 6 from two numbers that a found quote shows."""
    counts = (
        ("randomised", Count(value=randomised, quote=QUOTE)),
        ("analysed", Count(value=analysed, quote=QUOTE)),
    )
    shown = Evidence(quote=f"{randomised} and {analysed} people", verification=Verification.EXACT)

    return judge(ROBUST.item("6"), Answer(item="6", counts=counts), (shown,), thresholds=thresholds)


def test_identity_is_exhaustive() -> None:
    """Items 1 and 2: step 2 is step 1 by place, for every answer."""
    for item, (place, answer) in product(of_rule(Rule.IDENTITY), enumerate(ANSWERS)):
        judgement = judge(item, Answer(item=item.id, step1=answer), (FOUND,), thresholds=THRESHOLDS)

        assert (judgement.state, judgement.step1, judgement.level, judgement.rule) == (
            ItemState.JUDGED, answer, LEVELS[place], f"identity:{answer}",
        )  # fmt: skip


def test_stated_is_exhaustive() -> None:
    """Items 3 to 5: every pair is judged as stated or is a named contradiction, as the criteria have it."""
    for item, step1, step2 in product(of_rule(Rule.STATED), ANSWERS, LEVELS):
        judgement = judge(
            item, Answer(item=item.id, step1=step1, step2=step2), (FOUND,), thresholds=THRESHOLDS
        )
        high_though_blinded = step2 in LEVELS[2:] and step1 in ANSWERS[:2]
        low_though_not_sure = item.id == "4" and step2 == "definitely_low" and step1 != "definitely_yes"

        if high_though_blinded or low_though_not_sure:
            broken = "high_needs_not_blinded" if high_though_blinded else "definitely_low_needs_blinded"
            assert (judgement.state, judgement.step1, judgement.level) == (ItemState.INCOMPLETE, None, None)
            assert judgement.rule == f"stated:{broken}"
            assert "contradict" in judgement.notes[0]
        else:
            assert (judgement.state, judgement.step1, judgement.level) == (ItemState.JUDGED, step1, step2)
            assert judgement.rule == f"stated:{step1}-{step2}"


def test_level_is_exhaustive() -> None:
    """Optional items: the level is the stated one, and there is no step 1."""
    for item, level in product(of_rule(Rule.LEVEL), LEVELS):
        judgement = judge(item, Answer(item=item.id, step2=level), (FOUND,), thresholds=THRESHOLDS)

        assert (judgement.state, judgement.step1, judgement.level) == (ItemState.JUDGED, None, level)
        assert judgement.rule == f"level:{level}"


@pytest.mark.parametrize(
    ("analysed", "level", "row"),
    [
        (1000, "definitely_low", "<5"),
        (951, "definitely_low", "<5"),
        (950, "probably_low", "5-10"),
        (901, "probably_low", "5-10"),
        (900, "probably_high", "10-15"),
        (851, "probably_high", "10-15"),
        (850, "definitely_high", ">=15"),
        (1, "definitely_high", ">=15"),
    ],
)
def test_thresholds_are_strict(analysed: int, level: str, row: str) -> None:
    """A share that reaches a threshold belongs to the level above it."""
    judgement = counted(1000, analysed)

    assert (judgement.state, judgement.level, judgement.rule) == (
        ItemState.JUDGED,
        level,
        f"share_missing:{row}",
    )


@given(st.integers(1, 3000), st.data())
def test_share_is_exact(randomised: int, draw: st.DataObject) -> None:
    """Every possible pair is judged by the exact share, never by a rounded one."""
    analysed = draw.draw(st.integers(1, randomised))
    missing = randomised - analysed
    place = (
        0
        if missing * 20 < randomised
        else 1
        if missing * 10 < randomised
        else 2
        if missing * 100 < 15 * randomised
        else 3
    )

    assert counted(randomised, analysed).level == LEVELS[place]


@pytest.mark.parametrize(
    ("randomised", "analysed"), [(100, 101), (0, 0), (100, 0), (-5, -6), (100, -1), (-1, 5)]
)
def test_impossible_numbers(randomised: int, analysed: int) -> None:
    """Numbers that cannot be are no judgement."""
    judgement = counted(randomised, analysed)

    assert (judgement.state, judgement.level, judgement.rule) == (
        ItemState.INCOMPLETE,
        None,
        "share_missing:impossible",
    )


def test_the_origin_of_thresholds() -> None:
    """Thresholds that nobody set are shown as an example; the share is shown with them."""
    example = counted(120, 111)
    own = counted(
        120,
        111,
        thresholds=Thresholds(definitely_low=2, probably_low=4, probably_high=7.5, prespecified=True),
    )

    assert example.notes == (
        "9 of 120 randomised participants (7.5%) are not in the analysis",
        "example thresholds, not pre-specified: 5/10/15 %",
    )
    assert own.notes[1] == "pre-specified thresholds: 2/4/7.5 %"
    assert (own.level, own.rule) == ("definitely_high", "share_missing:>=7.5")


@pytest.mark.parametrize(
    ("randomised", "analysed", "note"),
    [(None, 5, "randomised"), (5, None, "analysed"), (None, None, "randomised and the number analysed")],
)
def test_a_number_not_reported(randomised: int | None, analysed: int | None, note: str) -> None:
    """A number that is not reported leaves the item not reported, and says which number."""
    judgement = counted(randomised, analysed)

    assert (judgement.state, judgement.level) == (ItemState.NOT_REPORTED, None)
    assert note in judgement.notes[0]


def test_a_number_must_stand_in_its_quote() -> None:
    """A number that no found quote shows is not verified."""
    counts = (("randomised", Count(value=120, quote=QUOTE)), ("analysed", Count(value=99, quote=QUOTE)))
    judgement = judge(ROBUST.item("6"), Answer(item="6", counts=counts), (FOUND,), thresholds=THRESHOLDS)

    assert (judgement.state, judgement.level) == (ItemState.UNVERIFIED, None)
    assert "analysed, 99" in judgement.notes[0]


@pytest.mark.parametrize("item", ROBUST.items, ids=lambda item: item.id)
def test_no_judgement(item: Item) -> None:
    """Missing and not reported are states of their own for every item, and never a level."""
    missing = judge(item, None, (), thresholds=THRESHOLDS)
    silent = Answer(
        item=item.id, counts=tuple((count.id, Count(value=None, quote="")) for count in item.counts)
    )
    not_reported = judge(item, silent, (FOUND,), thresholds=THRESHOLDS)

    assert (missing.state, missing.level, missing.rule) == (
        ItemState.INCOMPLETE,
        None,
        f"{item.rule}:missing",
    )
    assert (not_reported.state, not_reported.level, not_reported.step1) == (
        ItemState.NOT_REPORTED,
        None,
        None,
    )
    assert not_reported.rule == f"{item.rule}:not_reported"


@pytest.mark.parametrize("item", ROBUST.items, ids=lambda item: item.id)
@pytest.mark.parametrize("evidence", [(), (LOST,), (LOST, LOST)], ids=len)
def test_unverified(item: Item, evidence: tuple[Evidence, ...]) -> None:
    """An answer none of whose quotes stands in the document supports nothing."""
    answer = Answer(
        item=item.id,
        step1=ANSWERS[0] if item.rule.asks_answer else None,
        step2=LEVELS[0] if item.rule.asks_level else None,
        counts=tuple((count.id, Count(value=120, quote=QUOTE)) for count in item.counts),
        reason="Because.",
    )
    judgement = judge(item, answer, evidence, thresholds=THRESHOLDS)

    assert (judgement.state, judgement.step1, judgement.level) == (ItemState.UNVERIFIED, None, None)
    assert (judgement.evidence, judgement.support) == (evidence, "Because.")


def test_some_quotes_lost() -> None:
    """One found quote supports the answer; those not found are counted in a note."""
    judgement = judge(
        ROBUST.item("1"), Answer(item="1", step1=ANSWERS[0]), (LOST, FOUND), thresholds=THRESHOLDS
    )

    assert judgement.state is ItemState.JUDGED
    assert judgement.notes == ("1 of 2 quotes were not found in the document and support nothing",)


@pytest.mark.parametrize(
    ("item", "answer", "row"),
    [
        ("1", Answer(item="1", step1="maybe"), "identity:unknown_answer"),
        ("1", Answer(item="1", step1="probably_yes", step2="definitely_low"), "identity:step2_differs"),
        ("3", Answer(item="3", step1="probably_yes"), "stated:step_missing"),
        ("3", Answer(item="3", step2="probably_low"), "stated:step_missing"),
        ("3", Answer(item="3", step1="probably_yes", step2="low"), "stated:unknown_answer"),
        ("opt1", Answer(item="opt1", step2="low"), "level:unknown_answer"),
        (
            "6",
            Answer(item="6", counts=(("randomised", Count(value=1, quote="")),)),
            "share_missing:count_missing",
        ),
    ],
)
def test_incomplete(item: str, answer: Answer, row: str) -> None:
    """An answer with a part missing or unknown is incomplete, and the row says why."""
    judgement = judge(ROBUST.item(item), answer, (FOUND,), thresholds=THRESHOLDS)

    assert (judgement.state, judgement.level, judgement.rule) == (ItemState.INCOMPLETE, None, row)
    assert judgement.notes


@pytest.mark.parametrize(("evidence", "step1"), [(FOUND, "definitely_no"), (LOST, None)])
def test_a_found_first_step_is_kept_where_the_second_is_missing(
    evidence: Evidence, step1: str | None
) -> None:
    """That somebody was not blinded helps the person who judges whether it mattered."""
    answer = Answer(item="3", step1="definitely_no")
    judgement = judge(ROBUST.item("3"), answer, (evidence,), thresholds=THRESHOLDS)

    assert (judgement.state, judgement.step1, judgement.level) == (ItemState.INCOMPLETE, step1, None)


def test_identity_with_the_right_level() -> None:
    """A step 2 that agrees with step 1 does no harm, although it is not asked for."""
    answer = Answer(item="1", step1="probably_no", step2="probably_high")

    assert judge(ROBUST.item("1"), answer, (FOUND,), thresholds=THRESHOLDS).level == "probably_high"


@pytest.mark.parametrize(
    ("quote", "value"),
    [
        ("120 patients", 120),
        ("1,200 patients", 1200),
        ("1 200 patients", 1200),
        ("58 patients in one group and 53 in the other", 111),
        ("One hundred and twenty patients", 120),
        ("a hundred twenty-five patients", 125),
        ("two thousand three hundred and five", 2305),
        ("(n=30)", 30),
        ("12.5 mg in 40 patients", 40),
    ],
)
def test_shown_numbers(quote: str, value: int) -> None:
    """A number is shown in digits, in words, or by its groups."""
    assert shows(quote, value)


@pytest.mark.parametrize(
    ("quote", "value"),
    [("12.5 mg", 12), ("120 patients", 12), ("no number", 0), ("120", None), ("twenty", 120)],
)
def test_numbers_not_shown(quote: str, value: int | None) -> None:
    """A part of a number or of a decimal fraction is not that number."""
    assert not shows(quote, value)


@given(st.text(max_size=200), st.integers(-(10**9), 10**9))
def test_any_quote(quote: str, value: int) -> None:
    """Whatever the quote, the answer is yes or no."""
    assert shows(quote, value) in (True, False)


def test_searched() -> None:
    """What was looked for is listed with its hits, whatever the case."""
    terms = searched(ROBUST.item("2"), "The list was concealed; CONCEALED from all. Sealed.".casefold())

    assert terms[:3] == ("'conceal' 2", "'sealed' 1", "'envelope' 0")
