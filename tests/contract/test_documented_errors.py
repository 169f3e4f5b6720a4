"""Errors that no recording shows: made from the vendors' documentation, each with its source.

None of these bodies was recorded. They have the shapes that the vendors document; where a
library of theirs has a type for the body, it is the judge.
"""

from __future__ import annotations

from dataclasses import dataclass

import anthropic as anthropic_sdk
import openai as openai_sdk
import orjson
import pytest
from anthropic.types.shared import ErrorResponse

from robasync import errors
from robasync.providers import status
from robasync.providers.client import open_client
from robasync.providers.wires import remote
from tests.prompts import PROMPT
from tests.recordings import Exchange
from tests.servers.replay_server import replaying

ANTHROPIC = "https://docs.anthropic.com/en/api/errors"
OPENAI = "https://platform.openai.com/docs/guides/error-codes"
GEMINI = "https://ai.google.dev/gemini-api/docs/troubleshooting"


@dataclass(frozen=True, kw_only=True)
class Documented:
    """An error as a vendor describes it."""

    wire: str
    status: int
    error: dict
    means: type[errors.ProviderError]
    source: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def body(self):
        """The body of the answer."""
        top = {"type": "error"} if self.wire == "anthropic" else {}

        return orjson.dumps({**top, "error": self.error})


def anthropic(status, kind, message, means, *headers):
    """Return one of Anthropic's errors."""
    error = {"type": kind, "message": message}

    return Documented(
        wire="anthropic", status=status, error=error, means=means, source=ANTHROPIC, headers=headers
    )


def openai(status, code, message, means, *headers):
    """Return one of OpenAI's errors."""
    error = {"message": message, "type": code, "param": None, "code": code}

    return Documented(wire="openai", status=status, error=error, means=means, source=OPENAI, headers=headers)


def gemini(code, status, message, means):
    """Return one of Google's errors."""
    error = {"code": code, "message": message, "status": status}

    return Documented(wire="gemini", status=code, error=error, means=means, source=GEMINI)


WAIT = ("retry-after", "7")
DOCUMENTED = [
    anthropic(402, "billing_error", "There is an issue with your billing.", errors.NoCredit),
    anthropic(400, "invalid_request_error", "Your credit balance is too low.", errors.NoCredit),
    anthropic(403, "permission_error", "Your API key has no permission.", errors.BadKey),
    anthropic(413, "request_too_large", "Request exceeds the maximum size.", errors.ContextTooLong),
    anthropic(429, "rate_limit_error", "Your account has hit a rate limit.", errors.RateLimited, WAIT),
    anthropic(500, "api_error", "Internal server error.", errors.ServerFault),
    anthropic(504, "timeout_error", "The request timed out.", errors.CallTimeout),
    anthropic(529, "overloaded_error", "Overloaded", errors.ServerFault, WAIT),
    openai(429, "rate_limit_exceeded", "Rate limit reached for gpt-4o.", errors.RateLimited, WAIT),
    openai(429, "insufficient_quota", "You exceeded your current quota.", errors.NoCredit),
    openai(403, "unsupported_country_region_territory", "Country not supported.", errors.BadKey),
    openai(500, "server_error", "The server had an error.", errors.ServerFault),
    openai(503, "slow_down", "The engine is overloaded.", errors.ServerFault, WAIT),
    gemini(403, "PERMISSION_DENIED", "Your API key does not have the permission.", errors.BadKey),
    gemini(503, "UNAVAILABLE", "The model is overloaded.", errors.ServerFault),
    gemini(504, "DEADLINE_EXCEEDED", "The request took too long.", errors.CallTimeout),
]


#: The library has no type for the one that comes from the load balancer before the API.
TYPED = [case for case in DOCUMENTED if case.wire == "anthropic" and case.status != 413]


async def raised(case, *, status=None, body=None):
    """Return the error that the real adapter raises for an answer with the case's body."""
    exchange = Exchange(
        provider=case.wire, kind="error", method="POST", url="http://x/", status=status or case.status,
        headers=dict(case.headers), request={}, body=body or case.body,
    )  # fmt: skip
    async with replaying([exchange]) as server, open_client(connections=1) as client:
        way = remote(case.wire)(client, base_url=server.url(0), model="m", api_key="sk-x")
        with pytest.raises(errors.ProviderError) as caught:
            await way.complete(PROMPT)

    return caught.value


@pytest.mark.parametrize(
    "case", DOCUMENTED, ids=lambda case: f"{case.wire} {case.status} {case.error['message']}"
)
async def test_documented_errors_have_their_class(case):
    """Each means what the vendor says it means; a wait that is asked for is on the error."""
    error = await raised(case)

    assert type(error) is case.means
    assert "m at http://127.0.0.1" in str(error)
    assert not case.headers or error.retry_after == 7.0


@pytest.mark.parametrize("case", [case for case in DOCUMENTED if case.wire != "openai"], ids=repr)
async def test_the_same_error_inside_a_success_or_a_stream_means_the_same(case):
    """A gateway that answers 200, and a stream whose first event is the error."""
    inside = await raised(case, status=200)
    streamed = await raised(case, status=200, body=b"event: error\ndata: " + case.body + b"\n\n")

    assert type(inside) is type(streamed) is case.means


@pytest.mark.parametrize("case", TYPED, ids=repr)
def test_bodies_have_the_shape_of_the_vendors_type(case):
    """What is made here validates as the SDK's error."""
    parsed = ErrorResponse.model_validate_json(case.body)

    assert parsed.error.type == case.error["type"]


async def test_a_stream_that_breaks_off_is_uncertain():
    """An error after the first words, or no end at all: the provider may have billed it."""
    case = DOCUMENTED[7]
    start = b'event: message_start\ndata: {"type": "message_start", "message": {"content": []}}\n\n'
    late = await raised(case, status=200, body=start + b"event: error\ndata: " + case.body + b"\n\n")
    cut = await raised(case, status=200, body=start)
    torn = await raised(case, status=200, body=start + b'data: {"type": "mess')

    assert type(late) is type(cut) is type(torn) is errors.ConnectionLost
    assert not late.certain
    assert "Overloaded" in str(late)


def statuses(error):
    """Return the statuses that a library's classes of errors stand for."""
    own = {getattr(error, "status_code", None)}

    return own.union(*map(statuses, error.__subclasses__())) - {None}


@pytest.mark.parametrize("library", [openai_sdk, anthropic_sdk])
def test_every_status_that_the_libraries_know_means_something(library):
    """None ends as "not accepted" that stands for a fault of the server, or may pass."""
    for code in statuses(library.APIStatusError):
        error = status.failure(code, b"{}", headers={}, who="m")
        passing = code in {408, 409, 429, 499} or code >= 500

        assert error.may_pass == passing, (code, error)
