"""Where the installed command takes prices from, when it refuses to begin, and what it records of them."""

from __future__ import annotations

import json

import pytest

from tests import reports
from tests.acceptance.harness import journal, robasync, serving, settings

RUN = ("run", "-c", "settings.json", "-i", "in", "-o", "out")
UNKNOWN = {"price": None}
ROW = {"input_cost_per_1k_tokens": 0.001, "output_cost_per_1k_tokens": 0.002, "currency": "USD"}
CAP = {"max_cost_threshold": 1_000}


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    reports.write(tmp_path / "in", 2)

    return tmp_path


def priced(folder, server, *, row=ROW, tracking=CAP, **model):
    """Write settings whose model has its price from a price file."""
    (folder / "prices.json").write_text(json.dumps({"models": {"m1": row}}))
    settings(
        folder,
        server.url,
        model={**UNKNOWN, **model},
        paths={"llm_pricing_config": "prices.json"},
        cost_tracking=tracking,
    )


def recorded(folder, kind="session_started"):
    """Return the prices in the newest record of that kind."""
    return [line["body"]["prices"] for line in journal(folder) if line["kind"] == kind][-1]


def test_an_unknown_price_refuses_to_begin(folder, server):
    """Two lines: whose price, and what to add; nothing is sent, no session is there."""
    settings(folder, server.url, model=UNKNOWN)
    before = server.counts["requests"]
    ended = robasync(*RUN, cwd=folder)
    _, *words = ended.err.splitlines()

    assert (ended.code, len(words)) == (2, 2), ended.err
    assert words[0].startswith("The price of local is unknown (m1 at 127.0.0.1:")
    assert '"price": {"input": 2.5, "output": 10}' in words[1]
    assert words[1].endswith("--unpriced local")
    assert server.counts["requests"] == before
    assert not (folder / "checkpoints").exists()


@pytest.mark.parametrize("by", ["option", "setting"])
def test_it_begins_where_the_model_is_waived_by_name(folder, server, by):
    """Then no cost is told, and none is made up; the record says that the price was unknown."""
    told = {"cost_tracking": {"unpriced": ["local"]}} if by == "setting" else {}
    settings(folder, server.url, model=UNKNOWN, **told)
    option = ("--unpriced", "local") if by == "option" else ()
    ended = robasync(*RUN, *option, "--json", cwd=folder)

    assert (ended.code, ended.facts["cost"]) == (0, None), ended.err
    assert recorded(folder) == {"m1": None}
    assert "Without a price: 2 answers" in robasync("cost", cwd=folder).out
    assert robasync("resume", cwd=folder).code == 0


def test_another_name_waives_nothing_and_a_cap_needs_a_price(folder, server):
    """Who misspells the name, or sets a cap that nobody could hold, is refused."""
    settings(folder, server.url, model=UNKNOWN)
    other = robasync(*RUN, "--unpriced", "locall", cwd=folder)
    settings(folder, server.url, model=UNKNOWN, cost_tracking={**CAP, "unpriced": ["local"]})
    capped = robasync(*RUN, "--unpriced", "local", cwd=folder)

    assert (other.code, capped.code) == (2, 2)
    assert "max_cost_threshold is set, but the price of local is unknown" in capped.err


@pytest.mark.parametrize(
    ("model", "is_free"),
    [
        ({"local": True}, True),
        ({"provider": "vllm"}, True),
        ({"provider": "ollama"}, True),
        ({"provider": "ollama", "model_name": "large-cloud"}, False),
        ({"provider": "litellm"}, False),
        ({"provider": "openai", "model_name": "gpt-4o"}, False),
    ],
)
def test_a_model_is_free_where_it_is_declared_to_be_ours(folder, server, model, is_free):
    """An address of this machine alone proves nothing: a proxy may listen there."""
    settings(folder, server.url, model={**UNKNOWN, **model}, cost_tracking=CAP)
    ended = robasync(*RUN, "--dry-run", "--json", cwd=folder)

    assert ended.code == (0 if is_free else 2), ended.err

    if is_free:
        assert ended.facts["cost"]["most"] == 0


