"""The keys of encrypted sessions: where they come from, and which session opens with which.

A session is encrypted from its first record on, or never. Its key is the one in the settings
that are given now, else the one that its first record refers to (``file:PATH``, ``${NAME}``).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial

from pydantic import SecretStr

from robasync.errors import ExtraMissing, SealError, SettingsError
from robasync.reports.results import Wrapping
from robasync.settings import Settings, references, secrets
from robasync.store import packing
from robasync.store.found import Found
from robasync.store.packing import Packing
from robasync.store.places import Place
from robasync.store.sealing import PLAIN, Locked, Seal, aes_gcm, bound, no_key, parse_key, wrong_key

log = logging.getLogger(__name__)

OWNER = "The encryption key"


class Vault:
    """Finds the seals of sessions. ``settings`` are those given now, without what a session saved."""

    def __init__(self, settings: Settings) -> None:
        self._is_wanted = settings.checkpoint_system.encryption
        self._key = settings.checkpoint_system.encryption_key
        self._made: dict[str, Seal] = {}

    def new(self) -> Seal:
        """Return the seal of a session that begins now, ``PLAIN`` where encryption is off.

        Raises SettingsError where there is no key, or none that can be used, and ExtraMissing.
        """
        if not self._is_wanted:
            return PLAIN

        if self._key is None:
            raise SettingsError(
                "checkpoint_system.encryption is on, but checkpoint_system.encryption_key names no key.\n"
                'Make one: openssl rand -hex 32 > robasync.key; then set it to "file:robasync.key"'
            )

        seal = self._seal(self._key)
        log.info(
            "Encrypted with key %s; tables and report stay readable (docs/encryption.md)",
            seal.name,
            extra={"event": "encrypted", "key_name": seal.name},
        )

        return seal

    @property
    def reference(self) -> dict[str, str]:
        """What the first record of a new session says, in clear, of where its key is."""
        if not self._is_wanted or self._key is None:
            return {}

        return {"encryption_key": references.public(self._key.get_secret_value())}

    def of(self, clear: Mapping[str, str]) -> Seal:
        """Return the seal of a session from what its first record says without a key; see ``Seals``."""
        needed, reference = clear.get("key_id", ""), clear.get("encryption_key")

        if not needed:
            return PLAIN

        key = self._key or (SecretStr(reference) if reference else None)
        what = f"Session {clear.get('session_id', '')}"

        if key is None:
            return Locked(needed, str(no_key(what, needed)))

        try:
            seal = self._seal(key)
        except (SettingsError, ExtraMissing) as error:
            return Locked(needed, f"{what} is encrypted (key {needed}). {error}")

        if seal.name != needed:
            return Locked(needed, str(wrong_key(what, needed, given=seal.name)))

        return seal

    def admit(self, found: Found) -> None:
        """Raise SealError where the session's key is missing or another one.

        Raises SettingsError where encryption is asked for and the session lies in clear.
        """
        if isinstance(found.place.seal, Locked):
            raise SealError(found.place.seal.reason)

        if self._is_wanted and not found.place.is_sealed:
            raise SettingsError(
                f"Session {found.id} was begun without encryption, and what it recorded lies in clear.\n"
                "Go on with checkpoint_system.encryption false, or begin an encrypted one: robasync run --new"
            )

    def open(self, data: bytes, *, name: str) -> bytes:
        """Return what the packed file ``name`` holds: a checkpoint, a backup or a result file.

        Raises SealError, and CheckpointError where the file is damaged.
        """
        label = packing.label(data)
        clear = {"key_id": label.key_id, "session_id": label.session} if label else {}
        seal = bound(self.of(clear), clear.get("session_id", ""))

        return packing.unpack(data, kind=label.kind if label else "", seal=seal, name=name)

    def _seal(self, key: SecretStr) -> Seal:
        text = key.get_secret_value()

        if text not in self._made:
            self._made[text] = aes_gcm(parse_key(secrets.reveal(key, owner=OWNER)))

        return self._made[text]


def is_shared(own: Place, other: Found) -> bool:
    """Return whether the session at ``own`` may take over the answers of ``other``.

    What was encrypted never goes into a journal in clear, and what is locked cannot be read.
    """
    return not other.place.is_sealed or (own.is_sealed and not isinstance(other.place.seal, Locked))


def wrapping(place: Place, *, session: str) -> Wrapping:
    """Return how the session's result files are written and read."""
    if not place.is_sealed:
        return Wrapping()

    return Wrapping(
        suffix=packing.SEALED,
        close=partial(Packing(session=session, seal=place.seal).close, kind="result"),
        open=partial(packing.unpack, kind="result", seal=place.seal, name="file"),
    )
