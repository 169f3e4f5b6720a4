"""The published prices: taken from the package alone, and as the package itself reckons them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import ROUND_CEILING

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import TimeOfDateConstraint
from genai_prices.types import Usage as Reckoned

from robasync import cost
from robasync.model import Usage

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
USAGES = (
    Usage(input_tokens=12_345, output_tokens=678, cached_tokens=1_000),
    Usage(input_tokens=250_001, output_tokens=4_000, cached_tokens=100_000, written_tokens=50_000),
)


def price(provider, address, model):
    return cost.known(provider=provider, address=address, model=model, moment=NOON)


@pytest.mark.parametrize(
    ("provider", "address", "model", "found"),
    [
        ("openai", "https://api.openai.com/v1", "gpt-4o", "openai gpt-4o"),
        ("openai", "https://api.groq.com/openai/v1", "llama-3.1-8b-instant", "groq llama-3.1-8b-instant"),
        ("azure", "https://lab.openai.azure.com", "gpt-4o", "azure gpt-4o"),
        (
            "anthropic",
            "https://gateway.example.org/anthropic",
            "claude-sonnet-4-5",
            "anthropic claude-sonnet-4-5",
        ),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta",
            "gemini-2.5-pro",
            "google gemini-2.5-pro",
        ),
        ("litellm", "http://127.0.0.1:4000/v1", "anthropic/claude-sonnet-4-5", "anthropic claude-sonnet-4-5"),
        ("xai", "https://api.x.ai/v1", "grok-3", "x-ai grok-3"),
    ],
)
def test_a_model_is_found_by_provider_address_and_name(provider, address, model, found):
    """The source names the package's version, whose prices they are, and the day."""
    assert f", {found}, as of 2026-11-24" in price(provider, address, model).source


@pytest.mark.parametrize(
    ("provider", "address", "model"),
    [
        ("openai", "http://127.0.0.1:8000/v1", "gpt-4o"),
        ("openai", "https://api.openai.com.example.org/v1", "gpt-4o"),
        ("openai", "https://api.openai.com/v1", "no-such-model"),
        ("ollama", "http://10.0.0.1:11434/v1", "llama3"),
        ("litellm", "http://127.0.0.1:4000/v1", "ours"),
    ],
)
def test_whose_price_it_is_must_be_certain(provider, address, model):
    """A wire is spoken by many, and a host may begin like another one: a name alone proves nothing."""
    assert price(provider, address, model) is None


def test_prices_by_length_cache_and_batch_are_taken_over():
    """What a long input, the reading and writing of a cache, and a batch cost at Anthropic."""
    found = price("anthropic", "https://api.anthropic.com/v1", "claude-sonnet-4-5")

    assert found.written > found.input > found.cached
    assert found.tiers[0].above == 200_000
    assert found.tiers[0].input == 2 * found.input
    assert (found.batch.input, found.batch.output) == (found.input / 2, found.output / 2)


def test_a_price_that_changes_with_the_hour_counts_as_the_dearest():
    """A cap must hold whenever the call is made."""
    by_hour = price("deepseek", "https://api.deepseek.com/v1", "deepseek-chat")
    at_night = NOON.replace(hour=20)

    assert by_hour == cost.known(
        provider="deepseek", address="https://api.deepseek.com/v1", model="deepseek-chat", moment=at_night
    )
    assert by_hour.input == max(
        prices.prices.input_mtok for prices in model("deepseek", "deepseek-chat").prices
    )


def model(vendor, name):
    return next(one for one in provider(vendor).models if one.id == name)


def provider(vendor):
    return next(one for one in get_snapshot().providers if one.id == vendor)


@pytest.mark.parametrize(
    ("kind", "vendor"),
    [("openai", "openai"), ("anthropic", "anthropic"), ("gemini", "google"), ("mistral", "mistral")],
)
def test_every_model_costs_what_the_package_itself_reckons(kind, vendor):
    """For each model of the vendor, short and long input, cached or not: to a billionth."""
    compared = 0

    for one in provider(vendor).models:
        found = price("anthropic" if kind == "anthropic" else kind, ADDRESSES[kind], one.id)

        if found is None or provider(vendor).find_model(one.id) is not one or by_the_hour(one):
            continue

        for usage in USAGES:
            due = one.get_prices(NOON).calc_price(as_reckoned(usage, found))["total_price"] * cost.UNITS
            assert found.cost(usage) == int(due.to_integral_value(ROUND_CEILING)), one.id
            compared += 1

    assert compared > 30


ADDRESSES = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta",
    "mistral": "https://api.mistral.ai/v1",
}


def by_the_hour(one):
    return isinstance(one.prices, list) and any(
        isinstance(part.constraint, TimeOfDateConstraint) for part in one.prices
    )


def as_reckoned(usage, found):
    """Return the usage for the package, which takes no count of what has no price of its own."""
    return Reckoned(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens if found.cached is not None else None,
        cache_write_tokens=usage.written_tokens if found.written is not None else None,
    )


def test_every_price_of_the_package_can_be_recorded():
    """Each is a price by the rules of a record: finite, not negative."""
    for vendor in get_snapshot().providers:
        for one in vendor.models:
            found = price(vendor.id, "", one.id) if vendor.id in cost.VENDORS else None
            assert found is None or cost.recorded(found.body) == found


def test_nothing_is_downloaded():
    """Looking a price up opens no socket and starts no thread, not even with a network at hand."""
    script = """
import socket, sys, threading
def refuse(*_, **__): raise AssertionError("a socket")
socket.socket.__init__ = refuse
before = threading.active_count()
from datetime import datetime, UTC
from robasync import cost
address = "https://api.openai.com/v1"
assert cost.known(provider="openai", address=address, model="gpt-4o", moment=datetime.now(UTC))
assert threading.active_count() == before
"""
    subprocess.run([sys.executable, "-c", script], check=True)
