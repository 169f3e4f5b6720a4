"""Who may ask what: the token, the name in the Host header, the origin of a page. Pure.

Without a token only this machine can ask, and a web page that it shows must not: neither by a name
of its own that leads here (DNS rebinding), nor by a form or script of another origin.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from robasync.service.http.address import Address, is_loopback

OPEN = frozenset({"/", "/page.css", "/page.js", "/icon.svg", "/healthz", "/readyz"})  # they tell nothing
SAFE = frozenset({"GET", "HEAD"})
OWN = frozenset({"", "same-origin", "none"})  # of Sec-Fetch-Site: what our page sends, and no browser at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What of a request decides whether it is answered; "" where a header is not there."""

    method: str
    path: str
    host: str = ""
    origin: str = ""
    site: str = ""  # Sec-Fetch-Site
    authorization: str = field(default="", repr=False)
    token: str = field(default="", repr=False)  # of the query


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a request is not answered: an HTTP status, and words."""

    status: int
    words: str


@dataclass(frozen=True, slots=True)
class Access:
    """The rules for one address. With a ``token``, every request but those for ``OPEN`` must bear it."""

    address: Address
    token: str = field(default="", repr=False)

    def denial(self, request: Request) -> Denial | None:
        """Return why the request is not answered, None where it is."""
        if not self.token and not self._is_ours(request.host):
            return Denial(403, f"ask for {self.address} by that name")

        if request.method not in SAFE and not _same_origin(request):
            return Denial(403, "pages of another origin may change nothing here")

        if self.token and request.path not in OPEN and not self._is_borne(request):
            return Denial(401, "send the token: Authorization: Bearer TOKEN")

        return None

    def _is_ours(self, host: str) -> bool:
        name = _host(host)

        return name == self.address.host or is_loopback(name)

    def _is_borne(self, request: Request) -> bool:
        scheme, _, borne = request.authorization.partition(" ")
        given = borne.strip() if scheme.lower() == "bearer" else ""

        # An event source of a browser sends no headers; what changes something must send one.
        if not given and request.method in SAFE:
            given = request.token

        return hmac.compare_digest(given.encode(errors="replace"), self.token.encode())


def _same_origin(request: Request) -> bool:
    if request.site not in OWN:
        return False

    return not request.origin or urlsplit(request.origin).netloc.lower() == request.host.lower()


def _host(header: str) -> str:
    """Return the host of a Host header without port and brackets, "" where it is none."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""
