"""What the process was started with: the only reader of environment variables."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from robasync.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

DOTENV = Path(".env")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The variables that other programs set for us. Proxies may hold passwords: never printed."""

    http_proxy: str = field(default="", repr=False)
    https_proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    no_color: bool = False
    dumb_terminal: bool = False
    ci: bool = False
    notify_socket: str = ""
    watchdog_usec: str = ""
    journal_stream: str = ""
    credentials_directory: Path | None = None
    tessdata_prefix: str = ""

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Environment:
        """Read ``variables``, by default those of this process."""
        given = os.environ if variables is None else variables
        credentials = given.get("CREDENTIALS_DIRECTORY", "")

        return cls(
            http_proxy=_either(given, "HTTP_PROXY"),
            https_proxy=_either(given, "HTTPS_PROXY"),
            no_proxy=_either(given, "NO_PROXY"),
            no_color=bool(given.get("NO_COLOR")),
            dumb_terminal=given.get("TERM") == "dumb",
            ci=given.get("CI", "").lower() not in {"", "0", "false"},
            notify_socket=given.get("NOTIFY_SOCKET", ""),
            watchdog_usec=given.get("WATCHDOG_USEC", ""),
            journal_stream=given.get("JOURNAL_STREAM", ""),
            credentials_directory=Path(credentials) if credentials else None,
            tessdata_prefix=given.get("TESSDATA_PREFIX", ""),
        )

    def proxy_for(self, url: str) -> str | None:
        """Return the proxy through which ``url`` is reached, None for the direct way."""
        from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

        parts = urlsplit(url)

        if proxy_bypass_environment(parts.netloc.rpartition("@")[2], {"no": self.no_proxy}):
            return None

        return (self.https_proxy if parts.scheme == "https" else self.http_proxy) or None


def variables() -> dict[str, str]:
    """Return the variables of ``.env`` in the working folder with the process's own over them.

    ``${NAME}`` inside ``.env`` stays as written, so that a reference to a secret remains one.
    Raises SettingsError where ``.env`` is no text.
    """
    return {**_dotenv(), **os.environ}


def plain_variables() -> dict[str, str]:
    """Return the process's variables without settings and proxies, for a child that takes neither."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("ROBASYNC_") and not name.upper().endswith("_PROXY")
    }


def _dotenv() -> dict[str, str]:
    if not DOTENV.is_file():
        return {}

    from dotenv import dotenv_values

    try:
        found = dotenv_values(DOTENV, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{DOTENV}: cannot be read as UTF-8 text ({type(error).__name__})") from None

    return {name: value for name, value in found.items() if value}


def _either(given: Mapping[str, str], name: str) -> str:
    """Read a variable that tools spell in capitals or in small letters."""
    return given.get(name.lower()) or given.get(name) or ""
