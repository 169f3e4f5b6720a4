"""The key of an encrypted round, for a judge who has to read what its lives wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from robasync.store import bodies, packing
from robasync.store.sealing import PLAIN, Seal, aes_gcm, bound, parse_key
from tests.acceptance.books import Books

NAME = "robasync.key"
TEXT = "5e" * 32
SETTINGS = {"encryption": True, "encryption_key": f"file:{NAME}"}
CHECKED_FROM = len(b'{"crc":"00000000",')


def books(folder: Path) -> Books:
    """Return the books in the journal of the only session in ``folder``, encrypted or not."""
    session = ""

    def read(line: bytes) -> dict[str, Any]:
        nonlocal session
        content = json.loads(line)

        if "sealed" in (content["body"] or {}):
            session = content["body"].get("session_id", session)
            opened = bodies.opened(line[CHECKED_FROM:], what="a record", seal=_seal(session))
            content["body"] = json.loads(opened)

        return content

    return Books(folder, read=read)


def unpacked(path: Path, *, kind: str) -> bytes:
    """Return what a checkpoint or a result file holds, however it is packed."""
    data = path.read_bytes()
    label = packing.label(data)
    seal = _seal(label.session) if label else PLAIN

    return packing.unpack(data, kind=kind, seal=seal, name=path.name)


def _seal(session: str) -> Seal:
    return bound(aes_gcm(parse_key(TEXT)), session)
