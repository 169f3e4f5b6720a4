"""Which failures are tried again, how often and how soon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import (
    BadKey,
    EmptyReply,
    RateLimited,
    ReplyCutShort,
    ServerFault,
    UnparsableReply,
    Unreachable,
)
from robasync.gate.retry import Policy, Retries


@given(st.integers(1, 12), st.floats(0, 1), st.floats(0, 400))
def test_both_caps_hold(attempts, chance, seconds):
    """Never more attempts than allowed, never longer pauses in all than allowed."""
    policy = Policy(attempts=attempts, seconds=seconds)
    retries = Retries(policy, lambda: chance)
    pauses = []
    with pytest.raises(Unreachable):
        while True:
            pauses.append(retries.after_failure(Unreachable("down")))

    assert len(pauses) < attempts
    assert sum(pauses) <= seconds


def test_pauses_double_up_to_the_longest():
    """Without jitter 1, 2, 4 ... seconds up to ``longest_pause``."""
    retries = Retries(Policy(attempts=9, longest_pause=10), lambda: 1.0)

    assert [retries.after_failure(Unreachable("down")) for _ in range(6)] == [1, 2, 4, 8, 10, 10]


@given(st.floats(0, 1))
def test_jitter_stays_between_half_and_whole(chance):
    """A pause is never shorter than half of its doubled value."""
    assert 0.5 <= Retries(Policy(), lambda: chance).after_failure(Unreachable("down")) <= 1.0


@pytest.mark.parametrize("kind", [RateLimited, ServerFault])
def test_providers_wish_is_honoured_and_capped(kind):
    """Retry-After takes the place of the back-off, up to ``longest_wait``."""
    retries = Retries(Policy(seconds=1000), lambda: 0.0)

    assert retries.after_failure(kind("slow", retry_after=30)) == 30
    assert retries.after_failure(kind("slow", retry_after=86_400)) == 120


def test_final_failures_are_raised_at_once():
    """What cannot pass is not tried again."""
    with pytest.raises(BadKey):
        Retries(Policy()).after_failure(BadKey("no"))


@pytest.mark.parametrize("kind", [UnparsableReply, EmptyReply])
def test_rejected_reply_is_bought_once_more(kind):
    """Two paid replies that are no answer are enough."""
    retries = Retries(Policy())
    retries.after_reply(kind("first"))
    with pytest.raises(kind, match="second"):
        retries.after_reply(kind("second"))


def test_cut_reply_is_not_bought_again():
    """The same limit would cut the next one too."""
    with pytest.raises(ReplyCutShort):
        Retries(Policy()).after_reply(ReplyCutShort("cut"))
