"""Encrypting what a session keeps: AES-256-GCM, so that any change of a sealed byte is detected.

A message is

    version (1 byte)  key id (7)  salt (16)  counter (8)  ciphertext  tag (16)

Under one GCM key no nonce may ever come twice (NIST SP 800-38D, section 8). A nonce made of
session and sequence number would: a torn record that was never acknowledged is followed, after
a crash, by another record with the same number. So nothing durable enters it. Each ``AesGcm``
takes 16 random bytes when it is made, derives a key of its own from them (HKDF-SHA256, RFC 5869)
and counts its messages in memory: the deterministic construction of section 8.2.1, whose
counter can never be set back, because its key ends with the process. Two of 2^32 processes draw
the same salt with a probability of 2^-65; random nonces under one key would be limited to
2^32 messages (section 8.3), about a thousand sessions of a million documents.
"""

from __future__ import annotations

import base64
import binascii
import os
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from robasync.errors import ExtraMissing, SealBroken, SealError, SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
OVERHEAD: Final = 48  # bytes that a message is longer than what it holds

KEY_WANTED: Final = (
    "Give its key: checkpoint_system.encryption_key in the settings file (-c), "
    "or ROBASYNC_CHECKPOINT_SYSTEM__ENCRYPTION_KEY"
)

_VERSION: Final = b"\x01"
_ID_BYTES: Final = 7
_SALT_BYTES: Final = 16
_HEAD_BYTES: Final = 1 + _ID_BYTES + _SALT_BYTES + 8
_CIPHERS_KEPT: Final = 256  # one for each process that has written to a session


class Seal(Protocol):
    """Closes bytes so that only the holder of the key opens them. For any number of threads.

    ``context`` is not stored: ``open`` succeeds only with the one that ``close`` was given.
    ``name`` is the key's short id, "" where nothing is encrypted.
    """

    @property
    def name(self) -> str:
        """The key's short id in hex; it tells keys apart and says nothing of the key."""

    def close(self, data: bytes, *, context: bytes) -> bytes:
        """Return the sealed message; never the same twice."""

    def open(self, data: bytes, *, context: bytes) -> bytes:
        """Return what was closed. Raises SealError for another key, SealBroken for any change."""


class Plain:
    """Seals nothing."""

    name = ""

    def close(self, data: bytes, *, context: bytes) -> bytes:
        """See ``Seal``."""
        return data

    def open(self, data: bytes, *, context: bytes) -> bytes:
        """See ``Seal``."""
        return data


PLAIN: Final[Seal] = Plain()


class AesGcm:
    """Seals with ``key`` (32 bytes). ``salt`` must be 16 bytes that were never used with it before.

    Made by ``aes_gcm``; a copy of the process (fork) must not go on using it.
    """

    def __init__(self, key: bytes, *, salt: bytes) -> None:
        self._key = key
        self._id = _derived(key, info=b"robasync key id", length=_ID_BYTES)
        self._prefix = _VERSION + self._id + salt
        self._ciphers = lru_cache(_CIPHERS_KEPT)(self._cipher)
        self._own = self._cipher(salt)
        self._lock = threading.Lock()
        self._count = 0

    @property
    def name(self) -> str:
        """See ``Seal``."""
        return self._id.hex()

    def close(self, data: bytes, *, context: bytes) -> bytes:
        """See ``Seal``."""
        with self._lock:
            self._count += 1
            counter = self._count.to_bytes(8, "big")

        head = self._prefix + counter

        return head + self._own.encrypt(_nonce(counter), data, head + context)

    def open(self, data: bytes, *, context: bytes) -> bytes:
        """See ``Seal``."""
        from cryptography.exceptions import InvalidTag

        head, sealed = data[:_HEAD_BYTES], data[_HEAD_BYTES:]

        if len(data) < OVERHEAD or not head.startswith(_VERSION):
            raise SealBroken("is no sealed message of this version of robasync")

        if (used := key_id(data)) != self.name:
            raise wrong_key("this", used, given=self.name)

        try:
            cipher = self._ciphers(head[1 + _ID_BYTES : -8])

            return cipher.decrypt(_nonce(head[-8:]), sealed, head + context)
        except InvalidTag:
            raise SealBroken("was changed or damaged after it was encrypted") from None

    def _cipher(self, salt: bytes) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(_derived(self._key, info=b"robasync seal", salt=salt, length=KEY_BYTES))


