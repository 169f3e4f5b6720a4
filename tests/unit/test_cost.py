"""Prices and what calls cost."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import cost
from robasync.errors import SettingsError
from robasync.model import Usage

PRICE = cost.Price(input=Decimal("2.5"), output=Decimal(10), cached=Decimal("1.25"))


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


@given(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**6))
def test_worst_case_is_never_less_than_the_cost(tokens, output, cached):
    """Whatever part is cached, a call costs at most what it reserved."""
    usage = Usage(input_tokens=tokens, output_tokens=output, cached_tokens=min(cached, tokens))

    assert PRICE.cost(usage) <= PRICE.worst(input_tokens=tokens, output_tokens=output)


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
    """It is counted once, beside what was cached; a count beyond the input is not believed."""
    fresh, written, cached = (
        PRICE.cost(Usage(input_tokens=1000, written_tokens=writing, cached_tokens=reading))
        for writing, reading in ((0, 0), (800, 0), (0, 800))
    )

    assert written == fresh + fresh * 8 // 10 // 4
    assert PRICE.cost(Usage(input_tokens=1000, written_tokens=800, cached_tokens=800)) == cached + fresh // 20