def test_a_known_model_needs_no_price(folder):
    """By its vendor's address, offline: the dry run tells what it would cost and sends nothing."""
    settings(
        folder, "https://api.openai.com/v1", model={**UNKNOWN, "model_name": "gpt-4o"}, cost_tracking=CAP
    )
    ended = robasync(*RUN, "--dry-run", "--json", cwd=folder)

    assert ended.code == 0, ended.err
    assert 0 < ended.facts["cost"]["likely"] < ended.facts["cost"]["most"]


def test_the_models_own_price_wins_over_the_file_and_the_file_over_the_rest(folder, server):
    """Each is recorded with its numbers and where they come from."""
    priced(folder, server, local=True)
    by_file = robasync(*RUN, "--json", cwd=folder).facts["cost"]
    price = recorded(folder)["m1"]
    priced(folder, server, price={"input": 2, "output": 4, "cached": 1})
    own = robasync("resume", "-c", "settings.json", "--reassess", cwd=folder)

    assert by_file > 0
    assert (price["input"], price["output"], price["currency"]) == ("1", "2", "USD")
    assert price["source"].startswith("prices.json of 20")
    assert ", sha256 " in price["source"]
    assert own.code == 0
    assert recorded(folder, "session_resumed")["m1"] == {
        "source": "the model's own price",
        "currency": "USD",
        "input": "2",
        "output": "4",
        "cached": "1",
    }


def test_a_changed_price_is_named_at_the_resume_and_recorded(folder, server):
    """Nothing that a session reckons with changes in silence; what was booked stays booked."""
    priced(folder, server)
    first = robasync(*RUN, "--json", cwd=folder).facts["cost"]
    priced(folder, server, row={**ROW, "input_cost_per_1k_tokens": 0.003})
    resumed = robasync("resume", "--json", cwd=folder)
    again = robasync("resume", cwd=folder)
    words = (
        "price of local changed from 1 in, 2 out, USD per million tokens to 3 in, 2 out, USD per million "
        "tokens (prices.json of "
    )

    assert words in resumed.err
    assert resumed.facts["cost"] == first
    assert any(words in one for line in journal(folder) for one in line["body"].get("changes", ()))
    assert "price of local changed" not in again.err
    assert "Price of m1: 3 in, 2 out" in robasync("resume", "--info", cwd=folder).out
    assert robasync("fsck", cwd=folder).code == 0


def test_another_currency_needs_a_rate_with_its_day(folder, server):
    """A cap in euros and a price in dollars: refused without a rate, exact with one, and it is recorded."""
    priced(folder, server, tracking={**CAP, "currency": "EUR"})
    refused = robasync(*RUN, cwd=folder)
    rate = {"currency": "EUR", "per_usd": 0.5, "date": "2026-11-20"}
    priced(folder, server, tracking={**CAP, "currency": "EUR", "exchange_rates": [rate]})
    ended = robasync(*RUN, "--json", cwd=folder)
    usage = [line["body"]["usage"] for line in journal(folder) if line["kind"] == "reply"]
    dollars = sum(one["input_tokens"] + 2 * one["output_tokens"] for one in usage) / 1e6

    assert refused.code == 2
    assert "cost_tracking.exchange_rates" in refused.err
    assert (ended.facts["currency"], ended.facts["cost"]) == ("EUR", pytest.approx(dollars / 2, abs=1e-9))
    assert recorded(folder)["m1"]["source"].endswith("; 0.5 EUR per USD of 2026-11-20")
    assert robasync("fsck", cwd=folder).code == 0


def test_a_session_keeps_its_currency(folder, server):
    """Sums of two currencies would mean nothing: the resume refuses and says what to state."""
    priced(folder, server, tracking={"currency": "USD"})
    assert robasync(*RUN, "--yes", cwd=folder).code == 0
    priced(folder, server, row={**ROW, "currency": "CHF"}, tracking={"currency": "CHF"})
    ended = robasync("resume", "-c", "settings.json", cwd=folder)

    assert ended.code == 2
    assert "This session is reckoned in USD, the price of local is now in CHF." in ended.err
