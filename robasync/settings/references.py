"""The ways to name a secret without writing it down. Pure: nothing is read here.

``${NAME}`` is an environment variable, ``file:PATH`` a file, ``credential:NAME`` a systemd
credential, ``sha256:abcd1234`` the fingerprint that stands for a key written out before.
"""

from __future__ import annotations

import hashlib
import re

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
FINGERPRINT = re.compile(r"sha256:[0-9a-f]{8}")
FILE = "file:"
CREDENTIAL = "credential:"


def is_reference(text: str) -> bool:
    """Say whether ``text`` only points at a secret, so that it may be shown and saved."""
    named = VARIABLE.fullmatch(text) or FINGERPRINT.fullmatch(text)

    return bool(named) or text.startswith((FILE, CREDENTIAL))


def public(text: str) -> str:
    """Return the reference, or for a secret written out its fingerprint ``sha256:abcd1234``."""
    return text if is_reference(text) else f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def check(text: str) -> None:
    """Raise ValueError, without the text, where a reference is begun but not well formed."""
    if text.startswith("${") and not VARIABLE.fullmatch(text):
        raise ValueError("${NAME} with letters, digits and _ in the name, and nothing around it")

    name = text.removeprefix(CREDENTIAL)
    if text.startswith(CREDENTIAL) and (not name or "/" in name or name in {".", ".."}):
        raise ValueError("credential:NAME, where NAME is the plain name of a systemd credential")

    if text == FILE or any(character in text for character in "\r\n\0"):
        raise ValueError("one line of text that is not empty")
