"""The one HTTP client: a shared aiohttp session, and its errors translated into ours.

The only module of the providers that knows aiohttp. Deadlines belong to the gate of
calls, so aiohttp's own are off.
"""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio
from aiohttp import http_exceptions

from robasync.errors import (
    CallTimeout,
    ConnectionLost,
    ProviderError,
    Rejected,
    SettingsError,
    Unreachable,
)
from robasync.providers import ratelimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

    from aiohttp.client_proto import ResponseHandler

    from robasync.model import Window

RESPONSE_BYTES = 32 * 1024 * 1024
# uvicorn, under most model servers, hangs up after 5 idle seconds; a request that meets
# that moment is lost without anybody knowing whether it was billed.
KEEP_ALIVE_SECONDS = 4.0
# A thousand handshakes at once look like an attack, and starve each other until they time out.
OPENING = 32  # connections that are being made at a time

_REACH = "check that the server runs and that base_url is right"
_MEANINGS: dict[type[BaseException], tuple[type[ProviderError], str]] = {
    aiohttp.ClientError: (ConnectionLost, "the connection broke before the reply was complete"),
    aiohttp.ClientConnectorError: (Unreachable, f"no connection could be made; {_REACH}"),
    aiohttp.ClientConnectorDNSError: (Unreachable, f"the host name is not known; {_REACH}"),
    aiohttp.ClientSSLError: (
        Unreachable,
        "no secure connection could be made; check https and the certificate",
    ),
    aiohttp.ConnectionTimeoutError: (Unreachable, f"no connection could be made in time; {_REACH}"),
    aiohttp.ServerFingerprintMismatch: (Unreachable, "the server's certificate is not the expected one"),
    aiohttp.ClientProxyConnectionError: (Unreachable, "the proxy cannot be reached; check the proxy setting"),
    aiohttp.ClientHttpProxyError: (Unreachable, "the proxy refused; check the proxy setting"),
    aiohttp.ServerTimeoutError: (CallTimeout, "no complete reply came in time"),
    aiohttp.ClientResponseError: (ConnectionLost, "the server's answer is not valid HTTP"),
    aiohttp.TooManyRedirects: (Rejected, "the server redirects; set base_url to where it leads"),
    aiohttp.InvalidURL: (Rejected, "base_url is not a valid URL; correct it"),
    http_exceptions.HttpProcessingError: (ConnectionLost, "the server's answer is not valid HTTP"),
    ConnectionRefusedError: (Unreachable, f"the connection was refused; {_REACH}"),
    TimeoutError: (CallTimeout, "no complete reply came in time"),
    ssl.SSLError: (ConnectionLost, "the secure connection broke before the reply was complete"),
    OSError: (ConnectionLost, "the connection broke before the reply was complete"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An HTTP answer of any status; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Client:
    """Posts JSON and reads answers; ``told`` is called with what each answer says of the rate limits."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        proxy: str | None = None,
        told: Callable[[Window], None] = lambda window: None,
    ) -> None:
        self._session = session
        self._proxy = proxy
        self._told = told

    async def post(self, url: str, body: bytes, *, headers: Mapping[str, str], who: str) -> Answered:
        """Send one request and return the complete answer; follows no redirect.

        ``who`` names model and endpoint for messages. Raises Unreachable, ConnectionLost,
        CallTimeout, Rejected; ConnectionLost, as it may be billed, beyond RESPONSE_BYTES.
        """
        began = anyio.current_time()
        answer = await self._request("POST", url, body, headers=headers, who=who)
        window = ratelimits.window(answer.headers, age=anyio.current_time() - began)

        if window is not None:
            self._told(window)

        return answer

    async def get(self, url: str, *, headers: Mapping[str, str], who: str) -> Answered:
        """Fetch what costs nothing; otherwise as ``post``."""
        return await self._request("GET", url, None, headers=headers, who=who)

    async def _request(
        self, method: str, url: str, body: bytes | None, *, headers: Mapping[str, str], who: str
    ) -> Answered:
        with translated_errors(who):
            response = await self._session.request(
                method, url, data=body, headers=headers, proxy=self._proxy, allow_redirects=False
            )
            try:
                content = await _content(response, who)
            finally:
                response.release()

        return Answered(
            status=response.status,
            headers=response.headers,
            body=content,
        )


class _Connector(aiohttp.TCPConnector):
    """Makes few connections at a time, however many are wanted; those that are made are shared."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._opening = anyio.Semaphore(OPENING)

    async def _create_connection(self, *arguments: Any) -> ResponseHandler:
        async with self._opening:
            return await super()._create_connection(*arguments)


@asynccontextmanager
async def open_client(
    *,
    connections: int,
    proxy: str | None = None,
    ca_file: Path | None = None,
    told: Callable[[Window], None] = lambda window: None,
) -> AsyncIterator[Client]:
    """Open a client of at most ``connections`` at once, 0 for any number; it is closed at the end.

    No cookies, nothing from the environment: a proxy comes in as a value. The certificates
    in ``ca_file`` (PEM) are trusted beside those of the system. Raises SettingsError.
    """
    connector = _Connector(limit=connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=_trusted(ca_file))
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        headers={"Accept-Encoding": "identity", "Content-Type": "application/json"},
        trust_env=False,
    ) as session:
        yield Client(session, proxy=proxy, told=told)


@contextmanager
def translated_errors(who: str) -> Iterator[None]:
    """Raise our error for each one of aiohttp, ssl and the operating system.

    The text is made here and never taken from the foreign error, which may quote a URL or a
    header with a secret in it.
    """
    try:
        yield
    except (aiohttp.ClientError, http_exceptions.HttpProcessingError, OSError) as error:
        raise meaning(error, who) from None


def meaning(error: BaseException, who: str) -> ProviderError:
    """Return what ``error`` means to us; the most specific class that is known wins."""
    known = next(kind for kind in type(error).__mro__ if kind in _MEANINGS)
    ours, text = _MEANINGS[known]

    return ours(f"{who}: {text} ({type(error).__name__}).")


def _trusted(ca_file: Path | None) -> ssl.SSLContext | bool:
    """Return whom to trust: True stands for the system's authorities."""
    if ca_file is None:
        return True

    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as error:  # ssl.SSLError included
        raise SettingsError(
            f"{ca_file}: cannot be read as certificates in PEM ({type(error).__name__}); correct ca_file"
        ) from None

    return context


async def _content(response: aiohttp.ClientResponse, who: str) -> bytes:
    pieces, size = [], 0
    while piece := await response.content.readany():
        size += len(piece)
        if size > RESPONSE_BYTES:
            response.close()
            raise ConnectionLost(
                f"{who}: the answer exceeds {RESPONSE_BYTES >> 20} MB; is base_url a model server?"
            )

        pieces.append(piece)

    return b"".join(pieces)
