"""What statuses and error bodies mean."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync import errors
from robasync.providers import status


def failure(code, message="ordered", *, secret="", **headers):
    """Return the meaning of an error answer in the usual shape."""
    body = orjson.dumps({"error": {"message": message, "param": None}})

    return status.failure(code, body, headers=headers, who="m at http://127.0.0.1/v1", secret=secret)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (400, "Unknown field", errors.Rejected),
        (400, "This model's maximum context length is 4096 tokens", errors.ContextTooLong),
        (400, "prompt too long; exceeded max context length by 9 tokens", errors.ContextTooLong),
        (413, "the request exceeds the available context size", errors.ContextTooLong),
        (422, "Input should be a valid string", errors.Rejected),
        (400, "The requested model 'x' does not exist. model_not_found", errors.UnknownModel),
        (400, "The response was filtered: content management policy", errors.PromptFiltered),
        (403, "your input was flagged", errors.PromptFiltered),
        (401, "content_filter", errors.BadKey),
        (401, "", errors.BadKey),
        (403, "", errors.BadKey),
        (402, "", errors.NoCredit),
        (404, "The model does not exist", errors.UnknownModel),
        (408, "", errors.CallTimeout),
        (409, "", errors.ServerFault),
        (425, "", errors.ServerFault),
        (429, "slow down", errors.RateLimited),
        (429, "insufficient_quota", errors.NoCredit),
        (500, "", errors.ServerFault),
        (503, "", errors.ServerFault),
        (504, "", errors.CallTimeout),
        (529, "", errors.ServerFault),
        (302, "", errors.Rejected),
        (418, "", errors.Rejected),
    ],
)
def test_meaning_of_a_status(code, message, kind):
    """Each status has one class; the message names model and endpoint."""
    error = failure(code, message)

    assert type(error) is kind
    assert "m at http://127.0.0.1/v1" in str(error)


@given(st.integers(300, 999), st.binary(max_size=200))
def test_any_answer_has_a_meaning(code, body):
    """No status and no body, however broken, ends in anything but an error of ours."""
    error = status.failure(code, body, headers={}, who="m")

    assert isinstance(error, errors.ProviderError)
    assert "\n" not in str(error)


SHAPES = [{"error": "x"}, {"detail": "x"}, {"message": "x"}, [{"error": {"message": "x"}}], "x"]


@pytest.mark.parametrize("body", SHAPES)
def test_words_are_found_in_every_shape(body):
    """Servers state their message in several places."""
    assert status.words(orjson.dumps(body)) == "x"


def test_words_name_the_parameter():
    """Which part of the request is meant helps the reader, and the fall-back."""
    body = b'{"error": {"message": "no", "param": "response_format"}}'

    assert status.words(body) == "no (parameter: response_format)"


def test_key_is_cut_out_of_the_servers_words():
    """A server that quotes the key does not bring it into a message."""
    assert "sk-12345678" not in str(failure(400, "bad sk-12345678 here", secret="sk-12345678"))
    assert "sk-1" not in str(failure(401, "Incorrect key sk-1"))


NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "1", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "1", "retry-after-ms": "0"}, 1.0),
    ],
)
def test_retry_after(headers, seconds):
    """Seconds, milliseconds or an HTTP date; anything else is as if it were not there."""
    assert status.retry_after(headers, now=NOW) == seconds


def test_rate_limit_carries_the_wish():
    """The seconds reach the retry policy."""
    assert failure(429, **{"retry-after": "3"}).retry_after == 3.0
