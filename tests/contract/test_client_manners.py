"""What the HTTP client never does: follow redirects, keep cookies, read the environment."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import partial

import anyio
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from robasync.errors import ConnectionLost, Rejected, SettingsError, Unreachable
from robasync.model import Prompt
from robasync.providers import client as http
from robasync.providers.openai import OpenAI
from tests.servers.answering import answering

PROMPT = Prompt(system="", document="A trial.", questions="Random?", schema=b"{}")


async def test_redirects_are_not_followed():
    """A key is never carried to where a server points; the user sets base_url."""
    visited = []

    async def elsewhere(request):
        visited.append(request.headers)
        return web.Response()

    async def pointing(_):
        return web.Response(status=307, headers={"Location": target})

    async with (
        answering(elsewhere) as target,
        answering(pointing) as url,
        http.open_client(connections=1) as client,
    ):
        with pytest.raises(Rejected, match="redirects"):
            await OpenAI(client, base_url=url, model="m", api_key="sk-x").complete(PROMPT)

    assert visited == []


async def test_cookies_are_not_kept_and_no_compression_is_asked_for():
    """Calls are independent of each other, and a reply is what it is on the wire."""
    seen = []

    async def handler(request):
        seen.append(request.headers)
        return web.Response(body=b'{"choices": []}', headers={"Set-Cookie": "track=1; Path=/"})

    async with answering(handler) as url, http.open_client(connections=1) as client:
        for _ in range(2):
            await client.post(f"{url}/v1", b"{}", headers={}, who="m")

    assert all("Cookie" not in headers and headers["Accept-Encoding"] == "identity" for headers in seen)


async def test_environment_is_not_read(monkeypatch):
    """A proxy comes in as a value or not at all."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    async def handler(_):
        return web.Response(body=b"{}")

    async with answering(handler) as url, http.open_client(connections=1) as client:
        answer = await client.post(f"{url}/v1", b"{}", headers={}, who="m")

    assert (answer.status, answer.body) == (200, b"{}")


async def test_given_proxy_is_used():
    """The request goes to the proxy that was passed in, with the full address."""
    seen = []

    async def proxy(request):
        seen.append(request.raw_path)
        return web.Response(body=b"{}")

    async with answering(proxy) as url, http.open_client(connections=1, proxy=url) as client:
        await client.post("http://model.invalid/v1", b"{}", headers={}, who="m")

    assert seen == ["http://model.invalid/v1"]


async def test_oversized_answer_is_given_up(monkeypatch):
    """Memory is bounded also where a server sends without end and without stating a length."""
    monkeypatch.setattr(http, "RESPONSE_BYTES", 100_000)

    async def endless(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 10_000)

    async with answering(endless) as url, http.open_client(connections=1) as client:
        with pytest.raises(ConnectionLost, match="exceeds"):
            await client.post(f"{url}/v1", b"{}", headers={}, who="m")


async def test_connections_are_reused_and_bounded():
    """However many calls, there are never more connections than allowed."""
    peers = set()

    async def handler(request):
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response(body=b"{}")

    async with answering(handler) as url, http.open_client(connections=1) as client:
        for _ in range(5):
            await client.post(f"{url}/v1", b"{}", headers={}, who="m")

    assert len(peers) == 1


async def test_connections_are_made_a_few_at_a_time(monkeypatch):
    """However many are wanted at once, only so many handshakes are under way."""
    opening, most = set(), []
    monkeypatch.setattr(http, "OPENING", 3)
    create = http.aiohttp.TCPConnector._create_connection

    async def counted(self, *arguments):
        opening.add(arguments[0])
        most.append(len(opening))
        try:
            return await create(self, *arguments)
        finally:
            opening.discard(arguments[0])

    monkeypatch.setattr(http.aiohttp.TCPConnector, "_create_connection", counted)

    async def handler(request):
        return web.Response(body=b"{}")

    async with (
        answering(handler) as url,
        http.open_client(connections=20) as client,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(20):
            tasks.start_soon(partial(client.post, url, b"{}", headers={}, who="m"))

    assert max(most) == 3


async def test_own_authority_is_trusted_beside_the_systems(tmp_path):
    """A server whose certificate a lab signed itself is reached with ca_file, and not without."""
    made = authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made / "cert.pem", made / "key.pem")

    async def handler(_):
        return web.Response(body=b"{}")

    async with answering(handler, trust=context) as url:
        async with http.open_client(connections=1, ca_file=made / "cert.pem") as client:
            answer = await client.post(url, b"{}", headers={}, who="m")

        async with http.open_client(connections=1) as client:
            with pytest.raises(Unreachable, match="certificate"):
                await client.post(url, b"{}", headers={}, who="m")

    assert answer.status == 200


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_unreadable_authority_is_a_setting_to_correct(tmp_path, content):
    """The file is named, and the run does not begin."""
    path = tmp_path / "ca.pem"
    if content:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match=r"ca\.pem: cannot be read"):
        async with http.open_client(connections=1, ca_file=path):
            pass


def authority(folder):
    """Make a certificate for localhost that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin.replace(year=2099))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )

    return folder
