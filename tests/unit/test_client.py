"""The HTTP client's map of foreign errors."""

from __future__ import annotations

import ssl

import aiohttp
import pytest
from aiohttp import http_exceptions

from robasync.errors import CallTimeout, ConnectionLost, ProviderError, Unreachable
from robasync.providers import client

ELSEWHERE = {"WSMessageTypeError", "WebSocketError", "EofStream", "RequestTimeoutError"}
WARNINGS = {"BadContentDispositionHeader", "BadContentDispositionParam"}


def tree(root):
    """Return ``root`` and all its subclasses that aiohttp, ssl or Python define."""
    found = {root}
    for child in root.__subclasses__():
        if child.__module__.partition(".")[0] in {"aiohttp", "ssl", "builtins", "socket", "asyncio"}:
            found |= tree(child)

    return found


ROOTS = (aiohttp.ClientError, http_exceptions.HttpProcessingError, OSError, ssl.SSLError)
FOREIGN = sorted(set().union(*map(tree, ROOTS)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_foreign_error_has_a_meaning(kind):
    """Aiohttp's whole tree, ssl's and the operating system's become ours, model and endpoint named."""
    error = kind.__new__(kind)
    with pytest.raises(ProviderError) as caught, client.translated_errors("m at http://127.0.0.1/v1"):
        raise error

    assert str(caught.value).startswith("m at http://127.0.0.1/v1: ")
    assert caught.value.__cause__ is None


def test_every_exception_of_aiohttp_is_covered():
    """Nothing that aiohttp exports is left out but what belongs to servers and web sockets."""
    exported = {getattr(aiohttp, name) for name in aiohttp.__all__}
    errors = {kind for kind in exported if isinstance(kind, type) and issubclass(kind, Exception)}

    assert {kind.__name__ for kind in errors - set(FOREIGN)} <= ELSEWHERE | WARNINGS


@pytest.mark.parametrize(
    ("kind", "ours"),
    [
        (aiohttp.ClientConnectorError, Unreachable),
        (aiohttp.ClientConnectorCertificateError, Unreachable),
        (aiohttp.ClientConnectorDNSError, Unreachable),
        (aiohttp.ClientProxyConnectionError, Unreachable),
        (aiohttp.ServerDisconnectedError, ConnectionLost),
        (aiohttp.ClientPayloadError, ConnectionLost),
        (aiohttp.ClientConnectionResetError, ConnectionLost),
        (aiohttp.ClientOSError, ConnectionLost),
        (aiohttp.SocketTimeoutError, CallTimeout),
        (aiohttp.ConnectionTimeoutError, Unreachable),
        (ConnectionResetError, ConnectionLost),
        (TimeoutError, CallTimeout),
    ],
)
def test_most_specific_meaning_wins(kind, ours):
    """Nothing sent is certain to be free; a broken or late answer is not."""
    assert type(client.meaning(kind.__new__(kind), "m")) is ours


def test_foreign_text_is_not_passed_on():
    """What the library says may quote a URL or a header with a secret in it."""
    error = aiohttp.ClientError("Authorization: Bearer sk-secret")

    assert "sk-secret" not in str(client.meaning(error, "m"))
