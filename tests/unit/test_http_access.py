"""Who may ask a served run for what, and where it may be served."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from robasync.app import doors
from robasync.errors import SettingsError, UsageError
from robasync.service.http.access import Access, Request
from robasync.service.http.address import Address, Door, is_loopback

HERE = Address("127.0.0.1", 8800)
TOKEN = "a-token-of-some-length"


def asked(method="GET", path="/status", host="127.0.0.1:8800", **headers):
    """Return a request as our own page sends it, but for what is given."""
    return Request(method=method, path=path, host=host, **headers)


def denied(access, request):
    """Return the status of the denial, None where the request is answered."""
    denial = access.denial(request)

    return denial and denial.status


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8800", "localhost:8800", "LOCALHOST", "[::1]:8800", "127.0.0.2:1"]
)
def test_this_machine_is_answered_by_its_names(host):
    """The address, localhost and loopback numbers are names that only this machine has."""
    assert denied(Access(HERE), asked(host=host)) is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example:8800",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1:8800",
        "[",
        "::::",
    ],
)
@pytest.mark.parametrize("path", ["/", "/status", "/events", "/healthz"])
def test_another_name_is_refused(host, path):
    """A name that leads here by a DNS answer of its owner (rebinding) is not ours, whatever is asked."""
    assert denied(Access(HERE), asked(host=host, path=path)) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"site": "cross-site"},
        {"site": "same-site", "origin": "http://127.0.0.1:8800"},
    ],
)
def test_another_origin_changes_nothing(headers):
    """A page of another origin cannot post, not even with the token; it may look at nothing it could read."""
    post = asked("POST", "/pause", **headers)

    assert denied(Access(HERE), post) == 403
    assert (
        denied(Access(HERE, TOKEN), asked("POST", "/pause", authorization=f"Bearer {TOKEN}", **headers))
        == 403
    )


@pytest.mark.parametrize("headers", [{}, {"origin": "http://127.0.0.1:8800", "site": "same-origin"}])
def test_our_page_and_programs_may_post(headers):
    """The page's own origin, and a program that sends none, are answered on a loopback address."""
    assert denied(Access(HERE), asked("POST", "/pause", **headers)) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": TOKEN}, 401),
        ({"authorization": f"Basic {TOKEN}"}, 401),
        ({"token": "wrong"}, 401),
        ({"token": "é"}, 401),
        ({"authorization": f"Bearer {TOKEN}"}, None),
        ({"authorization": f"bearer {TOKEN}", "host": "elsewhere.example"}, None),
        ({"token": TOKEN}, None),
    ],
)
def test_a_token_opens(headers, status):
    """With a token only those who send it are answered, under any name."""
    assert denied(Access(Address("0.0.0.0", 8800), TOKEN), asked(**headers)) == status


def test_a_token_in_an_address_changes_nothing():
    """Addresses end up in logs and histories: what changes something takes the header only."""
    assert denied(Access(HERE, TOKEN), asked("POST", "/pause", token=TOKEN)) == 401


@pytest.mark.parametrize("path", ["/", "/page.js", "/page.css", "/healthz", "/readyz"])
def test_what_tells_nothing_needs_no_token(path):
    """The page is a shell until it has the token; probes cannot keep secrets."""
    assert denied(Access(Address("0.0.0.0", 8800), TOKEN), asked(path=path, host="pod:8800")) is None


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.1", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_loopback(host, answer):
    """Only what no other machine can reach is loopback."""
    assert is_loopback(host) is answer


def settings(http, token=None):
    """Return what of the settings decides."""
    return SimpleNamespace(service=SimpleNamespace(http=http, http_token=token and SecretStr(token)))


@pytest.mark.parametrize("http", ["0.0.0.0:8800", "[::]:8800", "192.168.7.7:8800", "example.org:80"])
def test_others_need_a_token(http):
    """An address that other machines reach is not served without a token, nor with one that is guessed."""
    with pytest.raises(SettingsError, match=r"service\.http_token"):
        doors.access(settings(http))

    with pytest.raises(SettingsError, match="at least 16"):
        doors.access(settings(http, "short"))

    assert doors.access(settings(http, TOKEN)).token == TOKEN


def test_a_token_is_not_shown():
    """No representation holds the token."""
    assert TOKEN not in repr(Access(HERE, TOKEN))
    assert TOKEN not in repr(asked(token=TOKEN, authorization=f"Bearer {TOKEN}"))


def test_a_taken_port_is_refused():
    """A port that somebody else has is an error with the way on; the socket is closed at the end."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with (
            pytest.raises(UsageError, match=rf"127\.0\.0\.1:{port} .*taken.*--http 127\.0\.0\.1:0"),
            Door(Address("127.0.0.1", port)),
        ):
            pass

    with Door(Address("127.0.0.1", port)) as door:
        assert door.url == f"http://127.0.0.1:{port}/"

    with Door(Address("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_nobody_is_refused(host):
    """An address that this machine does not have is an error that names one that it has."""
    with pytest.raises(UsageError, match=r"--http 127\.0\.0\.1:8800"), Door(Address(host, 8800)):
        pass


def test_localhost_is_every_address_of_that_name():
    """The name serves at each address that it has and this machine knows, on one port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

    with Door(Address("localhost", port)) as door:
        assert {bound.getsockname()[1] for bound in door.sockets} == {port}
