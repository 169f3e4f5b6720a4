"""Prices and what calls cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import cost
from robasync.errors import SettingsError
from robasync.model import Usage

PRICE = cost.Price(input=Decimal("2.5"), output=Decimal(10), cached=Decimal("1.25"))

rates = st.decimals(0, 1000, places=6)
maybe = st.none() | rates
made_of = {"input": rates, "output": rates, "cached": maybe, "written": maybe}
tiers = st.lists(st.builds(cost.Tier, above=st.integers(0, 300_000), **made_of), max_size=3).map(
    lambda found: tuple(sorted(found, key=lambda tier: tier.above))
)
prices = st.builds(cost.Price, tiers=tiers, **made_of)


def test_cost_counts_cached_tokens_at_their_own_price():
    """Input includes cached tokens; they are taken out of it and priced apart."""
    usage = Usage(input_tokens=1_000_000, output_tokens=1000, cached_tokens=400_000)

    assert PRICE.cost(usage) == cost.units("1.5") + cost.units("0.5") + cost.units("0.01")


def test_cached_tokens_cost_as_much_as_others_where_no_price_is_given():
    """A missing price for cached tokens never makes them free."""
    price = cost.Price(input=Decimal(2), output=Decimal(0))

    assert price.cost(Usage(input_tokens=10, cached_tokens=10)) == price.cost(Usage(input_tokens=10))


def test_more_cached_than_input_tokens_never_give_money_back():
    """A server's nonsense does not lower the bill below what was said to be used."""
    assert PRICE.cost(Usage(input_tokens=10, cached_tokens=1000)) == PRICE.cost(
        Usage(input_tokens=10, cached_tokens=10)
    )


@given(prices, st.lists(st.integers(0, 10**6), min_size=6, max_size=6))
def test_worst_case_is_never_less_than_the_cost(price, counts):
    """Whatever is cached, written, or falls into another tier: a call within its bounds costs no more."""
    tokens, output, cached, written, more, longer = counts
    usage = Usage(input_tokens=tokens, output_tokens=output, cached_tokens=cached, written_tokens=written)

    assert price.cost(usage) <= price.worst(input_tokens=tokens + more, output_tokens=output + longer)


@given(prices)
def test_a_recorded_price_is_the_same_price(price):
    """Numbers go through a record as text, tiers and batch with them: nothing is rounded."""
    price = replace(price, batch=price)

    assert cost.recorded(orjson.loads(orjson.dumps(price.body))) == price


@pytest.mark.parametrize(
    "body", [None, [], {}, {"input": "x", "output": 1}, {"input": 1, "output": 1, "tiers": [3]}]
)
def test_a_forged_price_is_refused(body):
    """What no price can be is an error of its own, whoever wrote it."""
    with pytest.raises(SettingsError):
        cost.recorded(body)


def test_a_long_input_is_priced_by_its_tier():
    """All tokens of a call cost what the highest tier takes that its input exceeds, none less."""
    price = replace(PRICE, tiers=(cost.Tier(above=200_000, input=Decimal(5), output=Decimal(15)),))
    at, beyond = (price.cost(Usage(input_tokens=tokens, output_tokens=100)) for tokens in (200_000, 200_001))

    assert at == cost.units("0.501")
    assert beyond == cost.units("1.000005") + cost.units("0.0015")


def test_a_converted_price_is_rounded_up():
    """At the twelfth place of a price per million; the note says by which rate."""
    price = cost.Price(input=Decimal(1), output=Decimal(3), source="a list")
    euros = price.converted(Decimal(1) / 3, currency="EUR", note="a third")

    assert (euros.input, euros.output) == (Decimal("0.333333333334"), Decimal(1))
    assert (euros.currency, euros.source) == ("EUR", "a list; a third")


@given(st.integers(0, 5 * 10**15))
def test_units_survive_the_journal(amount):
    """An amount written as a plain number comes back to the unit, up to five million."""
    assert cost.units(orjson.loads(orjson.dumps(cost.number(amount)))) == amount


def test_price_table_is_read():
    """Costs per 1,000 tokens become prices per million; comments are skipped."""
    row = {"input_cost_per_1k_tokens": 0.03, "output_cost_per_1k_tokens": 0.06, "currency": "eur"}
    content = orjson.dumps({"_comment": "x", "models": {"_note": "y", "m": row}})

    assert cost.read_prices(content, source="prices.json") == {
        "m": cost.Price(input=Decimal(30), output=Decimal(60), currency="EUR")
    }


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"{", "not JSON"),
        (b"[]", '"models" is missing'),
        (b'{"models": {"m": 3}}', "models.m"),
        (
            b'{"models": {"m": {"input_cost_per_1k_tokens": -1, "output_cost_per_1k_tokens": 1}}}',
            "input_cost",
        ),
        (b'{"models": {"m": {"input_cost_per_1k_tokens": 1}}}', "output_cost_per_1k_tokens is None"),
        (b'{"models": {"m": {"input_cost_per_1k_tokens": true}}}', "is True"),
        (b'{"models": {"m": {"input_cost_per_1k_tokens": "NaN"}}}', "NaN"),
    ],
)
def test_wrong_price_table_names_file_and_key(content, named):
    """A price that is none is refused with its place, never read as 0."""
    with pytest.raises(SettingsError, match=r"prices\.json") as caught:
        cost.read_prices(content, source="prices.json")

    assert named in str(caught.value)


def test_missing_price_file_is_a_settings_error(tmp_path):
    """The message names the path."""
    with pytest.raises(SettingsError, match=r"none\.json"):
        cost.load_prices(tmp_path / "none.json")


def test_price_of_settings():
    """A model's own price is per million tokens."""
    values = {"input": 2.5, "output": 10, "cached": 1.25}

    assert cost.price(values, source="llm_models[0].price") == PRICE
    with pytest.raises(SettingsError, match="currency"):
        cost.price(values | {"currency": "dollars"}, source="llm_models[0].price")


def test_input_that_is_written_to_a_cache_costs_a_quarter_more():
    """Where it costs more at all: it is counted once, a count beyond the input is not believed."""
    writing = PRICE.writing()
    fresh, written, cached = (
        writing.cost(Usage(input_tokens=1000, written_tokens=storing, cached_tokens=reading))
        for storing, reading in ((0, 0), (800, 0), (0, 800))
    )

    assert written == fresh + fresh * 8 // 10 // 4
    assert (
        writing.cost(Usage(input_tokens=1000, written_tokens=800, cached_tokens=800)) == cached + fresh // 20
    )
    assert PRICE.cost(Usage(input_tokens=1000, written_tokens=800)) == fresh
    assert replace(PRICE, written=Decimal(3)).writing().written == 3