class Bound:
    """A seal whose messages belong to one session: those of another do not open with it."""

    def __init__(self, seal: Seal, session: str) -> None:
        self.name = seal.name
        self._seal = seal
        self._session = session.encode() + b"\0"

    def close(self, data: bytes, *, context: bytes) -> bytes:
        """See ``Seal``."""
        return self._seal.close(data, context=self._session + context)

    def open(self, data: bytes, *, context: bytes) -> bytes:
        """See ``Seal``."""
        return self._seal.open(data, context=self._session + context)


class Locked:
    """A seal without its key: whatever is asked of it raises SealError with ``reason``."""

    def __init__(self, needed: str, reason: str) -> None:
        self.name = needed
        self.reason = reason

    def close(self, data: bytes, *, context: bytes) -> bytes:
        """See ``Seal``."""
        raise SealError(self.reason)

    def open(self, data: bytes, *, context: bytes) -> bytes:
        """See ``Seal``."""
        raise SealError(self.reason)


class Seals(Protocol):
    """Finds the seal of a session; owned by the catalogue."""

    def __call__(self, clear: Mapping[str, str]) -> Seal:
        """Return the seal of the session whose first record says ``clear`` without a key."""


def unsealed(clear: Mapping[str, str]) -> Seal:
    """Return the seal of a session for one who has no key at all."""
    needed = clear.get("key_id", "")

    return Locked(needed, str(no_key("the session", needed))) if needed else PLAIN


def bound(seal: Seal, session: str) -> Seal:
    """Return ``seal`` for the session with that id; one that opens nothing stays what it is."""
    return seal if isinstance(seal, Plain | Locked) else Bound(seal, session)


def aes_gcm(key: bytes) -> AesGcm:
    """Return a seal with a fresh salt. Raises ExtraMissing where ``cryptography`` is not installed."""
    try:
        return AesGcm(key, salt=os.urandom(_SALT_BYTES))
    except ImportError as error:
        raise ExtraMissing(
            "Encryption needs the library cryptography, which is not installed.\n"
            "Install it: pip install robasync[crypto]"
        ) from error


def key_id(data: bytes) -> str:
    """Return the id of the key that a sealed message needs."""
    return data[1 : 1 + _ID_BYTES].hex()


def no_key(what: str, needed: str) -> SealError:
    """Return the error of one who has no key to ``what``; ``needed`` is that key's id."""
    return SealError(f"{what} is encrypted (key {needed}), and no key is given.\n{KEY_WANTED}")


def wrong_key(what: str, needed: str, *, given: str) -> SealError:
    """Return the error of one who has another key; both are named by their ids."""
    return SealError(
        f"{what} is encrypted with another key: {needed}, and the key given is {given}.\n{KEY_WANTED}"
    )


def parse_key(text: str) -> bytes:
    """Return the key that is written as 64 hex digits, or as 44 characters of base64.

    Only random bytes are taken, no passphrase: what a person can remember can be guessed.
    Raises SettingsError, which does not hold the text.
    """
    for read in (bytes.fromhex, _base64):
        try:
            key = read(text.strip())
        except ValueError:
            continue

        if len(key) == KEY_BYTES:
            return key

    raise SettingsError(
        "The encryption key must be 32 random bytes, written as 64 hex digits or in base64; a passphrase "
        "is not taken.\nMake one: openssl rand -hex 32 > robasync.key; then set "
        'checkpoint_system.encryption_key to "file:robasync.key"'
    )


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_" if "-" in text or "_" in text else None, validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _nonce(counter: bytes) -> bytes:
    return b"\0\0\0\0" + counter


def _derived(key: bytes, *, info: bytes, length: int, salt: bytes | None = None) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)
