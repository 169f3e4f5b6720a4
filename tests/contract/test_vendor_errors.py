"""Every type of error that the vendors' libraries raise about a call, and what the same means to us."""

from __future__ import annotations

import inspect

import aiohttp
import anthropic
import openai
import orjson
import pytest
from google.genai import errors as google

from robasync import errors
from robasync.providers import client, status
from robasync.providers.openai import OpenAI

BY_STATUS = {
    400: errors.Rejected,
    401: errors.BadKey,
    402: errors.NoCredit,
    403: errors.BadKey,
    404: errors.UnknownModel,
    408: errors.CallTimeout,
    409: errors.ServerFault,
    412: errors.Rejected,
    413: errors.Rejected,
    422: errors.Rejected,
    429: errors.RateLimited,
    431: errors.Rejected,
    499: errors.CallTimeout,
    500: errors.ServerFault,
    501: errors.ServerFault,
    503: errors.ServerFault,
    504: errors.CallTimeout,
    529: errors.ServerFault,
}

#: Those without a status: what happens, and what it is to us.
BY_SHAPE = {
    "APIConnectionError": (aiohttp.ServerDisconnectedError(), errors.ConnectionLost),
    "APITimeoutError": (TimeoutError(), errors.CallTimeout),
    "APIResponseValidationError": (b"[]", errors.UnparsableReply),
    "UnknownApiResponseError": (b"{", errors.UnparsableReply),
    "LengthFinishReasonError": (b"length", errors.ReplyCutShort),
    "ContentFilterFinishReasonError": (b"content_filter", errors.ReplyFiltered),
}

#: Those that are no answer of a server: how a library is called, signed in with, or used beyond one call.
NOT_OF_A_CALL = {
    "of which all others are": "OpenAIError AnthropicError APIError RetryableError",
    "the caller's own mistake": "StreamAlreadyConsumed MutuallyExclusiveAuthError APIRemovedInV1 "
    "_AmbiguousModuleClientUsageError MissingDependencyError",
    "signing in with an identity, where we have a key": "SubjectTokenProviderError CredentialsError "
    "IdentityTokenFileError WorkloadIdentityError",
    "web sockets and web hooks, which we do not have": "WebSocketConnectionClosedError "
    "WebSocketQueueFullError APIWebhookValidationError",
    "tools, which no model of ours may call": "ToolsetUsageError ToolsetConfigError ToolsetContractError "
    "ToolsetsFixedError ToolsetClosedError UnknownFunctionCallArgumentError UnsupportedFunctionError "
    "FunctionInvocationError",
    "answers in several parts": "ContinuationInterruptedError",
}


def below(kind):
    """Return a class and all below it, those that a test made of its own aside."""
    own = {kind} if kind.__module__.split(".")[0] in {"openai", "anthropic", "google"} else set()

    return own.union(*map(below, kind.__subclasses__()))


def of_google():
    """Return the classes of errors in Google's module for them."""
    return {
        kind
        for kind in vars(google).values()
        if inspect.isclass(kind) and issubclass(kind, Exception) and not issubclass(kind, Warning)
    }


KINDS = below(openai.OpenAIError) | below(anthropic.AnthropicError) | of_google()
WITH_STATUS = {kind for kind in KINDS if issubclass(kind, (openai.APIStatusError, anthropic.APIStatusError))}
OF_GOOGLE = {google.ClientError: 400, google.ServerError: 500}
BARE = {"APIStatusError": 400, "InternalServerError": 500}  # the class does not say it


def test_none_is_unmapped():
    """Each has a status, a shape, or a reason why it is nothing that a call of ours can meet."""
    aside = set(" ".join(NOT_OF_A_CALL.values()).split())
    rest = {kind.__name__ for kind in KINDS - WITH_STATUS - set(OF_GOOGLE)}

    assert len(WITH_STATUS) > 20
    assert rest == aside | set(BY_SHAPE)
    assert not aside & set(BY_SHAPE)


@pytest.mark.parametrize(
    "kind",
    sorted(WITH_STATUS | set(OF_GOOGLE), key=repr),
    ids=lambda kind: f"{kind.__module__}.{kind.__name__}",
)
def test_a_status_means_what_the_library_says(kind):
    """Ours says whether it may pass as theirs does; it names model and endpoint."""
    code = OF_GOOGLE.get(kind) or getattr(kind, "status_code", None) or BARE[kind.__name__]
    error = status.failure(code, b"{}", headers={}, who="m at http://127.0.0.1/v1")

    assert type(error) is BY_STATUS[code]
    assert str(error).startswith("m at http://127.0.0.1/v1: ")


@pytest.mark.parametrize("name", BY_SHAPE)
def test_what_has_no_status_has_a_class(name):
    """A connection, a reply that is none, an end that the model did not mean."""
    happened, ours = BY_SHAPE[name]

    if isinstance(happened, Exception):
        assert type(client.meaning(happened, "m")) is ours
        return

    choice = {"message": {"content": "Ye"}, "finish_reason": happened.decode()}
    raw = orjson.dumps({"choices": [choice]}) if happened.isalnum() or b"_" in happened else happened
    with pytest.raises(ours):
        OpenAI(None, base_url="http://127.0.0.1/v1", model="m").read(raw)
