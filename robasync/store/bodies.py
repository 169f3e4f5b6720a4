"""The body of an encrypted record, ``{"sealed":"<base64>"}``. Pure functions.

Sealed with it, though readable, is everything in the line between its CRC and the sealed
text, so that a body fits no other head. Texts that one must know before the key is at hand
stand in clear before the sealed ones.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

import orjson

from robasync.errors import SealBroken
from robasync.store.sealing import Seal, key_id

_OPENS, _ENDS = b'"sealed":"', b'"}}'
_ID_CHARACTERS = 12  # of base64: enough for the id of the key


def closed(body: bytes, *, head: bytes, clear: Mapping[str, str], seal: Seal) -> bytes:
    """Return ``body`` sealed, as JSON; ``head`` is the line from its CRC up to the body."""
    known = orjson.dumps(dict(clear))[:-1] + b"," if clear else b"{"
    opening = known + _OPENS

    return opening + base64.b64encode(seal.close(body, context=head + opening)) + b'"}'


def opened(checked: bytes, *, what: str, seal: Seal) -> bytes:
    """Return the body of a line; ``checked`` is what follows its CRC, ``what`` names it.

    Raises SealError for another key, SealBroken where the line was changed or is not sealed.
    """
    start = checked.rfind(_OPENS) + len(_OPENS)
    text = checked[start : -len(_ENDS)]
    message = _decoded(text)

    # Base64 can be written in several ways; only the one that was written is taken.
    if start < len(_OPENS) or not checked.endswith(_ENDS) or base64.b64encode(message) != text:
        raise SealBroken(f"{what} is not encrypted as it should be.")

    try:
        return seal.open(message, context=checked[:start])
    except SealBroken as error:
        raise SealBroken(f"{what} {error}.") from error


def texts(body: object) -> dict[str, str]:
    """Return the texts of a decoded body that can be read without a key.

    ``key_id`` among them is the id of the key that opens the rest, "" where nothing is sealed.
    They count only once the record is opened: whoever can write may have changed them.
    """
    entries = body.items() if isinstance(body, dict) else ()
    found = {name: text for name, text in entries if isinstance(text, str)}
    message = _decoded(found.pop("sealed", "")[:_ID_CHARACTERS].encode())

    return {**found, "key_id": key_id(message)}


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
