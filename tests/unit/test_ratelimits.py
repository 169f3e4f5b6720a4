"""Headers about rate limits, as vendors write them and as nobody should."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.model import Quota
from robasync.providers.ratelimits import LONGEST, MOST, window

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"


def both(left, limit, reset, kind="requests"):
    return {
        f"x-ratelimit-remaining-{kind}": left,
        f"x-ratelimit-limit-{kind}": limit,
        f"x-ratelimit-reset-{kind}": reset,
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("17ms", 0.017),
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("2m59.56s", 179.56),
        ("1h2m3s", 3723.0),
        ("500us", 0.0005),
    ],
)
def test_durations_of_openai_and_groq(text, seconds):
    """Lengths with units are limits that refill evenly."""
    found = window(both("42", "60", text), now=NOW).requests

    assert found == Quota(left=42, limit=60, reset=pytest.approx(seconds), refills=True)


def test_moments_of_anthropic_count_from_the_reply():
    """RFC 3339 moments count from the server's own Date, whatever our clock says."""
    names = {
        f"anthropic-ratelimit-{kind}-{name}": value
        for kind in ("requests", "tokens", "input-tokens", "output-tokens")
        for name, value in (("limit", "4000"), ("remaining", "3000"), ("reset", "2026-01-02T03:04:20Z"))
    }
    found = window({**names, "date": DATE}, age=2.0, now=datetime(2031, 1, 1, tzinfo=UTC))

    assert found.age == 2.0
    assert found.requests == Quota(left=3000, limit=4000, reset=15.0, refills=True)
    assert found.requests == found.tokens == found.input_tokens == found.output_tokens


def test_azure_counts_seconds_and_says_minus_one():
    """Whole seconds end a window; -1 is no number of tokens."""
    found = window({**both("79", "80", "5"), **both("-1", "-1", "0", "tokens")}, now=NOW)

    assert found.requests == Quota(left=79, limit=80, reset=5.0, refills=False)
    assert found.tokens is None


def test_mistral_names_the_minute():
    """Without a reset the rate is the limit of a minute."""
    found = window({"x-ratelimit-limit-req-minute": "60", "x-ratelimit-remaining-req-minute": "30"})

    assert (found.requests.limit - found.requests.left) / found.requests.reset == pytest.approx(1.0)


@pytest.mark.parametrize(("reset", "seconds"), [("1767323060000", 15.0), ("1767323060", 15.0), ("15", 15.0)])
def test_openrouter_and_gateways(reset, seconds):
    """A plain reset is milliseconds or seconds since 1970, or a number of seconds."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    lower = {name.lower(): value for name, value in headers.items()}

    assert window(lower, now=NOW).requests.reset == pytest.approx(seconds, abs=1)


def test_replies_that_say_nothing():
    """No such header, no window."""
    assert window({"content-type": "application/json", "date": DATE}) is None


@pytest.mark.parametrize("left", ["", "-1", "nan", "inf", "1e400", "0x10", "many", "9" * 400, "١٢"])
def test_nonsense_is_passed_over(left):
    """What is no plain number tells nothing."""
    found = window(both(left, "10", "1s"))

    assert found is None or found.requests.left == 12


@pytest.mark.parametrize("reset", ["99999h", "999999999", "2099-01-01T00:00:00Z", "99999999999999"])
def test_no_reset_is_longer_than_a_day(reset):
    """Whatever is written, nobody waits for years."""
    assert window(both("0", "10", reset), now=NOW).requests.reset == LONGEST


@given(st.dictionaries(st.sampled_from(sorted(both("", "", ""))), st.text(max_size=40)))
def test_hostile_headers_stay_in_bounds(headers):
    """Whatever a server writes: numbers that are numbers, none below 0, none absurd; no error."""
    found = window(headers, now=NOW)

    if found is not None:
        quota = found.requests
        assert 0 <= quota.left <= MOST
        assert 0 <= quota.reset <= LONGEST
        assert math.isfinite(quota.reset)
