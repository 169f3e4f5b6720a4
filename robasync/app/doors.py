"""Where a run is served, and who may ask: from settings, before anything is paid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from robasync.errors import SettingsError
from robasync.service.http.access import Access
from robasync.service.http.address import Address, Door
from robasync.settings import Settings, secrets

LEAST_TOKEN = 16  # characters: what cannot be guessed over a network


def access(settings: Settings) -> Access | None:
    """Return who may ask for what, None where nothing is served.

    Raises SettingsError where the address is no loopback address and there is no token.
    """
    service = settings.service

    if service.http is None:
        return None

    address = Address.parse(service.http)
    token = secrets.reveal(service.http_token, owner="service.http_token") if service.http_token else ""

    if not token and not address.is_loopback:
        raise SettingsError(
            f"service.http: others can reach {address}, so requests need a token. Set service.http_token "
            'to "${ROBASYNC_HTTP_TOKEN}" or "file:PATH", or serve 127.0.0.1'
        )

    if token and len(token) < LEAST_TOKEN:
        raise SettingsError(
            f"service.http_token: at least {LEAST_TOKEN} characters, say: openssl rand -hex 20"
        )

    return Access(address, token)


@contextmanager
def opened(settings: Settings) -> Iterator[Door | None]:
    """Hold the port inside; None where nothing is served. Raises UsageError, SettingsError."""
    if (allowed := access(settings)) is None:
        yield None
        return

    with Door(allowed.address) as door:
        yield door
